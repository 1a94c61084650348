"""The REST API of cases."""

import pytest
from sqlalchemy import update

from app.accounts.models import User
from app.cases.models import Supplement
from app.kernel.api.create import PROTECTED_BY_SAVE
from app.kernel.text import dates
from app.reference.models import Offence
from tests.prepared import prepared
from tests.sample_rows import (
    PHNOM_PENH,
    THEFT,
    acting_as,
    add_registered_case,
    make_registered_person,
)
from tests.sql_calls import Program


@prepared
def case(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
        return case.id


@pytest.mark.parametrize("resource", ["case-offences", "involvements", "exhibits", "case-files"])
def test_post_of_single_case_row_is_not_allowed(clerk, resource):
    assert Program(clerk).post(f"{resource}/", {}, 405)["detail"]


def test_supplement_can_be_added_but_not_changed(clerk, case, db_session):
    program, today = Program(clerk), dates.now().date().isoformat()
    saved = program.post("supplements/", {"case": case, "learned_on": today, "text": "សាក្សីម្នាក់ទៀតបានឃើញ។"})[
        "result"
    ]
    assert saved["case"]["id"] == case and db_session.get(Supplement, saved["id"]).unit_code == "PC-02"
    assert program.put(f"supplements/{saved['id']}", {"version": 1, "text": "ផ្សេង"}, 405)["detail"]


def test_supplement_with_future_date_is_refused(clerk, case):
    errors = Program(clerk).post("supplements/", {"case": case, "learned_on": "05-03-2099"}, 422)["errors"]
    assert errors["text"][0]["text"]
    errors = Program(clerk).post(
        "supplements/", {"case": case, "learned_on": "05-03-2099", "text": "x"}, 422
    )["errors"]
    assert errors["learned_on"][0]["severity"] == "error"


def test_case_update_checks_all_rules(clerk, case):
    program = Program(clerk)
    version = program.get(f"cases/{case}")["result"]["version"]
    errors = program.put(f"cases/{case}", {"version": version, "occurred_to": "2001-01-01T00:00:00"}, 422)[
        "errors"
    ]
    assert {one["rule"] for one in errors["occurred_to"]} == {"V002"}
    errors = program.put(f"cases/{case}", {"version": version, "latitude": 48.137, "longitude": 11.575}, 422)[
        "errors"
    ]
    assert errors["latitude"][0]["rule"] == "V009"
    saved = program.put(f"cases/{case}", {"version": version, "dossier_no": "PP-12/2026"})["result"]
    assert (saved["dossier_no"], saved["version"]) == ("PP-12/2026", version + 1)


def test_supplement_does_not_change_its_case(clerk, case):
    program, today = Program(clerk), dates.now().date().isoformat()
    before = program.get(f"cases/{case}")["result"]
    program.post("supplements/", {"case": case, "learned_on": today, "text": "ដឹងថ្មី"})
    assert program.get(f"cases/{case}")["result"] == before


def test_changed_offence_keeps_the_case_of_a_department(each_database, client_as, db_session):
    """Its department has entered the case, and sees no other cases of the new family."""
    db_session.execute(update(User).where(User.username == "clerk.bb").values(unit_code="D-DRUG"))
    with acting_as("clerk.bb"):
        case = add_registered_case()
        case.offences[0].offence = db_session.get(Offence, "DRUG2012-X01")
        db_session.commit()
    program, path = Program(client_as("clerk.bb")), f"case-offences/{case.offences[0].id}"
    version = program.get(path)["result"]["version"]
    saved = program.put(path, {"version": version, "offence": THEFT})["result"]
    assert saved["offence"]["id"] == THEFT
    assert program.get(f"cases/{case.id}")["result"]["number"] == case.number


def test_moved_case_stays_with_the_unit_that_moves_it(each_database, clerk, case):
    program = Program(clerk)
    body = {"version": 1, "place": PHNOM_PENH, "place__reason": "reported_here"}
    assert program.put(f"cases/{case}", body)["result"]["place"]["id"] == PHNOM_PENH
    assert program.get(f"cases/{case}")["result"]["version"] == 2


@prepared
def seen_elsewhere(db_session):
    """Return the involvement of a person in a sexual offence whom the investigator sees in another case too."""
    with acting_as("investigator.bb"):
        person = make_registered_person(number=1)
        add_registered_case(people=[(person, "suspect")])
        db_session.flush()
        case = add_registered_case(people=[(person, "other")])
        case.offences[0].offence = db_session.get(Offence, "PC2009-239")
        db_session.commit()
    return case.involvements[0]


def test_row_that_protects_the_person_is_saved_with_a_message(each_database, client_as, seen_elsewhere):
    program, path = Program(client_as("investigator.bb")), f"involvements/{seen_elsewhere.id}"
    version = program.get(path)["result"]["version"]
    assert program.put(path, {"version": version, "role": "victim"}) == {"message": str(PROTECTED_BY_SAVE)}
    assert seen_elsewhere.is_hidden
    program.get(path, 404)


def test_form_that_protects_the_person_returns_to_the_case(client_as, seen_elsewhere):
    browser, url = client_as("investigator.bb"), f"/involvement/edit/{seen_elsewhere.id}"
    fields = browser.page(url).typed() | {"role": "victim"}
    answer = browser.send(url, fields)
    assert answer.location == f"/case/show/{seen_elsewhere.case_id}" and seen_elsewhere.is_hidden
