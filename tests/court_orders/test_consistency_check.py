"""The state of an order is told anew from its acts, and named where a hand has changed the one or the other."""

from sqlalchemy import text

from app.court_orders import consistency_check
from tests.court_orders.sample_orders import act, an_active_order, an_order, executed, paper_of


def test_an_order_that_was_changed_past_its_acts_is_named(db_session, each_database):
    order, done = an_active_order(number="1/26"), an_active_order(number="2/26")
    received = an_order(number="3/26")
    executed(done)
    act(received, "recalled", **paper_of(received))
    db_session.commit()
    pk, person, other = order.id, order.person_id, done.person_id
    for changed, found in (
        ("UPDATE court_order SET status = 'recalled' WHERE id = :pk", (pk, "recalled", "active", person, person)),
        ("UPDATE court_order SET person_id = :other WHERE id = :pk", (pk, "active", "active", other, person)),
        (ACT, (pk, "active", "recalled", person, person)),
    ):  # fmt: skip
        assert consistency_check.differences(db_session.connection()) == []
        values = {"pk": pk, "other": other}
        db_session.connection().execute(
            text(changed), {key: values[key] for key in values if f":{key}" in changed}
        )
        assert consistency_check.differences(db_session.connection()) == [found]
        db_session.rollback()


ACT = """INSERT INTO order_event (order_id, kind, at, recorded_at, changed_at, version)
SELECT order_id, 'recalled', at, recorded_at, changed_at, 1 FROM order_event WHERE order_id = :pk"""
