"""Short sequences of acts after which a person was shown with a false status, and other acts in an unusual order.

Each case has the acts, in the order of entry, and what the documents say after them.
"""

from datetime import timedelta

import pytest

from app.court_orders.models import CourtOrder
from app.people.models import Person
from tests import nightly
from tests.court_orders.sample_orders import add_event, make_order
from tests.custody.model import add_months
from tests.custody.sequence_register import Key, Register, add_two_people, enter_in_another_order
from tests.prepared import prepared

ORDER, ARREST, LATER_ARREST, JUDGMENT, FINAL, LATER_JUDGMENT, LATER_FINAL, STEP = map(Key, range(1, 9))
SENTENCE, DETENTION, LATER_SENTENCE, LATER_DETENTION, END = map(Key, range(9, 14))
# Acts with the day on which they took effect, counted from the offence; a step is counted from its judgment.
RECEIVED = ("receive", ORDER, 100, 0, "arrest", True)
WITHOUT_CASE = ("receive", ORDER, 100, 0, "arrest", False)
ARRESTED = ("arrest", ARREST, 110, 0, ORDER)
ACQUITTED = (("judge", JUDGMENT, 200, 0, "acquitted"), ("judgment_step", FINAL, 5, JUDGMENT, "final"))
ACQUITTED_AGAIN = (
    ("judge", LATER_JUDGMENT, 300, 0, "acquitted"),
    ("judgment_step", LATER_FINAL, 5, LATER_JUDGMENT, "final"),
)
SET_ASIDE = ("judgment_step", STEP, 50, JUDGMENT, "set_aside")
RECALLED = ("recall", STEP, 120, ORDER)
ARRESTED_LATER = ("arrest", LATER_ARREST, 220, 0, ORDER)
IMPRISONED = (
    ("judge", JUDGMENT, 200, 0, "convicted"), ("sentence", SENTENCE, JUDGMENT, "prison", 60, 0),
    ("detain", DETENTION, 210, 0, SENTENCE),
)  # fmt: skip
CONVICTED_AGAIN = (
    ("judge", LATER_JUDGMENT, 300, 0, "convicted"),
    ("judgment_step", LATER_FINAL, 5, LATER_JUDGMENT, "final"),
)
SENTENCED_AGAIN = (
    *CONVICTED_AGAIN,
    ("sentence", LATER_SENTENCE, LATER_JUDGMENT, "prison", 24, 30),
    ("detain", LATER_DETENTION, 306, 0, LATER_SENTENCE),
)
# In another case than the detentions of this person.
ARRESTED_ALONE = ("arrest", ARREST, 110, 1, None)
IMPRISONED_BEFORE, IMPRISONED_LATER = (("detain", DETENTION, day, 0, None) for day in (90, 110))
RELEASED, HELD = (
    ("release", STEP, 0, DETENTION, "order", None),
    ("custody", LATER_ARREST, 2, ARREST, "felony"),
)
ESCAPED, ESCAPED_LATER = (("detention_step", STEP, days, DETENTION, "escape", "") for days in (30, 50))
ARRESTED_AGAIN = (
    IMPRISONED_BEFORE, ("detention_step", STEP, 10, DETENTION, "escape", ""), ARRESTED_ALONE, HELD,
)  # fmt: skip

