"""Corrections by the API: a chief's program asks; who decides gives his password at a screen."""

import pytest

from app.cases.models import Case
from app.corrections.models import Correction
from app.extensions import db
from tests.corrections.steps import LETTER, REASON
from tests.locked_records import SHUT, a_case_of
from tests.sample_rows import PHNOM_PENH
from tests.sql_calls import Program

NEW = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"


@pytest.fixture
def case(db_session):
    made = a_case_of(SHUT)
    db_session.commit()
    return made.id


@pytest.fixture
def chief(client_as):
    return Program(client_as("chief.bb"))


def body(case, **over):
    asked = {"entity": "case", "entity_id": case, "kind": "change", "reason": REASON, "letter_no": LETTER}
    return asked | {"changes": {"summary": NEW}} | over


def test_a_chief_asks_and_nothing_but_his_request_is_written(chief, case, db_session, each_database):
    told = chief.post("corrections/", body(case))["result"]
    assert (told["state"], told["entity"], told["entity_id"]) == ("asked", "case", case)
    correction = db_session.get(Correction, told["id"])
    assert [(one.column_name, one.after) for one in correction.fields] == [("summary", NEW)]
    assert db_session.get(Case, case).summary != NEW
    assert chief.get(f"corrections/{told['number']}")["result"] == told
    assert "message" in chief.post("corrections/", body(case), expect=409)  # it is under way already


def test_a_case_is_asked_to_be_struck_out(chief, case):
    assert chief.post("corrections/", body(case, kind="void", changes={}))["result"]["kind"] == "void"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reason": "ខ្លី"}, "reason"),
        ({"letter_no": None}, "letter_no"),
        ({"kind": "delete"}, "kind"),
        ({"changes": {"number": "1"}}, "number"),
        ({"changes": {"occurred_from": "ម្សិលមិញ"}}, "occurred_from"),
        ({"changes": [1]}, "kind"),
    ],
)
def test_what_is_missing_or_wrong_stands_at_its_field(chief, case, db_session, over, field):
    assert field in chief.post("corrections/", body(case) | over, expect=422)["errors"]
    assert db_session.query(Correction).count() == 0


def test_a_record_of_another_province_is_not_found_and_another_role_does_not_ask(client_as, chief, case):
    elsewhere = a_case_of(SHUT, "clerk.pp", place=PHNOM_PENH)
    db.session.commit()
    chief.post("corrections/", body(elsewhere.id), expect=404)
    Program(client_as("clerk.bb")).post("corrections/", body(case), expect=403)


def test_an_unchanged_record_is_not_corrected(chief, case):
    assert "message" in chief.post("corrections/", body(case, changes={}), expect=409)
