"""Compares the stored state of each order with its events, for `run.py status check`."""
# unrestricted: compares all orders with their events, for a command

from itertools import groupby

from sqlalchemy import or_, select

from app.confirmations.models import CONFIRMED
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent

BATCH_SIZE = 5000  # orders in one query


def find_drift(connection):
    """Return the orders changed without an event, and what their events give.

    Each row is (order id, stored state, computed state, stored person, computed person). `connection` must see every row.
    """
    order, event, last, found = CourtOrder.__table__.c, OrderEvent.__table__.c, 0, []
    while True:
        batch = select(order.id, order.kind, order.status, order.person_id).where(order.id > last)
        rows = connection.execute(batch.order_by(order.id).limit(BATCH_SIZE)).all()
        if not rows:
            return found
        valid = select(event.order_id, event.kind, event.person_id).where(
            event.order_id.between(rows[0].id, rows[-1].id),
            event.voided_at.is_(None),
            or_(event.confirmation.is_(None), event.confirmation == CONFIRMED),
        )
        events = connection.execute(valid.order_by(event.order_id, event.id))
        events = {pk: list(done) for pk, done in groupby(events, key=lambda one: one.order_id)}
        for row in rows:
            done = events.get(row.id, ())
            checks = [one.person_id for one in done if one.kind == "checked"]
            computed = (
                state_machine.replay(row.kind, [one.kind for one in done]),
                checks[-1] if checks else None,
            )
            if (row.status, row.person_id) != computed:
                found.append((row.id, row.status, computed[0], row.person_id, computed[1]))
        last = rows[-1].id