SEQUENCES = {
    "an escape after an arrest that followed another escape":
        ((IMPRISONED_BEFORE, ("detention_step", END, 60, DETENTION, "escape", ""), *ARRESTED_AGAIN[1:]), "escaped", None),
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
    "a prisoner whose conviction an acquittal on appeal replaced serves no sentence":
        ((*IMPRISONED, *ACQUITTED_AGAIN), "detained", None),
    "an acquittal on appeal that is not final changes nothing":
        ((*IMPRISONED, ACQUITTED_AGAIN[0]), "serving", None),
    "a prisoner serves the first sentence again if the acquittal on appeal is void":
        ((*IMPRISONED, *ACQUITTED_AGAIN, ("void", LATER_JUDGMENT)), "serving", None),
    "a sentence that the court of appeal changed is not served any more":
        ((*IMPRISONED, *CONVICTED_AGAIN), "detained", None),
    "the sentence of the court of appeal follows the first one":
        ((*IMPRISONED, *SENTENCED_AGAIN), "serving", None),
    "the sentence of the court of appeal is served until the highest court sets it aside":
        ((*IMPRISONED, *SENTENCED_AGAIN, ("judgment_step", STEP, 90, LATER_JUDGMENT, "set_aside")), "detained", None),
    "an order is in force again if the order that replaced it is void":
        ((RECEIVED, ("receive", LATER_ARREST, 120, 0, "arrest", True), ("replace", STEP, 130, ORDER, LATER_ARREST),
          ("void", LATER_ARREST)), "wanted", "active"),
    "no person is wanted by an order that the court replaced":
        ((RECEIVED, ("receive", LATER_ARREST, 120, 0, "arrest", True), ("replace", STEP, 130, ORDER, LATER_ARREST),
          ("arrest", ARREST, 140, 0, LATER_ARREST)), "in_custody", "replaced"),
    "a recall that the second officer rejected changes nothing":
        ((RECEIVED, ("reject_end", STEP, 120, ORDER)), "wanted", "active"),
    "an acquittal on an order without a case is ended by its own document":
        ((WITHOUT_CASE, ("acquit", STEP, 120, ORDER), ("restore", FINAL, 140, ORDER)), "wanted", "active"),
    "an arrest after an acquittal executes the order once the acquittal is ended":
        ((WITHOUT_CASE, ("acquit", STEP, 120, ORDER), ARRESTED_LATER, ("restore", FINAL, 240, ORDER)), "in_custody", "executed"),
    "a death that was not true leaves the order active":
        ((RECEIVED, ("die", STEP, 700, 0), ("notify_death", FINAL, 200, ORDER), ("void", STEP)), "wanted", "active"),
    "a notice of death of a person who lives does not count after the next death":
        ((RECEIVED, ("die", STEP, 700, 0), ("notify_death", FINAL, 200, ORDER), ("void", STEP), ("die", ARREST, 800, 0)),
         "deceased", "active"),
    "an arrest that is linked later executes the order on its day":
        ((RECEIVED, ("arrest", ARREST, 110, 0, None), ("link", STEP, ARREST, ORDER)), "in_custody", "executed"),
    "an order is active again without the link":
        ((RECEIVED, ("arrest", ARREST, 110, 0, None), ("link", STEP, ARREST, ORDER), ("void", STEP)), "wanted", "active"),
    "a follow-up ends with the void detention of its release":
        ((("detain", ARREST, 1, 0, None), ("release", STEP, 1, ARREST, "parole", 10), ("void", ARREST)), None, None),
    "an escape does not open the arrest before the detention again":
        ((ARRESTED_ALONE, IMPRISONED_LATER, ESCAPED), "escaped", None),
    "an arrest of a prisoner in another matter stays answered after an escape":
        ((IMPRISONED_BEFORE, ARRESTED_ALONE, ESCAPED_LATER), "escaped", None),
    "a person who was released in the morning is held after the arrest of the afternoon":
        ((IMPRISONED_LATER, RELEASED, ARRESTED_ALONE), "in_custody", None),
    "the custody of the afternoon stays open after the release of the morning":
        ((IMPRISONED_LATER, RELEASED, ARRESTED_ALONE, HELD), "in_custody", None),
    "a custody is open again if the detention of its day turns out to have ended before it":
        ((ARRESTED_ALONE, HELD, IMPRISONED_LATER, RELEASED), "in_custody", None),
    "a detention and a release on the day of a custody in the same case end it":
        ((("arrest", ARREST, 110, 0, None), HELD, IMPRISONED_LATER, RELEASED), None, None),
    "an escaped prisoner who was arrested is held":
        (ARRESTED_AGAIN, "in_custody", None),
    "an escaped prisoner who was arrested and brought to the prosecutor is a prisoner again":
        ((*ARRESTED_AGAIN, ("custody_step", END, 20, LATER_ARREST, "end", "to_prosecutor")), "detained", None),
    "an escaped prisoner is still at large after a release from custody":
        ((*ARRESTED_AGAIN, ("custody_step", END, 20, LATER_ARREST, "end", "released")), "escaped", None),
    "an arrest after an escape is open whatever was arrested before the escape":
        ((("arrest", ARREST, 80, 0, None), IMPRISONED_BEFORE, ESCAPED, ("arrest", LATER_ARREST, 130, 1, None)),
         "in_custody", None),
    "a custody that ended on the first day of the detention was before the escape of that day":
        ((("arrest", ARREST, 110, 0, None), HELD, ("custody_step", END, 1, LATER_ARREST, "end", "to_prosecutor"),
          IMPRISONED_LATER, ("detention_step", STEP, 0, DETENTION, "escape", "")), "escaped", None),
    "a detention that ended in the morning does not end an escape of the evening":
        ((IMPRISONED_LATER, RELEASED, ARRESTED_ALONE, HELD,
          ("custody_step", END, 1, LATER_ARREST, "end", "escaped")), "escaped", None),
    "an arrest of the morning does not end the escape of that day from the custody of the afternoon":
        ((ARRESTED_ALONE, ("custody", LATER_ARREST, 1, ARREST, "felony"),
          ("custody_step", END, 1, LATER_ARREST, "end", "released"), ("arrest", Key(300), 110, 1, None),
          ("custody", Key(301), 1, Key(300), "felony"), ("custody_step", Key(302), 5, Key(301), "end", "escaped", True)),
         "escaped", None),
    "a custody without a time of its end lasts until the end of the day":
        ((ARRESTED_ALONE, HELD, ("custody_step", END, 5, LATER_ARREST, "end", "to_prosecutor", True)), None, None),
    "a prisoner on an arrest without a time has executed the order before the acquittal of that day":
        ((("receive", ORDER, 100, 0, "arrest", True), ("arrest", ARREST, 205, 0, ORDER, True), *ACQUITTED),
         "in_custody", "executed"),
    "an acquittal of one offence leaves the order in force":
        ((RECEIVED, ("judge", JUDGMENT, 200, 0, "acquitted", Register.offence_key(0, 0)), ("judgment_step", FINAL, 5, JUDGMENT, "final")),
         "wanted", "active"),
    "an acquittal of each offence suspends the order":
        ((RECEIVED, ("judge", JUDGMENT, 200, 0, "acquitted", Register.offence_key(0, 0)), ("judgment_step", FINAL, 5, JUDGMENT, "final"),
          ("judge", LATER_JUDGMENT, 300, 0, "non_suit", Register.offence_key(0, 1)), ("judgment_step", LATER_FINAL, 5, LATER_JUDGMENT, "final")),
         None, "suspended"),
    "an offence that was added later does not count when a step of the acquittal is entered again":
        ((RECEIVED, ("judge", JUDGMENT, 200, 0, "acquitted", Register.offence_key(0, 0)), ("judgment_step", FINAL, 5, JUDGMENT, "final"),
          ("judge", LATER_JUDGMENT, 300, 0, "acquitted", Register.offence_key(0, 1)), ("judgment_step", LATER_FINAL, 5, LATER_JUDGMENT, "final"),
          ("add_offence", STEP, 0, 0), ("void", LATER_FINAL), ("judgment_step", END, 6, LATER_JUDGMENT, "final")), None, "suspended"),
    "one arrest executes two orders":
        ((RECEIVED, ("receive", LATER_ARREST, 100, 1, "arrest", True), ARRESTED, ("link", STEP, ARREST, LATER_ARREST)),
         "in_custody", "executed"),
    "an order that moves to another case is in force there":
        ((RECEIVED, *ACQUITTED, ("move_order", ORDER, 1)), "wanted", "active"),
    "a conditional release does not come back after a new detention in the case":
        ((IMPRISONED_BEFORE, ("release", STEP, 10, DETENTION, "parole", 10), ("detain", LATER_DETENTION, 120, 0, None),
          ("release", END, 5, LATER_DETENTION, "order", None)), None, None),
    "a recapture in one of two detentions ends the escape from both":
        ((IMPRISONED_BEFORE, ("detain", LATER_DETENTION, 91, 1, None), ESCAPED,
          ("detention_step", END, 29, LATER_DETENTION, "escape", ""), ("detention_step", FINAL, 40, DETENTION, "recapture", "")),
         "detained", None),
    "a second escape after a recapture in one of two detentions":
        ((IMPRISONED_BEFORE, ("detain", LATER_DETENTION, 91, 1, None), ESCAPED,
          ("detention_step", END, 29, LATER_DETENTION, "escape", ""), ("detention_step", FINAL, 40, DETENTION, "recapture", ""),
          ("detention_step", JUDGMENT, 50, DETENTION, "escape", "")), "escaped", None),
    "a recapture in the prison ends the escape from a custody too":
        ((IMPRISONED_BEFORE, ARRESTED_ALONE, HELD, ("custody_step", END, 5, LATER_ARREST, "end", "escaped"), ESCAPED,
          ("detention_step", FINAL, 40, DETENTION, "recapture", "")), "detained", None),
    "a final acquittal ends the judicial supervision of the case":
        ((IMPRISONED_BEFORE, ("release", STEP, 10, DETENTION, "supervision", None), *ACQUITTED), None, None),
    "the acquittal of a new trial ends the conditional release":
        ((*IMPRISONED, ("release", STEP, 30, DETENTION, "parole", 10), *ACQUITTED_AGAIN), None, None),
    "a void acquittal leaves the conditional release":
        ((*IMPRISONED, ("release", STEP, 30, DETENTION, "parole", 10), *ACQUITTED_AGAIN, ("void", LATER_JUDGMENT)),
         "on_parole", None),
    "a conditional release is a release while no judgment is in force":
        ((*IMPRISONED, ("release", STEP, 30, DETENTION, "parole", 10), ("judgment_step", FINAL, 90, JUDGMENT, "set_aside")),
         "released", None),
    "a conditional release runs again when the judgment is in force again":
        ((*IMPRISONED, ("release", STEP, 30, DETENTION, "parole", 10), ("judgment_step", FINAL, 90, JUDGMENT, "set_aside"),
          ("void", FINAL)), "on_parole", None),
    "a new conviction after a conditional release leaves a release until its sentence begins":
        ((*IMPRISONED, ("release", STEP, 30, DETENTION, "parole", 10), *CONVICTED_AGAIN), "released", None),
    "a pardon of the first sentence does not end the sentence of the court of appeal":
        ((*IMPRISONED, ("change_sentence", STEP, 60, SENTENCE, "pardon", None, None), *SENTENCED_AGAIN), "serving", None),
    "a custody has a limit of its own if no transfer was before it":
        ((("arrest", ARREST, 100, 0, None), HELD, ("custody_step", END, 10, LATER_ARREST, "end", "transferred"),
          ("arrest", Key(300), 101, 1, None), ("custody", Key(301), 1, Key(300), "felony"),
          ("correct_decision", END, "released")), "in_custody", None),
}  # fmt: skip


