"""Unusual but possible input: acts in the wrong order or in one minute, odd days, corrected births, and people known late.

Each sequence is compared with the model, and each stored value with the acts.
"""

from datetime import timedelta

import pytest

from app.court_orders.models import CourtOrder
from app.kernel.text import dates
from app.people import status
from app.reference.models import Court
from tests.court_orders.sample_orders import add_event, execute_order, make_order
from tests.custody.sequence_register import Key, Register
from tests.sample_rows import make_registered_person

ORDER, ARREST, CUSTODY, END, DETENTION, ESCAPE, JUDGMENT, FINAL, SENTENCE, RELEASE, RECALL = map(
    Key, range(1, 12)
)
RECEIVE = ("receive", ORDER, 100, 0, "arrest", True)
ARRESTED = ("arrest", ARREST, 110, 0, ORDER)
HELD = ("custody", CUSTODY, 1, ARREST, "felony")
HANDED_OVER = ("custody_step", END, 20, CUSTODY, "end", "to_prosecutor")
DETAINED = ("detain", DETENTION, 112, 0, None)
ESCAPED = ("detention_step", ESCAPE, 30, DETENTION, "escape", "")
RELEASED = ("release", RELEASE, 60, DETENTION, "order", None)
JUDGED = ("judge", JUDGMENT, 150, 0, "convicted")
MADE_FINAL = ("judgment_step", FINAL, 40, JUDGMENT, "final")
RECALLED = ("recall", RECALL, 120, ORDER)
ACQUITTED = ("judge", JUDGMENT, 105, 0, "acquitted")

# The acts before, and two acts that may be entered in either order.
PAIRS = {
    "an arrest and the recall of its order": ((RECEIVE,), ARRESTED, RECALLED),
    "a custody and a detention": ((RECEIVE, ARRESTED), HELD, DETAINED),
    "the end of a custody and a detention": ((RECEIVE, ARRESTED, HELD), HANDED_OVER, DETAINED),
    "a detention and a judgment": ((), DETAINED, JUDGED),
    "an escape and a judgment": ((DETAINED,), ESCAPED, JUDGED),
    "an escape and a release": ((DETAINED,), ESCAPED, RELEASED),
    "a release and a final judgment": ((DETAINED, JUDGED), RELEASED, MADE_FINAL),
    "an acquittal and an arrest": ((RECEIVE,), ACQUITTED, ARRESTED),
    "an arrest without an order and an order": ((), ("arrest", ARREST, 110, 0, None), RECEIVE),
}  # fmt: skip


class SameMinute(Register):
    """A register in which all acts of a day are of the same minute."""

    def moment(self, day, key):
        return self.start + timedelta(days=day)


def enter(db_session, acts, kind=Register):
    """Return a register with these acts, and which of them were accepted."""
    people = kind(db_session.rollback)
    return people, [people.do(act, tuple(arguments)) for act, *arguments in acts]


@pytest.mark.parametrize("name", PAIRS)
def test_pair_of_acts_gives_one_state_in_either_order(db_session, name):
    before, first, second = PAIRS[name]
    found = []
    for pair in ((first, second), (second, first)):
        people, accepted = enter(db_session, (*before, *pair))
        assert all(accepted[: len(before) + 1]), "only the act that contradicts the other is refused"
        people.check()
        found.append((accepted, people.stored()))
    (in_order, state), (reversed_, other) = found
    if all(in_order) and all(reversed_):
        assert state == other


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_pair_of_acts_in_the_same_minute_leaves_no_drift(db_session, name):
    before, first, second = PAIRS[name]
    day = first[2]
    at_once = [(act, key, day, *rest) if act in ("arrest", "judge", "detain", "recall") else (act, key, _old, *rest)
               for act, key, _old, *rest in (first, second)]  # fmt: skip
    people, _accepted = enter(db_session, (*before, *at_once), SameMinute)
    people.check()


def test_birth_corrected_twice_gives_the_first_limit_again(db_session):
    people, accepted = enter(db_session, (RECEIVE, ARRESTED, HELD))
    limit = people.stored()["limit", CUSTODY]
    assert all(accepted) and people.do("correct_birth", (0, 15))
    people.check()
    assert people.stored()["limit", CUSTODY] < limit
    assert people.do("correct_birth", (0, 30))
    people.check()
    assert people.stored()["limit", CUSTODY] == limit


def test_void_act_entered_again_counts_as_before(db_session):
    people, accepted = enter(db_session, (RECEIVE, ARRESTED))
    before = people.stored()
    again = Key(20)
    before["arrest", again] = before.pop(("arrest", ARREST))
    assert all(accepted) and people.do("void", (ARREST,)) and people.do("arrest", (again, 110, 0, ORDER))
    people.check()
    assert people.stored() == before
    assert people.do("void", (again,))
    people.check()
    assert people.stored()["order", ORDER] == "active"


def test_order_for_an_unknown_person_names_no_one_until_identified(db_session, each_database):
    order = make_order(
        number="9/26", surname_km=None, given_km=None, surname_latin="X", given_latin="Unknown"
    )
    db_session.commit()
    assert (order.person, order.status) == (None, "received")
    person = make_registered_person()
    db_session.add(person)
    db_session.flush()
    assert status.get_statuses(db_session, [person.id]).get(person.id) is None
    add_event(order, "checked", person=person)
    db_session.commit()
    assert status.get_statuses(db_session, [person.id])[person.id].status == status.WANTED
    execute_order(order)
    db_session.commit()
    assert db_session.get(CourtOrder, order.id, populate_existing=True).status == "executed"
    assert status.get_statuses(db_session, [person.id]).get(person.id) is None


def test_order_of_a_closed_court_can_still_be_recalled(db_session):
    order = make_order(number="10/26")
    person = make_registered_person()
    db_session.add(person)
    add_event(order, "checked", person=person)
    db_session.get(Court, order.court.code).valid_to = dates.now().date() - timedelta(days=1)
    db_session.commit()
    add_event(order, "recalled", document_no="1", document_date=order.issued_on)
    db_session.commit()
    assert order.status == "recalled"


@pytest.mark.parametrize("text", ["29/02/2568", "១/១/២៥៦៩", "29/02/2025", "31/04/2026", "0/1/2026"])
def test_day_that_does_not_exist_or_of_the_buddhist_era_is_refused(text):
    with pytest.raises(ValueError):
        dates.parse_date(text)
