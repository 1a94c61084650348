"""A shut record at every door: its page, its form, the API and the command line (A06)."""

import pytest

from app.cases.models import Case
from app.extensions import db
from tests.corrections.steps import NEW, asked
from tests.html_pages import Page
from tests.locked_records import OPEN, SHUT, a_case_of
from tests.sql_calls import Program


@pytest.fixture
def still_open(db_session, each_database):
    made = a_case_of(OPEN)
    db_session.commit()
    return made


def form_of(client, url):
    return {name: found[-1] for name, found in Page.of(client.get(url)).typed().items()}


def test_the_page_says_kindly_since_when_and_what_can_be_done(case, clerk, client_as):
    page = clerk.page(f"/case/show/{case.id}")
    note = page.all(css="locked")[0]
    assert not note.all("a")

    ways = [
        link["href"]
        for link in client_as("chief.bb").page(f"/case/show/{case.id}").all(css="locked")[0].all("a")
    ]
    assert ways == [f"/correction/ask/case/{case.id}", f"/correction/ask/case/{case.id}?kind=void"]


def test_a_correction_under_way_stands_in_the_place_of_the_button(case, client_as):
    chief = client_as("chief.bb")
    number = asked(chief, case, summary=NEW)
    note = chief.page(f"/case/show/{case.id}").all(css="locked")[0]
    assert [link["href"] for link in note.all("a")] == [f"/correction/show/{number}"]


def test_the_form_of_a_shut_case_asks_only_for_what_goes_on(case, clerk):
    typed = form_of(clerk, f"/case/edit/{case.id}")
    assert "summary" not in typed and "place" not in typed and "status" in typed

    assert clerk.post(f"/case/edit/{case.id}", data=typed | {"status": "unsolved"}).status_code == 302
    assert db.session.get(Case, case.id).status == "unsolved"


def test_a_fact_that_is_sent_all_the_same_is_refused_at_its_box(case, clerk):
    typed = form_of(clerk, f"/case/edit/{case.id}")
    page = Page.of(clerk.post(f"/case/edit/{case.id}", data=typed | {"summary": NEW}), 422)
    assert page.said_at("summary")
    assert db.session.get(Case, case.id).summary != NEW


def test_a_minute_earlier_the_form_takes_it(still_open, clerk):
    typed = form_of(clerk, f"/case/edit/{still_open.id}")
    assert clerk.post(f"/case/edit/{still_open.id}", data=typed | {"summary": NEW}).status_code == 302
    assert db.session.get(Case, still_open.id).summary == NEW


def test_a_record_of_which_all_is_shut_has_no_edit_button(case, clerk):
    offence = case.offences[0]
    page = clerk.page(f"/caseoffence/show/{offence.id}")
    assert not [link for link in page.all("a") if "/edit/" in link.get("href", "")]


def test_the_api_refuses_a_fact_and_takes_what_goes_on(case, clerk):
    program = Program(clerk)
    version = program.get(f"cases/{case.id}")["result"]["version"]
    refused = program.put(f"cases/{case.id}", {"summary": NEW, "version": version}, expect=422)
    assert "summary" in refused["errors"]
    program.put(f"cases/{case.id}", {"status": "unsolved", "version": version})


def test_the_api_takes_a_fact_a_minute_earlier(still_open, clerk):
    program = Program(clerk)
    version = program.get(f"cases/{still_open.id}")["result"]["version"]
    program.put(f"cases/{still_open.id}", {"summary": NEW, "version": version})


def test_nobody_deletes_through_page_act_or_api(case, clerk):
    assert clerk.send(f"/case/delete/{case.id}").status_code in (404, 405)
    assert clerk.send("/case/action_post", {"action": "delete", "rowid": str(case.id)}).status_code in (
        404,
        405,
    )
    headers = {"X-CSRFToken": clerk.token}
    assert clerk.delete(f"/api/v1/cases/{case.id}", headers=headers).status_code == 405
    assert db.session.get(Case, case.id) is not None


def test_a_row_of_a_shut_case_is_shut_by_its_form_too(case, clerk):
    exhibit = case.exhibits[0]
    typed = form_of(clerk, f"/exhibit/edit/{exhibit.id}")
    assert "plate" not in typed and "state" in typed
    refused = clerk.post(f"/exhibit/edit/{exhibit.id}", data=typed | {"plate": "9ZZ-9999"})
    assert Page.of(refused, 422).said_at("plate")


def test_the_list_tells_which_cases_are_open_and_which_are_shut(db_session, clerk):
    a_case_of(SHUT)
    a_case_of(OPEN)
    db_session.commit()
    cells = [row.all("td")[-2].text for row in clerk.page("/case/list/", headers={}).all("tr", data_row=True)]
    assert len(cells) == 2 and cells[0] != cells[1]


def test_the_home_page_tells_which_cases_are_shut_soon(still_open, clerk):
    soon, latest = (board.text for board in clerk.page("/").all(css="wide-board"))
    assert still_open.number in soon and still_open.number in latest
