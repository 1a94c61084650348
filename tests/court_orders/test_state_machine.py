"""State of an order, replayed from its events, and the events that each state rejects."""

import pytest

from app.court_orders import state_machine
from app.kernel.schema.rules import RuleViolation
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.sample_rows import acting_as


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


def test_checked_judgment_makes_no_person_wanted():
    assert state_machine.replay("judgment", ["checked"]) == "in_force"
    assert not state_machine.is_wanted_for("judgment", "in_force")


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
