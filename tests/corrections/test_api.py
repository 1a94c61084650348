"""API of corrections: only requests; decisions need the password on a screen."""

import pytest

from app.cases.models import Case
from app.corrections.models import Correction
from app.extensions import db
from tests.corrections.steps import CAUSE, LETTER, REASON
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH
from tests.sql_calls import Program

NEW_SUMMARY = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"


@prepared
def case(db_session):
    record = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return record.id


@pytest.fixture
def chief(client_as):
    return Program(client_as("chief.bb"))


def build_body(case, **changed_values):
    values = {
        "entity": "case",
        "entity_id": case,
        "kind": "change",
        "cause": CAUSE,
        "reason": REASON,
        "letter_no": LETTER,
    }
    return values | {"changes": {"summary": NEW_SUMMARY}} | changed_values


def test_api_request_writes_only_the_correction(chief, case, db_session, each_database):
    result = chief.post("corrections/", build_body(case))["result"]
    assert (result["state"], result["entity"], result["entity_id"]) == ("requested", "case", case)
    correction = db_session.get(Correction, result["id"])
    assert [(one.column_name, one.after) for one in correction.fields] == [("summary", NEW_SUMMARY)]
    assert db_session.get(Case, case).summary != NEW_SUMMARY
    assert chief.get(f"corrections/{result['number']}")["result"] == result
    assert "detail" in chief.post("corrections/", build_body(case), expect=409)  # it is already in progress


def test_api_requests_a_case_to_be_voided(chief, case):
    assert chief.post("corrections/", build_body(case, kind="void", changes={}))["result"]["kind"] == "void"


@pytest.mark.parametrize(
    ("changed_values", "field"),
    [
        ({"reason": "ខ្លី"}, "reason"),
        ({"letter_no": None}, "letter_no"),
        ({"kind": "delete"}, "kind"),
        ({"cause": None}, "cause"),
        ({"cause": "bad luck"}, "cause"),
        ({"cause": "not_stated"}, "cause"),
        ({"changes": {"number": "1"}}, "number"),
        ({"changes": {"occurred_from": "ម្សិលមិញ"}}, "occurred_from"),
        ({"changes": [1]}, "kind"),
    ],
)
def test_api_invalid_value_is_reported_at_its_field(chief, case, db_session, changed_values, field):
    assert field in chief.post("corrections/", build_body(case) | changed_values, expect=422)["errors"]
    assert db_session.query(Correction).count() == 0


def test_api_refuses_other_provinces_and_other_roles(client_as, chief, case):
    elsewhere = add_case_of_age(LOCKED_AGE, "clerk.pp", place=PHNOM_PENH)
    db.session.commit()
    chief.post("corrections/", build_body(elsewhere.id), expect=404)
    Program(client_as("clerk.bb")).post("corrections/", build_body(case), expect=403)


def test_api_request_without_a_change_is_refused(chief, case):
    assert "detail" in chief.post("corrections/", build_body(case, changes={}), expect=409)
