"""The REST API of cases."""

import pytest

from app.cases.models import Supplement
from app.kernel.text import dates
from tests.sample_rows import acting_as, add_registered_case
from tests.sql_calls import Program


@pytest.fixture
def case(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
        return case.id


@pytest.mark.parametrize("resource", ["case-offences", "involvements", "exhibits", "case-files"])
def test_post_of_single_case_row_is_not_allowed(clerk, resource):
    assert Program(clerk).post(f"{resource}/", {}, 405)["message"]


def test_supplement_can_be_added_but_not_changed(clerk, case, db_session):
    program, today = Program(clerk), dates.now().date().isoformat()
    told = program.post("supplements/", {"case": case, "learned_on": today, "text": "សាក្សីម្នាក់ទៀតបានឃើញ។"})[
        "result"
    ]
    assert told["case"]["id"] == case and db_session.get(Supplement, told["id"]).unit_code == "PC-02"
    assert program.put(f"supplements/{told['id']}", {"version": 1, "text": "ផ្សេង"}, 405)["message"]


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
    told = program.put(f"cases/{case}", {"version": version, "dossier_no": "PP-12/2026"})["result"]
    assert (told["dossier_no"], told["version"]) == ("PP-12/2026", version + 1)


def test_supplement_does_not_change_its_case(clerk, case):
    program, today = Program(clerk), dates.now().date().isoformat()
    before = program.get(f"cases/{case}")["result"]
    program.post("supplements/", {"case": case, "learned_on": today, "text": "ដឹងថ្មី"})
    assert program.get(f"cases/{case}")["result"] == before
