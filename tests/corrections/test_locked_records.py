"""Locked records on pages, in forms and in the API (A06)."""

from app.cases.models import Case
from app.extensions import db
from tests.corrections.steps import NEW_SUMMARY, request_correction
from tests.html_pages import Page
from tests.locked_records import EDITABLE_AGE, LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sql_calls import Program


@prepared
def editable_case(db_session, each_database):
    record = add_case_of_age(EDITABLE_AGE)
    db_session.commit()
    return record


def read_form(client, url):
    return Page.from_response(client.get(url)).typed()


def test_locked_record_page_links_to_the_correction_request(case, clerk, client_as):
    page = clerk.page(f"/case/show/{case.id}")
    note = page.all(css="locked")[0]
    assert not note.all("a")

    ways = [
        link["href"]
        for link in client_as("chief.bb").page(f"/case/show/{case.id}").all(css="locked")[0].all("a")
    ]
    assert ways == [f"/correction/request/case/{case.id}", f"/correction/request/case/{case.id}?kind=void"]


def test_correction_in_progress_replaces_the_request_button(case, client_as):
    chief = client_as("chief.bb")
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    note = chief.page(f"/case/show/{case.id}").all(css="locked")[0]
    assert [link["href"] for link in note.all("a")] == [f"/correction/show/{number}"]


def test_locked_case_form_has_only_editable_fields(case, clerk):
    typed = read_form(clerk, f"/case/edit/{case.id}")
    assert not {"summary", "place", "status"} & typed.keys() and "dossier_no" in typed

    assert clerk.post(f"/case/edit/{case.id}", data=typed | {"dossier_no": "PP-12"}).status_code == 302
    assert db.session.get(Case, case.id).dossier_no == "PP-12"


def test_locked_field_sent_anyway_is_refused_at_its_field(case, clerk):
    typed = read_form(clerk, f"/case/edit/{case.id}")
    page = Page.from_response(clerk.post(f"/case/edit/{case.id}", data=typed | {"summary": NEW_SUMMARY}), 422)
    assert page.get_messages("summary")
    assert db.session.get(Case, case.id).summary != NEW_SUMMARY


def test_form_accepts_a_change_one_minute_before_the_lock(editable_case, clerk):
    typed = read_form(clerk, f"/case/edit/{editable_case.id}")
    assert (
        clerk.post(f"/case/edit/{editable_case.id}", data=typed | {"summary": NEW_SUMMARY}).status_code == 302
    )
    assert db.session.get(Case, editable_case.id).summary == NEW_SUMMARY


def test_fully_locked_record_has_no_edit_button(case, clerk):
    offence = case.offences[0]
    page = clerk.page(f"/caseoffence/show/{offence.id}")
    assert not [link for link in page.all("a") if "/edit/" in link.get("href", "")]


def test_edit_address_of_a_fully_locked_record_shows_no_form(case, clerk):
    page = clerk.page(f"/caseoffence/edit/{case.offences[0].id}")
    assert page.all(css="locked") and "version" not in page.typed()
    assert "version" in clerk.page(f"/case/edit/{case.id}").typed(), "a case has fields that stay open"


def test_api_refuses_locked_and_accepts_editable_fields(case, clerk):
    program = Program(clerk)
    version = program.get(f"cases/{case.id}")["result"]["version"]
    refused = program.put(f"cases/{case.id}", {"summary": NEW_SUMMARY, "version": version}, expect=422)
    assert "summary" in refused["errors"]
    program.put(f"cases/{case.id}", {"dossier_no": "PP-12", "version": version})


def test_api_accepts_a_change_one_minute_before_the_lock(editable_case, clerk):
    program = Program(clerk)
    version = program.get(f"cases/{editable_case.id}")["result"]["version"]
    program.put(f"cases/{editable_case.id}", {"summary": NEW_SUMMARY, "version": version})


def test_no_page_action_or_api_deletes_a_case(case, clerk):
    assert clerk.send(f"/case/delete/{case.id}").status_code in (404, 405)
    assert clerk.send("/case/action_post", {"action": "delete", "rowid": str(case.id)}).status_code in (
        404,
        405,
    )
    headers = {"X-CSRFToken": clerk.token}
    assert clerk.delete(f"/api/v1/cases/{case.id}", headers=headers).status_code == 405
    assert db.session.get(Case, case.id) is not None


def test_row_of_a_locked_case_is_locked_in_its_form(case, clerk):
    exhibit = case.exhibits[0]
    typed = {"version": exhibit.version, "plate": "9ZZ-9999"}  # of a form opened before the lock
    refused = clerk.send(f"/exhibit/edit/{exhibit.id}", typed)
    assert Page.from_response(refused, 422).get_messages("plate")


def test_case_list_shows_which_cases_are_locked(db_session, clerk):
    add_case_of_age(LOCKED_AGE)
    add_case_of_age(EDITABLE_AGE)
    db_session.commit()
    cells = [row.all("td")[-2].text for row in clerk.page("/case/list/", headers={}).all("tr", data_row=True)]
    assert len(cells) == 2 and cells[0] != cells[1]


def test_home_page_shows_cases_that_lock_soon(editable_case, clerk):
    soon, *_others, latest = (board.text for board in clerk.page("/").all(css="wide-card"))
    assert editable_case.number in soon and editable_case.number in latest