@prepared
def two_people(db_session):
    return add_two_people()


@pytest.fixture
def people(db_session, two_people):
    return Register(db_session.rollback, two_people)


@pytest.mark.nightly(name="matrix")
@pytest.mark.parametrize("name", SEQUENCES)
def test_status_after_a_sequence_of_acts(people, name, each_database):
    acts, status, state = SEQUENCES[name]
    for act, *arguments in acts:
        assert people.do(act, tuple(arguments)), act
    found = people.stored()
    shown = {found["status", one] for one in (0, 1)} - {None}  # each sequence is about one of them
    assert (shown, found.get(("order", ORDER))) == ({status} - {None}, state)
    if name in nightly.some_of(SEQUENCES):
        enter_in_another_order(people)
    else:
        people.check()


def test_escape_of_another_person_changes_no_status(people, each_database):
    for act in (
        ("detain", ORDER, 57, 1, None), ("detain", ARREST, 364, 0, None), ("detention_step", STEP, 255, ORDER, "escape", ""),
        ("detain", JUDGMENT, 434, 2, None), ("detention_step", FINAL, 128, JUDGMENT, "escape", ""),
    ):  # fmt: skip
        assert people.do(act[0], act[1:]), act
    people.check()
    assert [people.stored()["status", one] for one in (0, 1)] == ["detained", "escaped"]


