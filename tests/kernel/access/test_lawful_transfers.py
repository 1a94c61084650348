"""Transfers that leave the author's scope: the new unit goes on, and the author keeps what the law gives them."""

import pytest
from sqlalchemy import select

from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.text import dates
from tests.court_orders.sample_orders import assign_order, make_active_order
from tests.prepared import prepared
from tests.sql_calls import Program


@prepared
def forwarded(db_session):
    """Return an order of Phnom Penh that Battambang executes."""
    order = make_active_order(writer="warrant.pp", number="31/26")
    assign_order(order, "PC-02")
    db_session.commit()
    return order


@pytest.fixture
def typed(forwarded):
    moment = dates.now().strftime("%d-%m-%Y %H:%M")
    return {"order": str(forwarded.id), "at": moment, "to_unit": "PC-17"}


def assert_moved(session, order):
    session.expire_all()
    assert session.get(CourtOrder, order.id).owner_unit_code == "PC-17"


def test_executing_unit_forwards_an_order_to_a_third_province(
    each_database, client_as, db_session, forwarded, typed
):
    officer = client_as("warrant.bb")
    answer = officer.send("/order-assign/add", typed)
    assert answer.status_code == 302 and answer.location.endswith("/courtorder/list/"), answer.text
    assert_moved(db_session, forwarded)
    assert officer.get(f"/courtorder/show/{forwarded.id}").status_code == 404
    assert client_as("warrant.pp").get(f"/courtorder/show/{forwarded.id}").status_code == 200


def test_program_forwards_an_order_to_a_third_province(
    each_database, client_as, db_session, forwarded, typed
):
    body = {"order": forwarded.id, "kind": "assigned", "at": dates.now().isoformat()[:16], "to_unit": "PC-17"}
    answer = Program(client_as("warrant.bb")).post("order-events/", body, 201)["result"]
    assert answer["to_unit"]["id"] == "PC-17"
    assert_moved(db_session, forwarded)


def test_arrest_of_an_event_is_in_no_form(client_as, db_session, forwarded, typed):
    officer = client_as("warrant.bb")
    body = {"order": forwarded.id, "kind": "seen", "at": dates.now().isoformat()[:16], "arrest_id": 1}
    assert "arrest_id" in Program(officer).post("order-events/", body, 422)["errors"]
    officer.send("/order-assign/add", typed | {"arrest_id": "1"})
    assert not db_session.scalars(select(OrderEvent.id).where(OrderEvent.arrest_id.is_not(None))).all()
