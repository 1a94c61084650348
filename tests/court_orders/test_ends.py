"""The end of a search needs its document and a second officer. Before, the order stays active."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.court_orders import consistency_check
from app.court_orders.models import CourtOrder, OrderEvent
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import status
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.custody.form_data import format_ago, format_day
from tests.people.sample_deaths import confirm_death, decide
from tests.prepared import prepared
from tests.sql_calls import Program


@prepared
def order(db_session, each_database):
    """An active warrant of Battambang."""
    order = make_active_order()
    db_session.commit()
    return order


def read_state(session, order):
    session.expire_all()
    row = status.get_statuses(session, [order.person_id]).get(order.person_id)
    return order.status, row.status if row is not None else None


def test_end_of_a_search_waits_for_a_second_officer(db_session, client_as, order):
    add_event(order, "recalled", "warrant.bb", second=None, **make_document(order))
    db_session.commit()
    event = db_session.scalars(select(OrderEvent).where(OrderEvent.kind == "recalled")).one()
    assert (event.confirmation, *read_state(db_session, order)) == ("awaiting", "active", "wanted")
    tasks = select(Message.to_unit_code).where(Message.text_key == "order.end_requested")
    assert "PC-02" in db_session.scalars(tasks).all()
    author, officer = client_as("warrant.bb"), client_as("investigator.bb")
    assert "ការបញ្ចប់ដីកានេះកំពុងរង់ចាំការបញ្ជាក់" in author.page(f"/courtorder/show/{order.id}").text
    url = f"/orderevent/decide/{event.id}"
    assert author.send(url, {"confirmation": "confirmed"}).status_code == 422
    assert read_state(db_session, order) == ("active", "wanted")
    assert officer.page(f"/orderevent/show/{event.id}").all("button", value="confirmed")
    assert officer.send(url, {"confirmation": "confirmed"}).status_code == 302
    assert read_state(db_session, order) == ("recalled", None)
    assert consistency_check.find_drift(db_session.connection()) == []


def test_api_ends_no_search_alone(db_session, client_as, order):
    author, officer = Program(client_as("warrant.bb")), Program(client_as("investigator.bb"))
    body = {"at": dates.now().isoformat(timespec="seconds"), **make_document(order)} | {
        "document_date": str(order.issued_on)
    }
    body |= {"document_no__reason": "other"}  # no scan is attached
    author.post(f"court-orders/{order.id}/acquitted", body | {"confirmation": "confirmed"}, 422)
    author.post(f"court-orders/{order.id}/acquitted", body)
    event = db_session.scalars(select(OrderEvent).where(OrderEvent.kind == "acquitted")).one()
    assert read_state(db_session, order) == ("active", "wanted")
    author.post(f"court-orders/{order.id}/recall", body, 422)
    author.post(f"order-events/{event.id}/confirm", {}, 422)
    officer.post(f"order-events/{event.id}/confirm", {}, 200)
    assert read_state(db_session, order) == ("suspended", None)


@pytest.mark.parametrize("kind", ["recalled", "replaced", "acquitted"])
def test_rejected_end_changes_nothing(db_session, order, kind):
    act = make_document(order)
    if kind == "replaced":
        act["by_order"] = make_active_order(number="2/26", person=order.person)
    event = add_event(order, kind, second=None, **act)
    decide(event, "chief.bb", "rejected", "លិខិតក្លែង")
    db_session.commit()
    assert read_state(db_session, order) == ("active", "wanted")
    add_event(order, kind, **act)
    assert order.status != "active"


def test_true_recall_is_entered_after_a_rejected_one(db_session, client_as, order):
    """Form and API check the act against what is in effect: a false acquittal and a false recall are not."""
    for kind in ("recalled", "acquitted"):
        decide(add_event(order, kind, second=None, **make_document(order)), "chief.bb", "rejected", "លិខិតក្លែង")
    db_session.commit()
    document = make_document(order) | {"document_no__V083__reason": "other"}  # no scan is attached
    fields = {"order": order.id, "at": format_ago(hours=0), **document, "document_date": format_day(-10)}
    assert client_as("warrant.bb").send("/order-recall/add", fields).status_code == 302
    event = db_session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc()).limit(1)).one()
    decide(event, "chief.bb", "rejected", "លិខិតក្លែង")
    db_session.commit()
    body = {
        "at": dates.now().isoformat(timespec="seconds"),
        **make_document(order),
        "document_no__reason": "other",
    }
    body |= {"document_date": str(order.issued_on)}
    Program(client_as("warrant.bb")).post(f"court-orders/{order.id}/recall", body)
    event = db_session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc()).limit(1)).one()
    decide(event, "chief.bb")
    db_session.commit()
    assert read_state(db_session, order) == ("recalled", None)


def test_attempt_is_entered_while_an_end_waits_for_a_second_officer(db_session, client_as):
    order = make_active_order(kind="bring", number="3/26")
    add_event(order, "acquitted", second=None, **make_document(order))
    db_session.commit()
    fields = {"order": order.id, "at": format_ago(hours=0), "result": "not_found"}
    assert client_as("warrant.bb").send("/order-attempt/add", fields).status_code == 302


def test_recall_before_the_check_waits_too(db_session, each_database):
    order = make_order()
    add_event(order, "recalled", second=None, **make_document(order))
    assert order.status == "received"


@pytest.mark.parametrize("kind", ["recalled", "replaced", "acquitted"])
def test_end_before_an_execution_waits_too(db_session, order, kind):
    """The execution can be void later: an end that one officer entered would then end the search."""
    execution = execute_order(order)
    act = make_document(order) | {"at": execution.at - timedelta(minutes=5)}
    if kind == "replaced":
        act["by_order"] = make_active_order(number="2/26", person=order.person)
    add_event(order, kind, second=None, **act)
    assert order.status == "executed"
    db_session.commit()
    void_record(execution)
    db_session.commit()
    assert read_state(db_session, db_session.get(CourtOrder, order.id)) == ("active", "wanted")


def test_return_after_a_notice_of_death_waits_but_not_after_an_execution(db_session, order):
    executed = make_active_order(number="2/26")
    execute_order(executed)
    add_event(executed, "returned", second=None, **make_document(executed))
    assert executed.status == "returned"
    confirm_death(order.person)
    add_event(order, "died", **make_document(order))
    add_event(order, "returned", second=None, **make_document(order))
    assert order.status == "died"


def test_recall_that_is_confirmed_after_an_execution_counts_from_the_day_of_its_document(db_session, order):
    event = add_event(order, "recalled", second=None, **make_document(order))
    execute_order(order)
    db_session.commit()
    decide(event, "chief.bb")
    db_session.commit()
    assert db_session.get(CourtOrder, order.id).status == "recalled"


def test_database_refuses_a_confirmation_by_one_officer(db_session, order):
    add_event(order, "recalled", second=None, **make_document(order))
    db_session.commit()
    confirm = "UPDATE order_event SET confirmation = 'confirmed', decided_at = recorded_at"
    for statement in (f"{confirm} WHERE kind = 'recalled'", f"{confirm}, decided_by_id = recorded_by_id"):
        with pytest.raises(DBAPIError):
            db_session.execute(text(statement))
        db_session.rollback()


def test_second_officer_is_of_the_unit_in_charge(db_session, order):
    """Two officers of the unit that received the order cannot end the search of another unit."""
    assign_order(order, "PC-12")
    event = add_event(order, "recalled", second=None, **make_document(order))
    db_session.commit()
    with pytest.raises(RuleViolation):
        decide(event, "chief.bb")
    db_session.rollback()
    decide(event, "warrant.pp")
    assert order.status == "recalled"


def test_end_of_an_acquittal_waits_for_a_second_officer(db_session, client_as, order):
    """One officer makes no person wanted again after an acquittal by two officers."""
    add_event(order, "acquitted", **make_document(order))
    db_session.commit()
    assert read_state(db_session, order) == ("suspended", None)
    document = make_document(order) | {"document_no__V083__reason": "other"}  # no scan is attached
    fields = {"order": order.id, "at": format_ago(hours=0), **document, "document_date": format_day(-10)}
    author, officer = client_as("warrant.bb", "en"), client_as("investigator.bb")
    assert author.send("/order-restored/add", fields).status_code == 302
    assert read_state(db_session, order) == ("suspended", None)
    tasks = select(Message.to_unit_code).where(Message.text_key == "order.resumption_requested")
    assert "PC-02" in db_session.scalars(tasks).all()
    page = author.page(f"/courtorder/show/{order.id}")
    assert "A decision about this order is awaiting confirmation." in page.text
    assert not page.all("a", href=f"/order-restored/add?order={order.id}")
    event = db_session.scalars(select(OrderEvent).where(OrderEvent.kind == "restored")).one()
    url = f"/orderevent/decide/{event.id}"
    assert author.send(url, {"confirmation": "confirmed"}).status_code == 422
    assert read_state(db_session, order) == ("suspended", None)
    assert officer.send(url, {"confirmation": "confirmed"}).status_code == 302
    assert read_state(db_session, order) == ("active", "wanted")
    assert consistency_check.find_drift(db_session.connection()) == []
