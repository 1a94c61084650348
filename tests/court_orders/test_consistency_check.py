"""The check recomputes the state of an order from its events, and reports manual changes."""

from sqlalchemy import select, text

from app.court_orders import consistency_check
from app.court_orders.match_answers import record_answer
from app.court_orders.models import OrderMatch
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import (
    add_event,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case


def test_order_changed_without_event_is_reported(db_session, each_database):
    order, done = make_active_order(number="1/26"), make_active_order(number="2/26")
    received = make_order(number="3/26")
    execute_order(done)
    add_event(received, "recalled", **make_document(received))
    db_session.commit()
    pk, person, other = order.id, order.person_id, done.person_id
    for changed, name, stored, computed in (
        ("UPDATE court_order SET status = 'recalled' WHERE id = :pk", "status", "recalled", "active"),
        ("UPDATE court_order SET person_id = :other WHERE id = :pk", "person_id", other, person),
        ("UPDATE court_order SET owner_unit_code = 'PC-12' WHERE id = :pk", "owner_unit_code", "PC-12", "PC-02"),
        ("UPDATE court_order SET minor = true WHERE id = :pk", "minor", True, False),
        ("UPDATE person SET born_on = '2015-01-01' WHERE id <> :other", "minor", False, True),
        (INSERT_EVENT, "status", "active", "recalled"),
    ):  # fmt: skip
        assert consistency_check.find_drift(db_session.connection()) == []
        values = {"pk": pk, "other": other}
        db_session.connection().execute(
            text(changed), {key: values[key] for key in values if f":{key}" in changed}
        )
        found = ("court_order", pk, name, str(stored), str(computed))
        assert found in consistency_check.find_drift(db_session.connection())
        db_session.rollback()


def test_match_that_contradicts_its_order_is_reported(db_session, each_database):
    order = make_active_order()
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    pk = db_session.scalars(select(OrderMatch.id)).one()
    for state, computed in (("ended", "waiting"), ("confirmed", "waiting")):
        assert consistency_check.find_drift(db_session.connection()) == []
        db_session.connection().execute(text("UPDATE order_match SET state = :state"), {"state": state})
        found = ("order_match", pk, "state", state, computed)
        assert found in consistency_check.find_drift(db_session.connection())
        db_session.rollback()


def test_match_of_a_void_order_keeps_its_answer(db_session, each_database):
    order = make_active_order()
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    match = db_session.scalars(select(OrderMatch)).one()
    with acting_as("investigator.bb"):
        record_answer(db_session, match, "match_confirmed", "ស្នាមដូចគ្នា", compared=True)
    db_session.commit()
    void_record(order)
    db_session.commit()
    assert db_session.scalars(select(OrderMatch.state)).one() == "confirmed"
    assert consistency_check.find_drift(db_session.connection()) == []


def test_several_confirmed_matches_of_units_elsewhere_are_no_difference(db_session, each_database):
    orders = [make_active_order(number=f"{number}/26") for number in (1, 2)]
    with acting_as("clerk.pp"):
        for order in orders:
            add_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    with acting_as("investigator.bb"):
        for match in db_session.scalars(select(OrderMatch)).all():
            record_answer(db_session, match, "match_confirmed", "ស្នាមដូចគ្នា", compared=True)
    db_session.commit()
    assert db_session.scalars(select(OrderMatch.state)).all() == ["confirmed"] * 2
    assert consistency_check.find_drift(db_session.connection()) == []


def test_match_of_another_person_is_reported(db_session, each_database):
    order, other = make_active_order(), make_active_order(number="2/26")
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    match = db_session.scalars(select(OrderMatch)).one()
    pk, right, wrong = match.id, match.person_id, other.person_id
    for changed, found in (
        (
            "UPDATE order_match SET person_id = :person",
            ("order_match", pk, "person_id", str(wrong), str(right)),
        ),
        ("UPDATE involvement SET person_id = :person", ("order_match", pk, "state", "waiting", "ended")),
    ):
        assert consistency_check.find_drift(db_session.connection()) == []
        db_session.connection().execute(text(changed), {"person": wrong})
        assert found in consistency_check.find_drift(db_session.connection())
        db_session.rollback()


def test_execution_by_a_missing_arrest_is_reported(db_session, each_database):
    order = make_active_order()
    execute_order(order)
    db_session.commit()
    pk = order.acts[-1].id
    db_session.connection().execute(text("UPDATE order_event SET arrest_id = 999 WHERE id = :pk"), {"pk": pk})
    assert ("order_event", pk, "arrest_id", "999", "None") in consistency_check.find_drift(
        db_session.connection()
    )
    db_session.rollback()


INSERT_EVENT = """INSERT INTO order_event (order_id, kind, at, recorded_at, changed_at, version)
SELECT order_id, 'recalled', at, recorded_at, changed_at, 1 FROM order_event WHERE order_id = :pk"""
