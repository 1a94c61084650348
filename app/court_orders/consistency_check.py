"""Whether the orders stand where their acts have brought them: read anew for `run.py status check`."""

from itertools import groupby

from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent

MOST = 5000  # orders in one question


def differences(connection):
    """[(id of an order, stored state, computed state, stored person, computed person)] of those that were changed past their
    acts. `connection` sees every row.
    """
    order, act, last, found = CourtOrder.__table__.c, OrderEvent.__table__.c, 0, []
    while True:
        some = select(order.id, order.kind, order.status, order.person_id).where(order.id > last)
        rows = connection.execute(some.order_by(order.id).limit(MOST)).all()
        if not rows:
            return found
        standing = select(act.order_id, act.kind, act.person_id).where(
            act.order_id.between(rows[0].id, rows[-1].id), act.voided_at.is_(None)
        )
        acts = connection.execute(standing.order_by(act.order_id, act.id))
        acts = {pk: list(done) for pk, done in groupby(acts, key=lambda one: one.order_id)}
        for row in rows:
            done = acts.get(row.id, ())
            checks = [one.person_id for one in done if one.kind == "checked"]
            told = state_machine.told(row.kind, [one.kind for one in done]), checks[-1] if checks else None
            if (row.status, row.person_id) != told:
                found.append((row.id, row.status, told[0], row.person_id, told[1]))
        last = rows[-1].id
