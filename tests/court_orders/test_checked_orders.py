"""What one officer may still change on a checked order, and who is notified."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.court_orders import consistency_check
from app.court_orders.models import OrderMatch
from app.inbox.models import Message
from app.people import status
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.form_data import receive_order
from tests.court_orders.sample_orders import add_event, make_active_order, make_order
from tests.custody.form_data import format_ago
from tests.sample_rows import acting_as, add_registered_case
from tests.sql_calls import Program


def read_status(session, person):
    session.expire_all()
    row = status.get_statuses(session, [person.id]).get(person.id)
    return row.status if row is not None else None


@pytest.mark.parametrize("kind", ["summons", "supervision"])
def test_one_officer_makes_no_warrant_of_a_checked_order(
    officer, client_as, db_session, person, each_database, kind
):
    db_session.commit()
    order = receive_order(officer, db_session, kind=kind)
    program, path = Program(officer), f"court-orders/{order.id}"
    program.put(path, {"version": order.version, "offence_class": "felony"}, 200)
    db_session.refresh(order)
    add_event(order, "checked", person=person)
    db_session.commit()
    before = read_status(db_session, person)
    for changes in (
        {"kind": "arrest"},
        {"surname_km": "ចាន់"},
        {"number": "7/26"},
        {"occurred_on": "2026-01-05"},
    ):
        errors = program.put(path, {"version": order.version, **changes}, 422)["errors"]
        assert list(errors) == list(changes)
    program.put(path, {"version": order.version, "note": "សំណុំរឿងចាស់"}, 200)
    page = officer.page(f"/courtorder/edit/{order.id}")
    assert "kind" not in page.typed() and "note" in page.typed()
    assert read_status(db_session, person) == before != "wanted"
    number = request_correction(client_as("chief.bb"), order, surname_km="ចាន់", offence_class="misdemeanour")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.refresh(order)
    assert (order.surname_km, order.offence_class) == ("ចាន់", "misdemeanour")


def test_correction_of_the_type_computes_the_status_again(client_as, db_session, person, each_database):
    order = make_active_order(person=person, kind="supervision")
    db_session.commit()
    assert order.status == "in_force"
    number = request_correction(client_as("chief.bb"), order, typed={"kind": "arrest"})
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert (order.status, order.next_step, read_status(db_session, person)) == ("active", "assign", "wanted")
    assert consistency_check.find_drift(db_session.connection()) == []


def test_match_follows_the_corrected_type_of_its_order(client_as, db_session, person, each_database):
    order = make_active_order(person=person)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(person, "witness")])
    db_session.commit()
    for kind, state in (("summons", "ended"), ("bring", "waiting")):
        number = request_correction(client_as("chief.bb"), order, typed={"kind": kind})
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
        db_session.expire_all()
        assert db_session.scalars(select(OrderMatch.state)).one() == state
        assert consistency_check.find_drift(db_session.connection()) == []


def test_assignment_to_another_province_reaches_its_unit_and_the_chief(
    officer, db_session, person, each_database
):
    order = make_active_order(person=person)
    db_session.commit()

    def list_open(text_key):
        found = select(Message).where(Message.text_key == text_key, Message.done_at.is_(None))
        return [(one.kind, one.to_role, one.to_unit_code) for one in db_session.scalars(found)]

    fields = {"order": order.id, "at": format_ago(hours=0), "to_unit": "PC-12"}
    assert officer.send("/order-assign/add", fields).status_code == 302
    assert list_open("order.assigned") == [("task", None, "PC-12")]
    assert list_open("order.assigned_elsewhere") == [("notice", "Provincial chief", "PC-02")]
    add_event(order, "attempt", "warrant.pp", result="not_found")
    db_session.commit()
    assert list_open("order.assigned") == []


def test_plain_sql_changes_no_checked_order(db_session, person, each_database):
    """The record lock begins after 48 hours, and this one with the check."""
    received, checked = make_order(number="1/26"), make_active_order(person=person, number="2/26")
    db_session.commit()
    for column, value in (("kind", "bring"), ("surname_km", "ចាន់"), ("issued_on", "2026-01-05")):
        change = text(f"UPDATE court_order SET {column} = :value WHERE id = :id")  # noqa: S608
        db_session.execute(change, {"value": value, "id": received.id})
        db_session.commit()
        with pytest.raises(DBAPIError, match="lock: locked"):
            db_session.execute(change, {"value": value, "id": checked.id})
        db_session.rollback()
    db_session.execute(text("UPDATE court_order SET note = 'ក' WHERE id = :id"), {"id": checked.id})
    db_session.commit()
