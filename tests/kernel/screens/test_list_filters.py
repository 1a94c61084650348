"""List filters by place, unit, officer, offence, deadline and period: alone, combined, by API, in exports, and too slow."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from app import menu
from app.accounts.models import User
from app.cases.models import Case
from app.jobs.models import Job
from app.kernel.database import time_limit
from app.kernel.schema.code_lists import Code
from app.kernel.screens import list_query
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.people.models import Person
from app.people.status import PersonStatus
from app.reference.models import Offence
from tests.exports.file_contents import download, parse_csv, run_export
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, THEFT, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

DRUGS = "DRUG2012-40"
VILLAGE = "02031001"


@prepared
def numbers(db_session):
    """Cases of two provinces: a theft in a village, drugs in its district, drugs in the capital; name → number."""
    made = {}
    for name, writer, place, offence in (
        ("village", "clerk.bb", VILLAGE, THEFT),
        ("district", "clerk.bb", "0203", DRUGS),
        ("capital", "clerk.pp", PHNOM_PENH, DRUGS),
    ):
        with acting_as(writer):
            person = make_registered_person(len(made), home_code=place)
            case = add_registered_case(place=place, people=[(person, "suspect")])
            case.offences[0].offence = db_session.get(Offence, offence)
            db_session.flush()
            made[name] = case.number
    db_session.commit()
    return made


@pytest.fixture
def manager(client_as):
    return client_as("manager")


def find_user_id(db_session, username):
    return db_session.scalar(select(User.id).where(User.username == username))


def list_leads(browser, listing, **filters):
    """Return the texts of the lead cells of the filtered list, and the page."""
    query = "&".join(f"_flt_0_{name}={value}" for name, value in filters.items())
    page = browser.page(f"/{listing}/list/?{query}")
    return {cell.text for cell in page.all("td", css="lead")}, page


def test_case_filters_find_place_unit_officer_and_offence(manager, numbers, db_session, each_database):
    village, district, capital = numbers["village"], numbers["district"], numbers["capital"]
    clerk = find_user_id(db_session, "clerk.pp")
    for filters, expected in (
        ({"area": "02"}, {village, district}),
        ({"area": "0203"}, {village, district}),
        ({"area": VILLAGE[:6]}, {village}),
        ({"area": VILLAGE}, {village}),
        ({"area": "12"}, {capital}),
        ({"unit": "PC-02"}, {village, district}),
        ({"unit": "GCNP"}, {village, district, capital}),
        ({"officer": clerk}, {capital}),
        ({"offence": THEFT}, {village}),
        ({"family": "drugs"}, {district, capital}),
        ({"family": "drugs", "area": "02", "status": "open"}, {district}),
        ({"offence": THEFT, "area": "12"}, set()),
        ({"deadline": "open"}, {village, district, capital}),
        ({"deadline": "soon"}, set()),
    ):
        assert list_leads(manager, "case", **filters)[0] == expected, filters


def test_frequent_offence_is_found_in_the_other_form(manager, numbers, monkeypatch, each_database):
    monkeypatch.setattr("app.cases.list_filters.FREQUENT", 0)
    assert list_leads(manager, "case", family="drugs")[0] == {numbers["district"], numbers["capital"]}
    assert len(list_leads(manager, "exhibit", offence=DRUGS)[0]) >= 1


def test_units_below_are_found_in_the_other_form(manager, numbers, monkeypatch, each_database):
    """A set of units that is frequent is hidden from the index, and the national unit is no set."""
    every, of_province = (
        list_leads(manager, "case", unit="GCNP")[0],
        list_leads(manager, "case", unit="PC-02")[0],
    )
    assert every == set(numbers.values()) > of_province
    monkeypatch.setattr(list_query, "COUNT_LIMIT", 1)
    assert list_leads(manager, "case", unit="PC-02")[0] == of_province


def test_period_of_registration_is_filtered(manager, numbers, db_session):
    day = f"{dates.now() - timedelta(days=3):%d/%m/%Y}"
    later = f"{dates.now() + timedelta(days=1):%d/%m/%Y}"
    assert list_leads(manager, "case", recorded_at=day)[0] == set(numbers.values())
    assert list_leads(manager, "case", recorded_at=later)[0] == set()


@pytest.mark.parametrize("listing", ["exhibit", "involvement", "caseoffence"])
def test_rows_of_cases_are_filtered_as_cases(manager, numbers, db_session, listing):
    def count(**filters):
        cells = " ".join(cell.text for cell in list_leads(manager, listing, **filters)[1].all("td"))
        return sum(number in cells for number in numbers.values())

    clerk = find_user_id(db_session, "clerk.pp")
    for filters, expected in (
        ({}, 3),
        ({"area": "02"}, 2),
        ({"area": VILLAGE}, 1),
        ({"unit": "PC-12"}, 1),
        ({"officer": clerk}, 1),
        ({"offence": DRUGS}, 2),
        ({"family": "drugs", "area": "02"}, 1),
    ):
        assert count(**filters) == expected, filters


def test_people_are_filtered_by_status_home_and_suspicion(manager, numbers, db_session, each_database):
    first = db_session.scalar(select(Person.id).where(Person.home_code == "0203"))
    db_session.add(PersonStatus(person_id=first, status="wanted", entity="court_order", entity_id=1))
    db_session.commit()
    for filters, expected in (
        ({"standing": "wanted"}, 1),
        ({"standing": "escaped"}, 0),
        ({"home": "0203"}, 2),
        ({"home": VILLAGE}, 1),
        ({"unit": "PC-12"}, 1),
        ({"offence": THEFT}, 1),
        ({"family": "drugs", "home": "02"}, 1),
    ):
        assert list_leads(manager, "person", **filters)[1].text.count("SOK") == expected, filters


def test_suspicion_outside_the_scope_finds_no_one(client_as, numbers, db_session, each_database):
    """A person of Battambang is also a suspect in Phnom Penh: the clerk of Battambang must not learn of what."""
    person = db_session.scalar(select(Person).where(Person.home_code == VILLAGE))
    with acting_as("clerk.pp"):
        case = add_registered_case(place=PHNOM_PENH, people=[(person, "suspect")])
        case.offences[0].offence = db_session.get(Offence, DRUGS)
        db_session.commit()
    clerk = client_as("clerk.bb")
    found, page = list_leads(clerk, "person", family="drugs", home=VILLAGE)
    assert found == set() and "១ សរុប" not in page.text
    assert len(list_leads(clerk, "person", family="property", home=VILLAGE)[0]) == 1


def test_each_filter_is_offered_once(app):
    views = (one for one in app.extensions["appbuilder"].baseviews if isinstance(one, RecordView))
    names = {type(view).__name__: view.search_columns for view in views}
    assert {name for name, columns in names.items() if len(columns) != len({*columns})} == set()


def test_unknown_filter_value_is_rejected(manager, numbers):
    for query in (
        "area=99",
        "area=xx",
        "unit=NOWHERE",
        "officer=999999",
        "officer=x",
        "officer=1e3",
        "offence=none",
        "family=none",
        "deadline=never",
        "recorded_at=soon",
    ):
        manager.page(f"/case/list/?_flt_0_{query}", status=400)


def test_list_is_filtered_by_a_retired_code(manager, numbers, db_session):
    db_session.execute(
        update(Code).where(Code.list == "case_status", Code.key == "open").values(valid_to=date(2020, 1, 1))
    )
    db_session.commit()
    found, page = list_leads(manager, "case", status="open")
    assert found == set(numbers.values()) and page.all(css="chip")


def test_officer_of_another_area_cannot_be_chosen(client_as, numbers, db_session):
    chief, there = client_as("chief.bb"), find_user_id(db_session, "clerk.pp")
    chief.page(f"/case/list/?_flt_0_officer={there}", status=400)
    assert chief.get("/lookup/officer?q=clerk").json["items"][0]["text"].endswith("(clerk.bb)")
    assert len(chief.get("/lookup/officer?q=clerk").json["items"]) == 1


def test_officer_who_left_can_be_chosen(manager, numbers, db_session):
    db_session.execute(update(User).where(User.username == "clerk.pp").values(active=False))
    db_session.commit()
    officer = find_user_id(db_session, "clerk.pp")
    assert list_leads(manager, "case", officer=officer)[0] == {numbers["capital"]}


def test_form_adds_filters_as_chips(manager, numbers):
    answer = manager.send(
        "/case/search?_flt_0_area=02", {"_flt_0_family__text": "", "_flt_0_deadline": "open"}
    )
    page = manager.page(answer.location)
    chips = page.all("span", css="chip")
    assert len(chips) == 2 and page.all("input", name="_flt_0_unit__text")
    wrong = Page.from_response(manager.send("/case/search", {"_flt_0_unit__text": "គ្មាន"}), 422)
    assert wrong.all("input", name="_flt_0_unit__text")[0]["value"] == "គ្មាន"


def test_api_takes_the_same_filters(manager, numbers):
    program = Program(manager)
    listed = program.get("cases/", area="02", family="drugs")
    assert [row["number"] for row in listed["result"]] == [numbers["district"]]
    assert "area" in program.get("cases/_info")["filters"]


def test_export_takes_the_same_filters(client_as, numbers, db_session):
    investigator = client_as("investigator.bb")
    export = run_export(investigator, "/export/table/CaseView?_flt_0_family=drugs&_flt_0_area=02", "csv")
    _about, _headings, rows = parse_csv(download(investigator, export))
    assert len(rows) == 1 and numbers["district"] in rows[0]


def test_every_work_list_is_filtered_by_unit():
    """A work list has a deadline; matches, line-ups and custody of exhibits are work too."""
    more = {"ItemMatchView", "LineupView", "ExhibitCustodyView"}
    views = (*(entry[0] for entry in menu.SCREENS), *menu.HIDDEN_VIEWS)
    work = [one for one in views if "due" in getattr(one, "list_filters", ()) or one.__name__ in more]
    assert len(work) >= 10
    for view in work:
        assert "units" in {one.lookup for one in view.list_filters.values()}, view.__name__


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"


def test_slow_query_is_stopped(db_session, each_database):
    with pytest.raises(time_limit.QueryTooSlow), time_limit.time_limit(db_session, 0.2):
        db_session.execute(text(ENDLESS))
    with time_limit.time_limit(db_session, 5):
        assert db_session.scalar(select(Case.id)) is None
    assert db_session.scalar(text("SELECT 1")) == 1


def test_too_slow_list_asks_to_be_narrowed(manager, numbers, monkeypatch):
    monkeypatch.setattr(time_limit, "CHECK_EVERY", 1)
    monkeypatch.setattr(list_query, "TIME_LIMIT", -1)
    found, page = list_leads(manager, "case", family="drugs", area="02")
    assert found == set() and len(page.all("span", css="chip")) == 2
    assert "សូមបង្រួម" in page.text
    answer = manager.get("/api/v1/cases/?family=drugs")
    assert answer.status_code == 422 and "សូមបង្រួម" in answer.json["detail"]


def test_list_whose_count_takes_long_shows_its_rows_without_it(manager, numbers, monkeypatch, each_database):
    monkeypatch.setattr(list_query, "_select_count", lambda *_rows: text(ENDLESS))
    monkeypatch.setattr(list_query, "COUNT_TIME_LIMIT", 0.1)
    found, page = list_leads(manager, "case", family="drugs")
    assert found == {numbers["district"], numbers["capital"]}
    assert "សូមបង្រួម" not in page.text


def test_selected_rows_are_exported(client_as, numbers, db_session):
    investigator = client_as("investigator.bb")
    page = investigator.page("/case/list/")
    assert len(page.all("input", name="rowid")) == 2 and page.all("form", id="bulk-CaseView")
    ids = dict(db_session.execute(select(Case.number, Case.id)).all())
    chosen = [str(ids[numbers["village"]]), str(ids[numbers["capital"]])]  # the second is outside the area
    answer = investigator.send("/export/selection/CaseView", {"rowid": chosen})
    assert answer.status_code == 302
    export = run_export(investigator, answer.location, "csv")
    _about, _headings, rows = parse_csv(download(investigator, export))
    assert len(rows) == 1 and numbers["village"] in rows[0]


def test_wrong_selection_is_refused(client_as, numbers):
    investigator = client_as("investigator.bb")
    for rowid in ("x", "0", "99999999999", ""):
        assert investigator.send("/export/selection/CaseView", {"rowid": rowid}).status_code == 400, rowid
    assert investigator.send("/export/selection/CaseView", {}).status_code == 400
    assert client_as("manager").page("/place/list/").all("input", name="rowid") is not None


def test_selected_case_sheets_are_printed(client_as, numbers, db_session):
    investigator = client_as("investigator.bb")
    pk = db_session.scalar(select(Case.id).where(Case.number == numbers["village"]))
    assert investigator.send("/printout/case-sheets/", {"rowid": str(pk)}).status_code == 302
    (job,) = db_session.scalars(select(Job)).all()
    assert job.arguments["ids"] == [pk]
