"""A custody, a detention, a release and a judgment are changed by the units that answer for them, not where the person has
another case.
"""

import pytest

from app.custody.models import Custody, Detention, Judgment, Sentence
from app.people import status
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_day,
    make_suspect,
)
from tests.custody.test_prisons import enter_judgment_step, enter_sentence_change, enter_supervision_step
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case
from tests.sql_calls import Program


@prepared
def suspect(db_session):
    """A suspect of a case of Battambang who is also a suspect of a case of Phnom Penh."""
    suspect = make_suspect(hours=24 * 400)
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


def test_unit_of_another_case_does_not_pardon_or_set_aside(clerk, other, suspect, db_session, each_database):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-300))
    sentence = enter_sentence(clerk, judgment, starts_on=format_day(-300))
    for kind in ("set_aside", "final"):
        enter_judgment_step(other, judgment, kind, 422)
    enter_sentence(other, judgment, 422, years="1", starts_on=format_day(-300))
    for kind in ("pardon", "reduction"):
        enter_sentence_change(other, sentence, kind, 422, days="300")
    program = Program(other)
    for path, change in (
        (f"judgments/{judgment}", {"court_no": "1/26"}),
        (f"sentences/{sentence}", {"years": 1}),
    ):
        version = program.get(path)["result"]["version"]
        assert "អង្គភាពនៃសំណុំរឿង" in str(program.put(path, {"version": version} | change, 422))
    db_session.expire_all()
    assert db_session.get(Judgment, judgment).is_in_force
    assert db_session.get(Sentence, sentence).years == 2
    enter_sentence_change(clerk, sentence, "pardon", days="300")
    enter_judgment_step(clerk, judgment, "set_aside")


def test_unit_that_holds_the_prisoner_enters_a_pardon(clerk, other, suspect, db_session, each_database):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-300))
    sentence = enter_sentence(clerk, judgment, starts_on=format_day(-300))
    enter_detention(
        clerk, suspect, kind="sentence", sentence=sentence, offence_class=None, first_prison="CC1"
    )
    enter_sentence_change(other, sentence, "pardon", days="300")


def test_unit_of_another_case_does_not_end_a_follow_up(clerk, other, suspect, db_session, each_database):
    detention = enter_detention(clerk, suspect, first_prison="PR-02")
    release = enter_release(
        clerk, detention, kind="supervision", reports_to="PC-02", supervised_until=format_day(90)
    )
    enter_supervision_step(other, release, "end", 422, document_no="9/26")
    enter_supervision_step(other, release, "visit")
    enter_supervision_step(clerk, release, "end", document_no="9/26")
