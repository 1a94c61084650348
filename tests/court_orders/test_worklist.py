"""The work list, the boards of the first page and the time line tell what is open, and open what they tell."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app.court_orders import due_dates, worklist
from app.court_orders.models import Hit
from app.kernel.text import dates
from app.people import status
from tests.court_orders.sample_orders import act, an_active_order, an_order, assigned, executed
from tests.query_plans import plan, planned, read_whole
from tests.sample_rows import BATTAMBANG, a_registered_person, with_photo
from tests.statement_counts import counted

TODAY = dates.now().date()


def issued(days):
    day = TODAY - timedelta(days=days)
    return {"issued_on": day, "received_on": day}


def somebody(session, number):
    person = with_photo(a_registered_person(number))
    session.add(person)
    session.flush()
    return person


@pytest.fixture
def orders(db_session):
    """One order of each age, one that waits for its check, one that was executed, and one of Phnom Penh."""
    made = {}
    for number, (band, days) in enumerate((("week", 3), ("quarter", 60), ("older", 4000))):
        made[band] = an_active_order(somebody(db_session, number), number=f"{number}/26", **issued(days))
    made["received"] = an_order(number="50/26")
    made["executed"] = an_active_order(somebody(db_session, 5), number="51/26")
    executed(made["executed"])
    made["elsewhere"] = an_active_order(somebody(db_session, 6), number="52/26")
    assigned(made["elsewhere"])
    db_session.commit()
    return made


def test_an_age_band_holds_what_it_says(orders, client_as):
    browser = client_as("warrant.bb")
    for band in ("week", "quarter", "older"):
        page = browser.get(f"/orders/work/?band={band}").text
        assert orders[band].number in page
        assert [one for one in ("week", "quarter", "older") if orders[one].number in page] == [band]


@pytest.mark.parametrize("days", [0, 7, 8, 30, 31, 90, 91, 365, 366, 1825, 1826, 9000])
def test_every_day_lies_in_one_band_and_the_band_finds_it(days):
    day = TODAY - timedelta(days=days)
    fits = []
    for key, _most, _words in due_dates.BANDS:
        latest, earliest = due_dates.days_of(key)
        if day <= latest and (earliest is None or day >= earliest):
            fits.append(key)
    assert len(fits) == 1


def test_each_list_shows_its_own_and_no_province_another_one(orders, client_as):
    browser = client_as("warrant.bb")
    assert "50/26" in browser.get("/orders/work/?list=check").text
    assert "51/26" in browser.get("/orders/work/?list=return").text
    assert "52/26" not in browser.get("/orders/work/").text
    assert "52/26" in client_as("warrant.pp").get("/orders/work/").text
    assert "52/26" in client_as("manager").get("/orders/work/").text


def bars_of(page):
    """The board of open orders by age."""
    return next(one for one in page.all("table", css="bars") if "up to 7 days" in one.text)


def test_the_boards_count_what_their_lists_show(orders, client_as, each_database):
    page = client_as("warrant.bb", "en").page("/")
    lines = {row.all("a")[0].text: row.all("td")[-1].text for row in bars_of(page).all("tr")}
    assert (lines["up to 7 days"], lines["31 to 90 days"], lines["more than 5 years"]) == ("1", "1", "1")
    link = bars_of(page).all("a")[0]["href"]
    assert orders["week"].number in client_as("warrant.bb").get(link).text


def test_a_board_counts_no_further_than_its_limit(orders, client_as, monkeypatch, db_session):
    for module in ("app.kernel.screens.dashboard", "app.court_orders.worklist", "app.court_orders.dashboard"):
        monkeypatch.setattr(f"{module}.COUNTED", 1)
    for number in range(10, 13):
        an_active_order(somebody(db_session, number), number=f"{number}/25", **issued(2))
    db_session.commit()
    page = client_as("warrant.bb", "en").page("/")
    rows = {row.all("a")[0].text: row.all("td")[-1].text for row in bars_of(page).all("tr")}
    assert rows["up to 7 days"] == "1+" and rows["31 to 90 days"] == "1"


GROWS = {
    "court_order", "order_event", "hit", "arrest", "custody", "custody_step", "detention", "release", "person", "case",
    "visibility", "involvement",
}  # fmt: skip
ASKED = ("/", *(f"/orders/work/?list={name}" for name in worklist.LISTS), "/orders/work/?band=year&own=1",
         "/held-now/list/", "/releases-coming/list/", "/followed/list/")  # fmt: skip


@pytest.mark.parametrize("reader", ["warrant.bb", "manager", "admin.crim"])
def test_no_board_and_no_list_reads_a_table_that_grows(register, orders, client_as, reader, each_database):
    browser = client_as(reader)
    browser.get("/")
    with planned(register) as questions:
        answers = {address: browser.get(address).status_code for address in ASKED}
    assert set(answers.values()) <= {200, 403} and answers["/"] == 200
    whole = {one[0][:150]: found for one in questions if (found := read_whole(register, *one) & GROWS)}
    assert not whole


def test_a_board_of_orders_is_answered_by_an_index_alone(register, orders, client_as):
    for reader in ("warrant.bb", "manager"):
        browser = client_as(reader)
        browser.get("/")
        with planned(register) as questions:
            browser.get("/")
        counts = [one for one in questions if "count(*)" in one[0] and "court_order" in one[0]]
        lines = [line for one in counts for line in plan(register, *one) if "court_order" in line]
        assert len(counts) == 2 and len(lines) == 10
        assert all(" USING COVERING INDEX " in line for line in lines), "\n".join(lines)


def test_hits_are_found_in_the_order_of_their_index(register, orders, client_as):
    for reader in ("warrant.bb", "manager"):
        browser = client_as(reader)
        browser.get("/hits/list/")
        with planned(register) as questions:
            for address in ("/hits/list/", "/hits/list/?done=1"):
                assert browser.get(address).status_code == 200
        asked = [plan(register, *one) for one in questions if "FROM hit" in one[0]]
        read = [line for lines in asked for line in lines if " hit " in line and "(rowid=?)" not in line]
        assert len(read) == len(asked) == 4
        assert all(" ix_hit_open" in line or " ix_hit_done" in line for line in read), read
        # Sorted is at the end what a leaf shows.
        assert not any("TEMP B-TREE" in line for lines in asked for line in lines[:-1]), asked


def test_of_many_hits_no_more_are_read_than_a_leaf_shows(
    register, orders, client_as, db_session, each_database
):
    order, now = orders["week"], dates.now()
    row = {
        "order_id": order.id, "person_id": order.person_id, "met_as": "witness", "urgent": False, "raised_at": now,
        "due_at": now, "owner_unit_code": order.owner_unit_code, "unit_code": "PC-12", "state": "waiting",
        "province_code": order.province_code,
    }  # fmt: skip
    db_session.execute(insert(Hit.__table__), [row] * 3000)
    db_session.commit()
    # SQLite would keep for other tests what it has counted here.
    if register.owner.dialect.name == "postgresql":
        with register.owner.begin() as connection:
            connection.exec_driver_sql("ANALYZE hit")
    browser = client_as("warrant.bb")
    with planned(register) as questions:
        assert browser.get("/hits/list/").status_code == 200
    (lines,) = [plan(register, *one) for one in questions if "LEFT OUTER JOIN court_order" in one[0]]
    if register.owner.dialect.name == "sqlite":
        first = lines.index("LIST SUBQUERY 1") + 1
    else:
        first = next(number for number, line in enumerate(lines) if "Limit" in line) + 1
    assert " ix_hit_open" in lines[first], lines  # in its order: nothing is sorted below


def test_whether_somebody_is_searched_for_is_answered_by_his_own_orders(register, orders, db_session):
    person = orders["week"].person_id
    db_session.commit()
    with planned(register) as questions:
        status.computed(db_session.connection(), [person])
    lines = [line for one in questions for line in plan(register, *one)]
    asked = [line for line in lines if line.startswith("SEARCH court_order ")]
    assert asked and all("(person_id=?" in line for line in asked), lines


def test_the_time_line_tells_orders_and_cases_and_who_is_wanted(orders, client_as, db_session):
    order = orders["week"]
    page = client_as("warrant.bb", "en").page(f"/person/show/{order.person_id}")
    told = page.all("aside")[0].text
    assert "Arrest warrant" in told and order.number in told
    assert "Wanted" in page.text
    act(order, "recalled", paper_no="3/26", paper_on=TODAY, reason="តុលាការដកវិញ")
    db_session.commit()
    page = client_as("warrant.bb", "en").page(f"/person/show/{order.person_id}")
    assert "Recalled" in page.all("aside")[0].text and "Wanted" not in page.text


# act → the boxes of its form. Two statements are spared of the twenty that a change of status may take.
MOST_STATEMENTS = 18
CHANGES = {
    "assign": {"to_unit": "PC-02"},
    "attempt": {"place": BATTAMBANG, "officer": "អនុសេនីយ៍ឯក កែវ វណ្ណា", "result": "not_found"},
    "validate": {},
    "died": {},
    "revived": {"reason": "នៅរស់"},
    "acquitted": {},
    "restored": {"reason": "តុលាការកំពូល"},
    "recall": {"reason": "ដកវិញ"},
}


def test_a_change_of_status_takes_few_statements(register, orders, client_as, db_session):
    browser, order = client_as("warrant.bb"), orders["week"]
    sent = {"order": str(order.id), "at": dates.now().strftime("%d-%m-%Y %H:%M"), "paper_no": "4/26",
            "paper_on": TODAY.strftime("%d-%m-%Y")}  # fmt: skip
    taken = {}
    for act_name, boxes in CHANGES.items():
        with counted(register) as statements:
            assert browser.send(f"/order-{act_name}/add", sent | boxes).status_code == 302, act_name
        taken[act_name] = len(statements)
    assert max(taken.values()) <= MOST_STATEMENTS, taken


def test_a_longer_work_list_takes_no_more_statements(register, orders, client_as, db_session):
    browser = client_as("warrant.bb")

    def asked():
        browser.get("/orders/work/")
        with counted(register) as statements:
            browser.page("/orders/work/")
        return len(statements)

    few = asked()
    for number in range(10, 30):
        an_active_order(somebody(db_session, number), number=f"{number}/25")
    db_session.commit()
    assert asked() == few
