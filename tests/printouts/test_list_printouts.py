"""The selected rows of a list are printed with the columns and in the order of its page."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import LoginSession
from app.cases.models import Case, Exhibit, Involvement
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention
from app.extensions import db
from app.kernel.audit import daily_limit
from app.kernel.text import dates
from app.people.models import Person
from tests.custody.sample_rows import add_one_of_each
from tests.minors.test_contacts import CHIEF, enter, officer, read_contact  # noqa: F401
from tests.printouts.pdf_text import build_list, collect_text, count_pages
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import open_by_break_glass

VOID = "បានទុកជាមោឃៈ"
LISTS = {
    "CaseView": Case, "PersonView": Person, "InvolvementView": Involvement, "CourtOrderView": CourtOrder, "ExhibitView": Exhibit,
    "ArrestView": Arrest, "CustodyView": Custody, "DetentionView": Detention,
}  # fmt: skip


@pytest.fixture
def selected(own, warrant):
    """Return list → the keys of its rows, for a case with an order and a custody."""
    with acting_as("clerk.bb"):
        add_one_of_each(own.involvements[0], "PC-02")
        db.session.commit()
    return {
        name: db.session.scalars(select(model.id).order_by(model.id)).all() for name, model in LISTS.items()
    }


@pytest.fixture
def cases_of_two_days(db_session):
    """Return the keys of two cases, the older one first."""
    with acting_as("clerk.bb"):
        now = dates.now().replace(second=0, microsecond=0)
        cases = [add_registered_case(occurred_from=now - timedelta(hours=hours)) for hours in (20, 10)]
        keys = [case.id for case in cases]
    db_session.commit()
    return keys


def print_list(browser, name, keys, query=""):
    return browser.send(f"/printout/list/{name}{query}", {"rowid": [str(key) for key in keys]})


def test_selected_rows_of_every_list_are_printed_and_logged(client_as, selected, log, each_database):
    chief = client_as("chief.bb")
    for name, keys in selected.items():
        response = print_list(chief, name, keys)
        assert response.mimetype == "application/pdf" and count_pages(response.data) == 1, name
        assert response.headers["Cache-Control"] == "no-store", name
        entry = log("access.printed")[-1]
        assert (entry.entity, entry.entity_id, entry.facts["paper"]) == (
            LISTS[name].__tablename__,
            None,
            "list",
        )
        assert sorted(entry.facts["ids"]) == keys and entry.facts["count"] == len(keys), name
        assert (entry.purpose, entry.case_number) == ("investigation", "02-2026-000001"), name
    people = {entry.entity: entry.facts["people"] for entry in log("access.printed")}
    (person,) = selected["PersonView"]
    named = {name for name, found in people.items() if found == [person]}
    assert named == {"person", "involvement", "arrest", "custody", "detention"}


def test_list_offers_its_printout_with_its_filters_columns_and_order(client_as, own):
    def offered(username, url):
        page = client_as(username).page(url)
        return [
            one["formaction"]
            for one in page.all("button", formaction=True)
            if "/printout/list/" in one["formaction"]
        ]

    query = "?_flt_0_status=open&_oc_CaseView=occurred_from&_od_CaseView=asc"
    assert offered("clerk.bb", f"/case/list/{query}") == [f"/printout/list/CaseView{query}"]
    assert offered("manager", "/person/list/") == ["/printout/list/PersonView"]
    assert offered("planning", "/case/list/") == []
    assert print_list(client_as("planning"), "CaseView", [own.id]).status_code in (302, 403)


def test_printout_shows_the_chosen_columns_in_the_order_of_the_page(client_as, cases_of_two_days, log):
    chief = client_as("chief.bb")
    keys = cases_of_two_days
    print_list(chief, "CaseView", keys)
    print_list(chief, "CaseView", keys, "?_oc_CaseView=occurred_from&_od_CaseView=asc")
    newest_first, oldest_first = (entry.facts["ids"] for entry in log("access.printed"))
    assert newest_first == keys[::-1] and oldest_first == keys
    hashes = {entry.facts["sha256"] for entry in log("access.printed")}
    chief.send("/list-views/CaseView/columns", {"column": ["number", "dossier_no"], "from": "/case/list/"})
    print_list(chief, "CaseView", keys)
    assert log("access.printed")[-1].facts["sha256"] not in hashes


def test_rows_outside_the_area_and_wrong_keys_are_not_printed(client_as, own, foreign, log):
    chief, keys = client_as("chief.bb"), [own.involvements[0].person_id, foreign.involvements[0].person_id]
    assert print_list(chief, "PersonView", keys).mimetype == "application/pdf"
    assert log("access.printed")[-1].facts["ids"] == log("access.printed")[-1].facts["people"] == keys[:1]
    assert print_list(chief, "PersonView", keys[1:]).location.endswith("/person/list/")
    for wrong in ("", "x", "0", "99999999999"):
        assert chief.send("/printout/list/PersonView", {"rowid": wrong}).status_code == 400, wrong
    for unknown in ("NoView", "HomeView"):
        assert print_list(chief, unknown, [1]).status_code == 404, unknown
    assert len(log("access.printed")) == 1


def test_person_opened_by_break_glass_is_not_on_the_list(client_as, own, foreign, log):
    browser, person = client_as("investigator.bb"), foreign.involvements[0].person_id
    open_by_break_glass(browser, own)
    assert str(person) in [one["value"] for one in browser.page("/person/list/").all("input", name="rowid")]
    assert print_list(browser, "PersonView", [person]).status_code == 302 and log("access.printed") == []


def test_list_names_no_minor_and_no_protected_victim(app, client_as, protected, log, each_database):
    with acting_as("clerk.bb"):
        child = make_registered_person(number=9, surname_km="កូនក្មេង", born_on=date(2012, 1, 1))
        case = add_registered_case(people=[(child, "suspect")])
        rows = [
            (row.id, row.person_id, row.person.surname_km)
            for row in (*protected.involvements, *case.involvements)
        ]
        suspect = next(row.person_id for row in protected.involvements if row.role == "suspect")
        db.session.commit()
    clerk, keys = client_as("clerk.bb"), [row for row, _person, _name in rows]
    assert "កូនក្មេង" in clerk.get("/person/list/").text
    print_list(clerk, "PersonView", [person for _row, person, _name in rows])
    print_list(clerk, "InvolvementView", keys)
    assert [entry.facts["people"] for entry in log("access.printed")] == [[suspect], [suspect]]
    text = collect_text(build_list(app, "clerk.bb", "InvolvementView", keys))
    for _row, person, name in rows:
        assert (name in text) == (person == suspect), name


def test_void_row_is_marked(app, client_as, own):
    row = own.supplements[0].id
    assert VOID not in collect_text(build_list(app, "clerk.bb", "SupplementView", [row]))
    client_as("clerk.bb").send(f"/supplement/withdraw/{row}", {"reason": "បញ្ចូលខុសសំណុំរឿង"})
    assert VOID in collect_text(build_list(app, "clerk.bb", "SupplementView", [row]))


def test_contacts_with_minors_are_not_printed_as_a_list(officer, client_as, log):  # noqa: F811
    enter(officer)
    assert print_list(client_as(CHIEF), "MinorContactView", [read_contact().id]).status_code == 404
    assert "/printout/list/" not in client_as(CHIEF).get("/minorcontact/list/").text


def test_printed_people_count_for_the_daily_limit(app, client_as, own, monkeypatch, log):
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(number=n), "suspect") for n in (7, 8)])
        keys = [own.involvements[0].person_id, *(row.person_id for row in case.involvements)]
        db.session.commit()
    daily_limit._shown.clear()
    monkeypatch.setitem(app.extensions, "ecrime.daily_people", {"Provincial chief": 2})
    chief = client_as("chief.bb")
    assert print_list(chief, "PersonView", keys[:2]).mimetype == "application/pdf"
    assert print_list(chief, "PersonView", keys).status_code == 429
    assert len(log("access.printed")) == 1


def test_list_without_a_purpose_is_not_printed(client_as, own, log):
    chief = client_as("chief.bb")
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert print_list(chief, "CaseView", [own.id]).status_code == 428 and log("access.printed") == []


def test_copy_number_of_a_list_opens_its_rows(client_as, own, log):
    chief = client_as("chief.bb")
    print_list(chief, "CaseView", [own.id])
    (entry,) = log("access.printed")
    page = chief.page(f"/printed/copy/{entry.seq}-{entry.hash[:8].upper()}")
    assert own.number in page.text
    assert print_list(chief, "PlaceView", ["02"]).mimetype == "application/pdf"
    entry = log("access.printed")[-1]
    assert entry.facts["ids"] == ["02"] and entry.facts["people"] == []
    assert chief.get(f"/printed/copy/{entry.seq}-{entry.hash[:8].upper()}").status_code == 200
