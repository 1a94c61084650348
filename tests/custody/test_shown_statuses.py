"""Every page, list, card, printout and export shows the same status of a person and the same role in a case."""

from datetime import date

import pytest
from sqlalchemy import delete, insert

from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.extensions import db
from app.kernel.schema import code_lists
from app.people.status import STRONGEST_FIRST, PersonStatus
from app.printouts import person_files
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
from tests.exports.file_contents import download, run_export, unzip
from tests.printouts.pdf_text import build_case_sheet, collect_text, read_as
from tests.search.conftest import search_page
from tests.sql_calls import Program

ROLES = {
    "convicted_not_final": "ពិរុទ្ធជន (សាលក្រមមិនទាន់ស្ថាពរ)", "convicted": "ទណ្ឌិត",
}  # fmt: skip


@pytest.fixture
def suspect(db_session):
    return make_suspect(hours=24 * 60)


def print_person(app, person_id):
    with read_as(app, "investigator.bb"):
        return collect_text(person_files.build_printout(person_files.load_record(person_id)))


def find_texts(app, browser, suspect):
    """Return place → the text in which a role or a status of the suspect is stated."""
    name = str(suspect.person)
    case_id, person_id = suspect.case_id, suspect.person_id
    person = browser.page(f"/person/show/{person_id}")
    return {
        "page of the person": person.text,
        "timeline": " ".join(one.text for one in person.all("ol")),
        "case": " ".join(one.text for one in browser.page(f"/case/show/{case_id}").all("a", css="plainlink")),
        "card": search_page(browser, name).all("li", css="result")[0].text,
        "case sheet": collect_text(build_case_sheet(app, "investigator.bb", case_id)),
        "file of the person": print_person(app, person_id),
        "list of people": browser.page("/person/list/").all("table")[0].text,
    }


def export_roles(browser, case_id):
    files = unzip(download(browser, run_export(browser, f"/export/case/{case_id}")))
    return files["involvement.csv"].decode()


def test_every_place_shows_the_role_of_the_judgments_in_force(app, db_session, client_as, suspect):
    clerk, investigator = client_as("clerk.bb"), client_as("investigator.bb")
    judgment_id = enter_judgment(clerk, suspect, decided_on=format_day(-50))
    db.session.get(Involvement, suspect.id).role = "convicted_not_final"
    db_session.commit()
    places = ("timeline", "case", "card", "case sheet", "file of the person")

    def check(expected):
        suspect = db.session.get(Involvement, suspect_id)
        texts = find_texts(app, investigator, suspect)
        texts = {name: texts[name] for name in places} | {
            "export": export_roles(investigator, suspect.case_id)
        }
        for name, text in texts.items():
            assert {role for role, label in ROLES.items() if label in text} == expected, name
        (role,) = expected or {"accused"}  # a judgment was given
        program = Program(investigator)
        answer = program.get(f"involvements/{suspect.id}")["result"]
        assert (answer["role"], answer["current_role"]) == ("convicted_not_final", role)
        for one in SUSPECT_ROLES:
            found = program.get("involvements/", role=one)["result"]
            assert [(row["id"], row["current_role"]) for row in found] == [(suspect.id, role)] * (one == role)

    suspect_id = suspect.id
    check({"convicted_not_final"})
    typed = {"judgment": judgment_id, "document_no": "5/26"}
    send_form(clerk, "judgmentstep", kind="final", done_on=format_day(-10), **typed)
    check({"convicted"})
    send_form(clerk, "judgmentstep", kind="set_aside", done_on=format_day(), **typed)
    check(set())


def test_every_place_shows_the_same_status(app, db_session, client_as, suspect):
    investigator, person_id = client_as("investigator.bb"), suspect.person_id
    row = {"person_id": person_id, "entity": "person", "entity_id": person_id, "since": date(2026, 1, 5)}
    places = ("page of the person", "card", "file of the person", "list of people")
    labels = {key: code.name_km for key, code in code_lists.all_lists()["person_status"].items()}
    assert set(labels) == set(STRONGEST_FIRST)
    for status, label in labels.items():
        db.session.execute(delete(PersonStatus))
        db.session.execute(insert(PersonStatus), [row | {"status": status}])
        db.session.commit()
        texts = find_texts(app, investigator, suspect)
        for name in places:
            assert label in texts[name], (status, name)
