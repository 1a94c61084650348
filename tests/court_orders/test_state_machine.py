"""State of an order, replayed from its events, and the events that each state rejects."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import permutations

import pytest
from sqlalchemy import select

from app.court_orders import state_machine
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.sample_rows import acting_as, make_registered_person


def test_order_moves_from_receipt_to_return(db_session, each_database):
    order = make_order()
    assert (order.status, order.next_step) == ("received", "check")
    order = make_active_order(number="119/26")
    assert (order.status, order.next_step) == ("active", "assign")
    assign_order(order)
    assert (order.owner_unit_code, order.province_code, order.next_step) == ("PC-12", "12", "attempt")
    add_event(order, "attempt", result="not_found")
    assert order.next_step == "search"
    execute_order(order)
    assert (order.status, order.next_step) == ("executed", "return")
    add_event(order, "returned")
    assert (order.status, order.next_step, order.due_on) == ("returned", None, None)


def test_execution_of_unchecked_order_is_refused(db_session):
    order = make_order()
    with pytest.raises(RuleViolation):
        execute_order(order)
    db_session.rollback()


def test_state_follows_events_after_direct_write(db_session):
    order = make_active_order()
    order.status = "returned"  # a direct write without an event
    add_event(order, "attempt", result="fled")
    assert order.status == "active"


@dataclass(frozen=True)
class Act:
    """An event of an order, as the state machine reads it."""

    kind: str
    at: datetime = datetime(2026, 3, 1, 9)
    document_date: date | None = None
    time_unknown: bool = False
    date_unknown: bool = False
    arrest_id: int | None = None


def day(number, hour=9):
    return datetime(2026, 3, number, hour)


CHECKED = Act("checked", day(28))  # entered long after the acts of the police


def test_checked_judgment_makes_no_person_wanted():
    assert state_machine.replay("judgment", [CHECKED]) == "in_force"
    assert not state_machine.is_wanted_for("judgment", "in_force")


@pytest.mark.parametrize(("acts", "state"), [
    ([Act("executed", day(2)), Act("recalled", day(9), date(2026, 3, 5))], "executed"),
    ([Act("executed", day(6)), Act("recalled", day(9), date(2026, 3, 5))], "recalled"),
    ([Act("executed", day(5)), Act("recalled", day(9), date(2026, 3, 5))], "executed"),
    ([Act("executed", day(2)), Act("returned", day(4)), Act("recalled", day(9), date(2026, 3, 3))], "returned"),
    ([Act("acquitted", day(3)), Act("restored", day(7)), Act("executed", day(8))], "executed"),
    ([Act("acquitted", day(3)), Act("restored", day(7)), Act("executed", day(5))], "executed"),
    ([Act("executed", day(4)), Act("executed", day(6)), Act("recalled", day(9), date(2026, 3, 5))], "executed"),
    ([Act("died", day(3)), Act("acquitted", day(5)), Act("restored", day(7))], "died"),
    ([Act("attempt", day(3)), Act("died", day(4)), Act("revived", day(5)), Act("recalled", day(6))], "recalled"),
])  # fmt: skip
def test_state_follows_the_dates_of_acts_in_any_order_of_entry(acts, state):
    for entered in permutations([CHECKED, *acts]):
        assert state_machine.replay("arrest", entered) == state, entered


def test_arrest_before_a_recall_can_be_entered_after_it():
    recalled = [CHECKED, Act("recalled", day(9), date(2026, 3, 5))]
    assert state_machine.allows("arrest", recalled, Act("executed", day(4)))
    assert not state_machine.allows("arrest", recalled, Act("executed", day(6)))


def test_events_of_the_same_minute_keep_the_order_of_entry():
    acquitted = Act("acquitted", day(5).replace(second=45))
    restored = Act("restored", day(5))
    assert state_machine.allows("arrest", [CHECKED, acquitted], restored)
    assert state_machine.replay("arrest", [CHECKED, acquitted, restored]) == "active"


def test_day_without_a_time_counts_as_its_end():
    """The order of two acts of one day is unknown: no person stays wanted because of an assumed midnight."""
    attempt = Act("attempt", day(5))
    executed = Act("executed", day(5, hour=0), time_unknown=True)
    assert state_machine.replay("summons", [CHECKED, executed, attempt]) == "executed"
    assert state_machine.allows("summons", [CHECKED, executed], attempt)
    assert not state_machine.allows("summons", [CHECKED, executed], Act("attempt", day(6)))


def test_arrest_of_a_day_precedes_the_decisions_of_that_day():
    """An execution without an arrest, as in an import, keeps its place: the state that was stored stays true."""
    recalled, moment = Act("recalled", day(5, hour=0), time_unknown=True), day(5, hour=0)
    arrested = Act("executed", moment, time_unknown=True, arrest_id=1)
    imported = Act("executed", moment, time_unknown=True)
    assert state_machine.replay("arrest", [CHECKED, recalled, arrested]) == "executed"
    assert state_machine.replay("arrest", [CHECKED, recalled, imported]) == "recalled"
    assert state_machine.replay("arrest", [CHECKED, imported, recalled]) == "executed"


def test_execution_of_an_unknown_date_precedes_every_dated_act():
    executed = Act("executed", day(1, hour=0), time_unknown=True, date_unknown=True)
    assert state_machine.replay("arrest", [CHECKED, executed]) == "executed"
    assert not state_machine.allows("arrest", [CHECKED, executed], Act("attempt", day(1)))
    assert not state_machine.allows("arrest", [CHECKED, executed], Act("recalled", day(9), date(2026, 3, 2)))


def test_recall_older_than_the_arrest_can_be_entered_after_it():
    executed = [CHECKED, Act("executed", day(6))]
    assert state_machine.allows("arrest", executed, Act("recalled", day(9), date(2026, 3, 5)))
    assert not state_machine.allows("arrest", executed, Act("recalled", day(9), date(2026, 3, 8)))
    assert state_machine.allows("arrest", executed, Act("executed", day(4))), "the earlier arrest executed it"
    assert not state_machine.allows("arrest", executed, Act("executed", day(7))), "an order is executed once"


def test_acquittal_suspends_what_restrains_the_person_and_no_judgment():
    for kind, state in (
        ("supervision", "suspended"),
        ("provisional_detention", "suspended"),
        ("judgment", "in_force"),
        ("release", "in_force"),
    ):
        assert state_machine.replay(kind, [CHECKED, Act("acquitted", day(5))]) == state
    assert (
        state_machine.replay("supervision", [CHECKED, Act("acquitted", day(5)), Act("restored", day(6))])
        == "in_force"
    )


def test_acquittal_suspends_order_until_recall(db_session):
    order = make_active_order()
    add_event(order, "acquitted", **make_document(order))
    assert (order.status, order.next_step) == ("suspended", "await_recall")
    with pytest.raises(RuleViolation):
        execute_order(order)
    db_session.rollback()
    order = make_active_order(number="7/26")
    add_event(order, "acquitted", **make_document(order))
    add_event(order, "recalled", reason="តុលាការបានដកវិញ", **make_document(order))
    assert order.status == "recalled"


def test_database_refuses_check_by_receiving_officer(db_session, each_database):
    from sqlalchemy.exc import IntegrityError

    order = make_order()
    from tests.sample_rows import make_registered_person

    person = make_registered_person()
    db_session.add(person)
    db_session.flush()
    with pytest.raises(IntegrityError), acting_as("warrant.bb"):
        add_event(order, "checked", writer="warrant.bb", person=person)
    db_session.rollback()


def test_received_order_is_a_task_until_its_verification(db_session, each_database):
    def find_open():
        found = select(Message.to_unit_code).where(
            Message.text_key == "order.received", Message.done_at.is_(None)
        )
        return db_session.scalars(found).all()

    order = make_order()
    db_session.commit()
    assert find_open() == ["PC-02"]
    person = make_registered_person()
    db_session.add(person)
    add_event(order, "checked", person=person)
    db_session.commit()
    assert find_open() == []
