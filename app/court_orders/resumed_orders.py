"""Notifies the unit in charge of an order that is in force again: the act that ended or suspended it does not count any more.

The state before the transaction is compared with the state after it. An order that another arrest has executed in the same
transaction is not in force, so its unit hears nothing.
"""

from dataclasses import dataclass

from sqlalchemy import inspect

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending
from app.reference.models import Unit

BEFORE = Pending(dict)  # states of orders before this transaction
NOT_IN_FORCE = (
    state_machine.SUSPENDED, state_machine.DIED, state_machine.EXECUTED, state_machine.RETURNED, state_machine.RECALLED,
    state_machine.REPLACED,
)  # fmt: skip

IN_FORCE = (state_machine.ACTIVE, state_machine.IN_FORCE)


@dataclass(frozen=True)
class Resumed:
    """The values of an order that its message needs."""

    id: int
    number: str
    owner_unit_code: str | None
    status: str
    is_void: bool


def collect_changes(session, _context):
    """Collect the orders with another state: the state that each had before the transaction, and the order as it is now."""
    changed = BEFORE.get(session)
    for one in session.dirty:
        if isinstance(one, CourtOrder):
            for state in inspect(one).attrs.status.history.deleted or ():
                first, _now = changed.get(one.id, (state, None))
                changed[one.id] = (
                    first,
                    Resumed(one.id, one.number, one.owner_unit_code, one.status, one.is_void),
                )


def notify_units(session):
    """Notify the units whose orders are in force again, before the commit: then every flush is done."""
    if session.in_nested_transaction():
        return
    session.flush()
    for _pk, (before, order) in sorted(BEFORE.take(session).items()):
        if before in NOT_IN_FORCE and order.status in IN_FORCE and not order.is_void:
            unit = session.get(Unit, actor_of(session).unit_code or "")
            notifications.notify_resumed(session, order, before, unit.name_km if unit is not None else "—")
