"""The check recomputes the state of an order from its events, and reports manual changes."""

from sqlalchemy import text

from app.court_orders import consistency_check
from tests.court_orders.sample_orders import (
    add_event,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)


def test_order_changed_without_event_is_reported(db_session, each_database):
    order, done = make_active_order(number="1/26"), make_active_order(number="2/26")
    received = make_order(number="3/26")
    execute_order(done)
    add_event(received, "recalled", **make_document(received))
    db_session.commit()
    pk, person, other = order.id, order.person_id, done.person_id
    for changed, found in (
        ("UPDATE court_order SET status = 'recalled' WHERE id = :pk", (pk, "recalled", "active", person, person)),
        ("UPDATE court_order SET person_id = :other WHERE id = :pk", (pk, "active", "active", other, person)),
        (INSERT_EVENT, (pk, "active", "recalled", person, person)),
    ):  # fmt: skip
        assert consistency_check.find_drift(db_session.connection()) == []
        values = {"pk": pk, "other": other}
        db_session.connection().execute(
            text(changed), {key: values[key] for key in values if f":{key}" in changed}
        )
        assert consistency_check.find_drift(db_session.connection()) == [found]
        db_session.rollback()


INSERT_EVENT = """INSERT INTO order_event (order_id, kind, at, recorded_at, changed_at, version)
SELECT order_id, 'recalled', at, recorded_at, changed_at, 1 FROM order_event WHERE order_id = :pk"""
