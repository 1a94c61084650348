"""A custody and a detention are changed by the units that answer for them, not where the person has another case."""

import pytest

from app.custody.models import Custody, Detention
from app.people import status
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_release,
    format_day,
    make_suspect,
)
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case
from tests.sql_calls import Program


@prepared
def suspect(db_session):
    """A suspect of a case of Battambang who is also a suspect of a case of Phnom Penh."""
    suspect = make_suspect()
    with acting_as("clerk.pp"):
        add_registered_case(PHNOM_PENH, [(suspect.person, "suspect")])
        db_session.commit()
    return suspect


@pytest.fixture
def other(client_as):
    return client_as("clerk.pp")


def test_unit_of_another_case_does_not_release_a_prisoner(clerk, other, suspect, db_session, each_database):
    detention = enter_detention(clerk, suspect, first_prison="PR-02")
    enter_release(other, detention, 422)
    for kind, over in (("extension", {"months": "6"}), ("end", {"reason": "died"}), ("escape", {})):
        enter_detention_step(other, detention, kind, 422, document_no="12/26", **over)
    db_session.expire_all()
    assert db_session.get(Detention, detention).ended_on is None
    assert status.get_statuses(db_session, [suspect.person_id])[suspect.person_id].status == "detained"
    enter_release(clerk, detention)


def test_unit_of_another_case_does_not_change_a_custody(clerk, other, suspect, db_session, each_database):
    arrest = enter_arrest(clerk, suspect)
    custody = enter_custody(clerk, arrest)
    enter_custody_step(other, custody, "end", 422, outcome="released", handed_to="ឪពុក")
    program = Program(other)
    for path, change in (
        (f"arrests/{arrest}", {"by_unit": "PC-12"}),
        (f"custodies/{custody}", {"held_by": "PC-12"}),
        (f"custodies/{custody}", {"offence_class": "misdemeanour"}),
    ):
        version = program.get(path)["result"]["version"]
        assert "អង្គភាពផ្សេង" in str(program.put(path, {"version": version} | change, 422))
    db_session.expire_all()
    assert db_session.get(Custody, custody).held_by_code == "PC-02"
    enter_custody_step(clerk, custody, "end", outcome="released", handed_to="ឪពុក")


def test_unit_anywhere_records_that_a_person_who_escaped_is_caught(clerk, other, suspect, db_session):
    detention = enter_detention(clerk, suspect, first_prison="PR-02")
    enter_detention_step(clerk, detention, "escape", done_on=format_day(-2))
    enter_detention_step(other, detention, "recapture", done_on=format_day(-1))
    db_session.expire_all()
    assert not db_session.get(Detention, detention).escaped
