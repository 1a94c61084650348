"""The work list, the dashboard and the timeline show the open orders, with small queries."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app.court_orders import due_dates, worklist
from app.court_orders.models import OrderFile, OrderMatch
from app.kernel.text import dates
from app.people import status
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_order,
)
from tests.people.sample_deaths import confirm_death, decide
from tests.prepared import prepared
from tests.query_plans import find_scanned_tables, plan, planned
from tests.sample_rows import BATTAMBANG, FILE_COLUMNS, add_photo, make_registered_person
from tests.statement_counts import counted

TODAY = dates.now().date()


def issue_dates(days):
    day = TODAY - timedelta(days=days)
    return {"issued_on": day, "received_on": day}


def add_person(session, number):
    person = add_photo(make_registered_person(number))
    session.add(person)
    session.flush()
    return person


@prepared
def orders(db_session):
    """One order of each age, a received one, an executed one, and one of Phnom Penh."""
    created = {}
    for number, (band, days) in enumerate((("week", 3), ("quarter", 60), ("older", 4000))):
        created[band] = make_active_order(
            add_person(db_session, number), number=f"{number}/26", **issue_dates(days)
        )
    created["received"] = make_order(number="50/26")
    created["executed"] = make_active_order(add_person(db_session, 5), number="51/26")
    execute_order(created["executed"])
    created["elsewhere"] = make_active_order(add_person(db_session, 6), number="52/26")
    assign_order(created["elsewhere"])
    db_session.commit()
    return created


def test_age_band_lists_orders_of_that_age(orders, client_as):
    browser = client_as("warrant.bb")
    for band in ("week", "quarter", "older"):
        page = browser.get(f"/orders/worklist/?band={band}").text
        assert orders[band].number in page
        assert [one for one in ("week", "quarter", "older") if orders[one].number in page] == [band]


@pytest.mark.parametrize("days", [0, 7, 8, 30, 31, 90, 91, 365, 366, 1825, 1826, 9000])
def test_every_issue_date_is_in_one_age_band(days):
    day = TODAY - timedelta(days=days)
    fits = []
    for key, _most, _words in due_dates.BANDS:
        latest, earliest = due_dates.issue_dates_in(key)
        if day <= latest and (earliest is None or day >= earliest):
            fits.append(key)
    assert len(fits) == 1


def test_work_list_shows_only_orders_of_the_province(orders, client_as):
    browser = client_as("warrant.bb")
    assert "50/26" in browser.get("/orders/worklist/?list=check").text
    assert "51/26" in browser.get("/orders/worklist/?list=return").text
    assert "52/26" not in browser.get("/orders/worklist/").text
    assert "52/26" in client_as("warrant.pp").get("/orders/worklist/").text
    assert "52/26" in client_as("manager").get("/orders/worklist/").text


def test_chief_chooses_a_unit_within_the_own_area(orders, client_as):
    manager = client_as("manager")
    battambang, capital = "/orders/worklist/?unit=PC-02", "/orders/worklist/?unit=PC-12"
    assert "52/26" in manager.get(capital).text and "52/26" not in manager.get(battambang).text
    assert orders["week"].number in manager.get(battambang).text
    chief = client_as("chief.bb")
    for address in (capital, f"{capital}&own=1"):  # a foreign unit in the URL opens nothing
        assert "52/26" not in chief.get(address).text
    assert "52/26" not in chief.get("/orders/worklist/?unit=NOWHERE").text
    offered = [option["value"] for option in chief.page("/orders/worklist/").all("option")]
    assert "DI-0203" in offered and "PC-12" not in offered


def find_age_card(page):
    """Return the table of the card of open orders by age."""
    return next(one for one in page.all("table", css="bars") if "up to 7 days" in one.text)


def test_dashboard_counts_match_the_lists(orders, client_as, each_database):
    page = client_as("warrant.bb", "en").page("/")
    lines = {row.all("a")[0].text: row.all("td")[-1].text for row in find_age_card(page).all("tr")}
    assert (lines["up to 7 days"], lines["31 to 90 days"], lines["more than 5 years"]) == ("1", "1", "1")
    link = find_age_card(page).all("a")[0]["href"]
    assert orders["week"].number in client_as("warrant.bb").get(link).text


def test_dashboard_count_stops_at_its_limit(orders, client_as, monkeypatch, db_session):
    for module in ("app.kernel.screens.dashboard", "app.court_orders.dashboard"):
        monkeypatch.setattr(f"{module}.COUNT_LIMIT", 1)
    for number in range(10, 13):
        make_active_order(add_person(db_session, number), number=f"{number}/25", **issue_dates(2))
    db_session.commit()
    page = client_as("warrant.bb", "en").page("/")
    rows = {row.all("a")[0].text: row.all("td")[-1].text for row in find_age_card(page).all("tr")}
    assert rows["up to 7 days"] == "1+" and rows["31 to 90 days"] == "1"


GROWING_TABLES = {
    "court_order", "order_event", "order_match", "arrest", "custody", "custody_step", "detention", "release", "person", "case",
    "visibility", "involvement",
}  # fmt: skip
PAGES = ("/", *(f"/orders/worklist/?list={name}" for name in worklist.LISTS), "/orders/worklist/?band=year&own=1", "/orders/worklist/?unit=PC-02",
         "/in-custody/list/", "/releases-due/list/", "/supervision/list/")  # fmt: skip


@pytest.mark.parametrize("reader", ["warrant.bb", "manager", "admin.crim"])
def test_lists_never_scan_a_growing_table(register, orders, client_as, reader, each_database):
    browser = client_as(reader)
    browser.get("/")
    with planned(register) as statements:
        answers = {address: browser.get(address).status_code for address in PAGES}
    assert set(answers.values()) <= {200, 403} and answers["/"] == 200
    full_scans = {
        one[0][:150]: found
        for one in statements
        if (found := find_scanned_tables(register, *one) & GROWING_TABLES)
    }
    assert not full_scans


def test_order_counts_use_covering_indexes(register, orders, client_as):
    for reader in ("warrant.bb", "manager"):
        browser = client_as(reader)
        browser.get("/")
        with planned(register) as statements:
            browser.get("/")
        counts = [one for one in statements if "count(*)" in one[0] and "court_order" in one[0]]
        lines = [line for one in counts for line in plan(register, *one) if "court_order" in line]
        assert len(counts) == 1 and len(lines) == 10
        assert all(" USING COVERING INDEX " in line for line in lines), "\n".join(lines)


def test_match_lists_are_read_in_index_order(register, orders, client_as):
    for reader in ("warrant.bb", "manager"):
        browser = client_as(reader)
        browser.get("/matches/list/")
        with planned(register) as statements:
            for address in ("/matches/list/", "/matches/list/?done=1"):
                assert browser.get(address).status_code == 200
        plans = [plan(register, *one) for one in statements if "FROM order_match" in one[0]]
        read = [
            line for lines in plans for line in lines if " order_match " in line and "(rowid=?)" not in line
        ]
        assert len(read) == len(plans) == 4
        assert all(" ix_order_match_open" in line or " ix_order_match_done" in line for line in read), read
        # Only the rows of the page are sorted, at the end.
        assert not any("TEMP B-TREE" in line for lines in plans for line in lines[:-1]), plans


def test_match_list_reads_only_the_rows_of_the_page(register, orders, client_as, db_session, each_database):
    order, now = orders["week"], dates.now()
    row = {
        "order_id": order.id, "person_id": order.person_id, "matched_as": "witness", "urgent": False, "raised_at": now,
        "due_at": now, "owner_unit_code": order.owner_unit_code, "unit_code": "PC-12", "state": "waiting",
        "province_code": order.province_code,
    }  # fmt: skip
    db_session.execute(insert(OrderMatch.__table__), [row] * 3000)
    db_session.commit()
    # SQLite would keep these statistics for other tests.
    if register.owner.dialect.name == "postgresql":
        with register.owner.begin() as connection:
            connection.exec_driver_sql("ANALYZE order_match")
    browser = client_as("warrant.bb")
    with planned(register) as statements:
        assert browser.get("/matches/list/").status_code == 200
    (lines,) = [plan(register, *one) for one in statements if "LEFT OUTER JOIN court_order" in one[0]]
    if register.owner.dialect.name == "sqlite":
        first = lines.index("LIST SUBQUERY 1") + 1
    else:
        first = next(number for number, line in enumerate(lines) if "Limit" in line) + 1
    assert " ix_order_match_open" in lines[first], lines  # in index order: no sort below the limit


def test_wanted_status_reads_orders_of_the_person_only(register, orders, db_session):
    person = orders["week"].person_id
    db_session.commit()
    with planned(register) as statements:
        status.compute_statuses(db_session.connection(), [person])
    lines = [line for one in statements for line in plan(register, *one)]
    lookups = [line for line in lines if line.startswith("SEARCH court_order ")]
    # By the person, or the one order of an arrest of the person.
    assert lookups and all("(person_id=?" in line or "(rowid=?)" in line for line in lookups), lines


def test_timeline_shows_orders_and_wanted_status(orders, client_as, db_session):
    order = orders["week"]
    page = client_as("warrant.bb", "en").page(f"/person/show/{order.person_id}")
    timeline = page.all("aside")[0].text
    assert "Arrest warrant" in timeline and order.number in timeline
    assert "Wanted" in page.text
    add_event(order, "recalled", document_no="3/26", document_date=TODAY, reason="តុលាការដកវិញ")
    db_session.commit()
    page = client_as("warrant.bb", "en").page(f"/person/show/{order.person_id}")
    assert "Recalled" in page.all("aside")[0].text and "Wanted" not in page.text


# action → fields of its form. A change of status may take 20 statements; two are kept in reserve.
MAX_STATEMENTS = 20  # of an act
FOR_NOTICE = 4  # the chief is notified of an order that is in force again
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


def test_order_event_takes_few_statements(register, orders, client_as, db_session):
    browser, order = client_as("warrant.bb"), orders["week"]
    sent = {"order": str(order.id), "at": dates.now().strftime("%d-%m-%Y %H:%M"), "document_no": "4/26",
            "document_date": TODAY.strftime("%d-%m-%Y")}  # fmt: skip
    confirm_death(order.person)
    db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    counts = {}
    for action, fields in CHANGES.items():
        with counted(register) as statements:
            assert browser.send(f"/order-{action}/add", sent | fields).status_code == 302, action
        counts[action] = len(statements)
        for event in order.acts:
            if event.awaits_confirmation:
                decide(event, "chief.bb")
        db_session.commit()
    counts["restored"] -= FOR_NOTICE
    assert max(counts.values()) <= MAX_STATEMENTS, counts


def test_longer_work_list_takes_the_same_statements(register, orders, client_as, db_session):
    browser = client_as("warrant.bb")

    def count_statements():
        browser.get("/orders/worklist/")
        with counted(register) as statements:
            browser.page("/orders/worklist/")
        return len(statements)

    few = count_statements()
    for number in range(10, 30):
        make_active_order(add_person(db_session, number), number=f"{number}/25")
    db_session.commit()
    assert count_statements() == few