def test_earlier_escape_can_be_entered_later_and_no_recapture_before_it(people, each_database):
    assert people.do(IMPRISONED_BEFORE[0], IMPRISONED_BEFORE[1:])
    assert people.do("detention_step", (ORDER, 40, DETENTION, "escape", ""))
    assert not people.do("detention_step", (ARREST, 30, DETENTION, "recapture", "")), "before the escape"
    assert people.do("detention_step", (ARREST, 10, DETENTION, "escape", ""))
    assert people.do("detention_step", (JUDGMENT, 20, DETENTION, "recapture", ""))
    assert not people.do("detention_step", (FINAL, 45, DETENTION, "escape", "")), "at large on that day"
    assert people.do("detention_step", (FINAL, 50, DETENTION, "recapture", ""))
    people.check()
    assert people.stored()["detention", DETENTION][2:] == (
        False,
        people.model.due_on(people.model.acts[DETENTION]),
    )
    assert people.model.days_at_large(people.model.acts[DETENTION]) == 20


def test_birth_that_makes_a_child_and_an_adult_again_changes_who_is_wanted(people, each_database):
    for act in (RECEIVED, ("correct_birth", 0, 12), ("correct_birth", 0, 30)):
        assert people.do(act[0], act[1:]), act
        people.check()
    assert people.stored()["status", 0] == "wanted"


