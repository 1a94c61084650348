"""Notifies the unit in charge of an order that is in force again: the act that ended or suspended it does not count any more.

The state before the transaction is compared with the state after it. An order that another arrest has executed in the same
transaction is not in force, so its unit hears nothing.
"""
# unrestricted: reads the orders that this transaction has changed, of any unit; shows no row

from sqlalchemy import inspect, select

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.kernel.actor import unrestricted

BEFORE = "states of orders before this transaction"  # a key in `Session.info`: order → state
NOT_IN_FORCE = (
    state_machine.SUSPENDED, state_machine.DIED, state_machine.EXECUTED, state_machine.RETURNED, state_machine.RECALLED,
    state_machine.REPLACED,
)  # fmt: skip


def collect_changes(session, _context):
    """Collect the orders with another state, and the state that each had before."""
    before = session.info.setdefault(BEFORE, {})
    for one in session.dirty:
        if isinstance(one, CourtOrder):
            for state in inspect(one).attrs.status.history.deleted or ():
                before.setdefault(one.id, state)


def notify_units(session):
    """Notify the units whose orders are in force again, before the commit: then every flush is done."""
    if session.in_nested_transaction():
        return
    session.flush()
    before = session.info.pop(BEFORE, {})
    ended = sorted(pk for pk, state in before.items() if state in NOT_IN_FORCE)
    if not ended:
        return
    row = CourtOrder.__table__.c
    in_force = row.status.in_((state_machine.ACTIVE, state_machine.IN_FORCE)), row.voided_at.is_(None)
    found = select(row.id, row.number, row.owner_unit_code).where(row.id.in_(ended), *in_force)
    with unrestricted(session):
        for order in session.execute(found.order_by(row.id)).all():
            notifications.notify_resumed(session, order, before[order.id])


def discard_pending(session):
    session.info.pop(BEFORE, None)
