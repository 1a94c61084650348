"""The life of an order, told from its acts, and what cannot follow."""

import pytest

from app.court_orders import state_machine
from app.kernel.schema.rules import RuleBroken
from tests.court_orders.sample_orders import act, an_active_order, an_order, assigned, executed, paper_of
from tests.sample_rows import written_by


def test_an_order_lives_from_reception_to_its_return(db_session, each_database):
    order = an_order()
    assert (order.status, order.next_step) == ("received", "check")
    order = an_active_order(number="119/26")
    assert (order.status, order.next_step) == ("active", "assign")
    assigned(order)
    assert (order.owner_unit_code, order.province_code, order.next_step) == ("PC-12", "12", "attempt")
    act(order, "attempt", result="not_found")
    assert order.next_step == "search"
    executed(order)
    assert (order.status, order.next_step) == ("executed", "return")
    act(order, "returned")
    assert (order.status, order.next_step, order.due_on) == ("returned", None, None)


def test_what_does_not_fit_is_refused_whichever_way_it_comes(db_session):
    order = an_order()
    with pytest.raises(RuleBroken):
        executed(order)
    db_session.rollback()


def test_the_state_is_told_from_the_acts_and_from_nothing_else(db_session):
    order = an_active_order()
    order.status = "returned"  # somebody writes past the acts
    act(order, "attempt", result="fled")
    assert order.status == "active"


def test_a_judgment_takes_effect_with_its_check_and_nobody_is_searched_for():
    assert state_machine.told("judgment", ["checked"]) == "in_force"
    assert not state_machine.is_wanted_for("judgment", "in_force")


def test_an_acquittal_holds_an_order_until_its_recall(db_session):
    order = an_active_order()
    act(order, "acquitted", **paper_of(order))
    assert (order.status, order.next_step) == ("held", "await_recall")
    with pytest.raises(RuleBroken):
        executed(order)
    db_session.rollback()
    order = an_active_order(number="7/26")
    act(order, "acquitted", **paper_of(order))
    act(order, "recalled", reason="តុលាការបានដកវិញ", **paper_of(order))
    assert order.status == "recalled"


def test_the_officer_who_received_an_order_does_not_check_it_in_the_database_either(
    db_session, each_database
):
    from sqlalchemy.exc import IntegrityError

    order = an_order()
    from tests.sample_rows import a_registered_person

    person = a_registered_person()
    db_session.add(person)
    db_session.flush()
    with pytest.raises(IntegrityError), written_by("warrant.bb"):
        act(order, "checked", writer="warrant.bb", person=person)
    db_session.rollback()
