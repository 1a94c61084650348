"""Short sequences of acts after which a person was shown with a false status, and other acts in an unusual order.

Each case has the acts, in the order of entry, and what the documents say after them.
"""

import pytest

from tests.custody.sequence_register import Key, Register, enter_in_another_order

ORDER, ARREST, LATER_ARREST, JUDGMENT, FINAL, LATER_JUDGMENT, LATER_FINAL, STEP = map(Key, range(1, 9))
# Acts with the day on which they took effect, counted from the offence; a step is counted from its judgment.
RECEIVED = ("receive", ORDER, 100, 0, "arrest", True)
ARRESTED = ("arrest", ARREST, 110, 0, ORDER)
ACQUITTED = (("judge", JUDGMENT, 200, 0, "acquitted"), ("judgment_step", FINAL, 5, JUDGMENT, "final"))
ACQUITTED_AGAIN = (
    ("judge", LATER_JUDGMENT, 300, 0, "acquitted"),
    ("judgment_step", LATER_FINAL, 5, LATER_JUDGMENT, "final"),
)
SET_ASIDE = ("judgment_step", STEP, 50, JUDGMENT, "set_aside")
RECALLED = ("recall", STEP, 120, ORDER)
ARRESTED_LATER = ("arrest", LATER_ARREST, 220, 0, ORDER)

SEQUENCES = {
    "a second arrest executes the order if the first is void":
        ((RECEIVED, ARRESTED, ARRESTED_LATER, ("void", ARREST)), "in_custody", "executed"),
    "the earlier of two arrests executes an order that was recalled between them":
        ((RECEIVED, ARRESTED_LATER, RECALLED, ARRESTED), "in_custody", "executed"),
    "an arrest after a recall executes the order if the recall is void":
        ((RECEIVED, RECALLED, ARRESTED_LATER, ("void", STEP)), "in_custody", "executed"),
    "a new acquittal counts after an earlier one was set aside":
        ((RECEIVED, *ACQUITTED, SET_ASIDE, *ACQUITTED_AGAIN), None, "suspended"),
    "an arrest after an acquittal executes the order if the acquittal is set aside":
        ((RECEIVED, *ACQUITTED, ARRESTED_LATER, SET_ASIDE), "in_custody", "executed"),
    "an arrest after an acquittal executes the order if the acquittal is void":
        ((RECEIVED, *ACQUITTED, ARRESTED_LATER, ("void", JUDGMENT)), "in_custody", "executed"),
    "an acquittal suspends the order also if the arrest after it was entered first":
        ((RECEIVED, ARRESTED_LATER, *ACQUITTED), "in_custody", "suspended"),
    "the end of an acquittal counts after a recall":
        ((RECEIVED, *ACQUITTED, ARRESTED_LATER, ("recall", STEP, 250, ORDER), ("void", JUDGMENT)), "in_custody", "executed"),
    "an acquittal counts from the day of the last decision":
        ((RECEIVED, *ACQUITTED, *ACQUITTED_AGAIN, ARRESTED_LATER), "in_custody", "executed"),
    "a person is no longer cleared by a judgment after the recall":
        ((("receive", ORDER, 100, 2, "arrest", True), ("judge", JUDGMENT, 56, 2, "non_suit"),
          ("judgment_step", FINAL, 5, JUDGMENT, "final"), ("recall", STEP, 120, ORDER),
          ("judge", LATER_JUDGMENT, 300, 2, "acquitted")), None, "recalled"),
    "a follow-up ends with the void detention of its release":
        ((("detain", ARREST, 1, 0, None), ("release", STEP, 1, ARREST, "parole", 10), ("void", ARREST)), None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_status_after_a_sequence_of_acts(db_session, name, each_database):
    acts, status, state = SEQUENCES[name]
    people = Register(db_session.rollback)
    for act, *arguments in acts:
        assert people.do(act, tuple(arguments)), act
    people.check()
    found = people.stored()
    shown = {found["status", one] for one in (0, 1)} - {None}  # each sequence is about one of them
    assert (shown, found.get(("order", ORDER))) == ({status} - {None}, state)
    enter_in_another_order(people)


def test_escape_of_another_person_changes_no_status(db_session, each_database):
    people = Register(db_session.rollback)
    for act in (
        ("detain", ORDER, 57, 1, None), ("detain", ARREST, 364, 0, None), ("detention_step", STEP, 255, ORDER, "escape", ""),
        ("detain", JUDGMENT, 434, 2, None), ("detention_step", FINAL, 128, JUDGMENT, "escape", ""),
    ):  # fmt: skip
        assert people.do(act[0], act[1:]), act
    people.check()
    assert [people.stored()["status", one] for one in (0, 1)] == ["detained", "escaped"]


def test_undone_merge_opens_the_custody_that_the_other_detention_ended(db_session, each_database):
    people = Register(db_session.rollback)
    for act, *arguments in (
        ("detain", STEP, 1, 2, None), ("merge",), ("arrest", ARREST, 1, 0, None),
        ("custody", LATER_ARREST, 1, ARREST, "felony"), ("unmerge",),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
    people.check()
    found = people.stored()
    assert (found["status", 0], found["status", 1]) == ("in_custody", "detained")
    assert found["custody", LATER_ARREST] == (None, None)