def test_undone_merge_reinstates_the_order_of_the_person_who_was_never_judged(
    db_session, people, each_database
):
    order = make_order(case=people.case(0).case, number=people.number(ORDER))
    add_event(order, "checked", person=db_session.get(Person, people.people[1]))
    db_session.commit()
    pk = order.id
    for act, expected in ((ACQUITTED[0], "active"), (ACQUITTED[1], "active"), (("merge",), "suspended"),
                          (("unmerge",), "active")):  # fmt: skip
        assert people.do(act[0], act[1:]), act
        db_session.expire_all()
        assert db_session.get(CourtOrder, pk).status == expected, act


def test_order_that_is_identified_again_in_a_merge_stays_with_that_person(people, each_database):
    identified_again = ("end_check", ORDER), ("identify", ORDER, 1)
    for act, *arguments in (RECEIVED, *identified_again, ("merge",), *identified_again, ("unmerge",)):
        assert people.do(act, tuple(arguments)), act
        people.check()
    assert [people.stored()["status", one] for one in (0, 1)] == ["wanted", None]


def test_recapture_after_a_release_does_not_lengthen_a_later_detention(people, each_database):
    for act, *arguments in (
        IMPRISONED_BEFORE, ("detention_step", STEP, 10, DETENTION, "escape", ""),
        ("detention_step", END, 60, DETENTION, "recapture", ""), ("release", FINAL, 40, DETENTION, "order", None),
        ("detain", LATER_DETENTION, 400, 0, None),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
        people.check()


def test_undone_merge_opens_the_custody_that_the_other_detention_ended(people, each_database):
    for act, *arguments in (
        ("detain", STEP, 1, 2, None), ("merge",), ("arrest", ARREST, 1, 0, None),
        ("custody", LATER_ARREST, 1, ARREST, "felony"), ("unmerge",),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
    people.check()
    found = people.stored()
    assert (found["status", 0], found["status", 1]) == ("in_custody", "detained")
    assert found["custody", LATER_ARREST] == (None, None)


def test_two_people_in_custody_are_merged_after_the_end_of_one(people, each_database):
    for act, *arguments in (
        ("arrest", ARREST, 1, 0, None), ("custody", STEP, 1, ARREST, "felony"),
        ("arrest", LATER_ARREST, 1, 2, None), ("custody", FINAL, 2, LATER_ARREST, "felony"),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
    assert not people.do("merge", ()), "no person is in two custodies"
    people.check()
    assert people.do("custody_step", (END, 5, FINAL, "end", "released"))
    for act in ("merge", "unmerge"):
        assert people.do(act, ()), act
        people.check()
    assert [people.stored()["status", one] for one in (0, 1)] == ["in_custody", None]


def test_death_of_one_of_two_merged_people_leaves_the_other_wanted(people, each_database):
    for act, *arguments in (
        ("receive", ORDER, 1, 2, "arrest", True), ("merge",), ("die", STEP, 800, 0), ("notify_death", FINAL, 900, ORDER),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
    assert people.stored()["status", 0] == "deceased"
    assert people.do("unmerge", ())
    people.check()
    found = people.stored()
    assert (found["status", 0], found["status", 1], found["order", ORDER]) == ("deceased", "wanted", "active")


def test_arrest_of_the_other_record_ends_an_escape_while_they_are_merged(people, each_database):
    for act, *arguments in (
        ("arrest", ARREST, 1, 0, None), ("custody", STEP, 1, ARREST, "felony"),
        ("custody_step", END, 5, STEP, "end", "escaped"), ("arrest", LATER_ARREST, 10, 2, None), ("merge",),
    ):  # fmt: skip
        assert people.do(act, tuple(arguments)), act
    people.check()
    assert people.stored()["status", 0] == "in_custody"
    assert people.do("unmerge", ())
    people.check()
    assert [people.stored()["status", one] for one in (0, 1)] == ["escaped", "in_custody"]


DAYS_OF_DETENTIONS = {
    "the days after an escape and until the next detention for the sentence are not served": (
        (*IMPRISONED, ("detention_step", STEP, 30, DETENTION, "escape", ""),
         ("detention_step", END, 130, DETENTION, "end", "other"), ("detain", LATER_DETENTION, 390, 0, SENTENCE)),
        ("sentence", SENTENCE), 200, 60, 150,
    ),
    "the days between a release and the next detention for the sentence are not served": (
        (*IMPRISONED, ("release", STEP, 90, DETENTION, "order", None), ("detain", LATER_DETENTION, 400, 0, SENTENCE)),
        ("sentence", SENTENCE), 200, 60, 100,
    ),
    "a second provisional detention in the case continues the limit of the first": (
        (IMPRISONED_BEFORE, ("release", STEP, 40, DETENTION, "order", None), ("detain", LATER_DETENTION, 200, 0, None)),
        ("detention", LATER_DETENTION), 200, 6, -40,
    ),
    "the time at large in the first detention does not count for the limit of the second": (
        (IMPRISONED_BEFORE, ("detention_step", STEP, 10, DETENTION, "escape", ""),
         ("detention_step", END, 40, DETENTION, "end", "other"), ("detain", LATER_DETENTION, 200, 0, None)),
        ("detention", LATER_DETENTION), 200, 6, -10,
    ),
    "an extension of the first detention counts for the limit of the second": (
        (IMPRISONED_BEFORE, ("detention_step", END, 20, DETENTION, "extension", ""),
         ("release", STEP, 40, DETENTION, "order", None), ("detain", LATER_DETENTION, 200, 0, None)),
        ("detention", LATER_DETENTION), 200, 8, -40,
    ),
    "a void first detention does not count for the limit of the second":
        ((IMPRISONED_BEFORE, ("release", STEP, 40, DETENTION, "order", None), ("detain", LATER_DETENTION, 200, 0, None),
          ("void", DETENTION)), ("detention", LATER_DETENTION), 200, 6, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", DAYS_OF_DETENTIONS)
def test_end_of_a_detention_counts_the_days_in_prison(people, name, each_database):
    """The end is a number of months and days after a day."""
    acts, key, day, months, days = DAYS_OF_DETENTIONS[name]
    for act, *arguments in acts:
        assert people.do(act, tuple(arguments)), act
    people.check()
    found = people.stored()[key]
    begun = people.model.begin.date() + timedelta(days=day)
    expected = add_months(begun, months) + timedelta(days=days)
    assert (found if key[0] == "sentence" else found[3]) == expected
