"""Notifies the units and the chief when another unit is in charge of an order."""

from sqlalchemy import inspect

from app.court_orders import notifications
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.database.pending import Pending

MOVED = Pending(list)  # orders with another unit in charge
TRIED = Pending(set)  # ids of orders just attempted


def collect_changes(session, _context):
    """Collect the orders with another unit in charge, and those with a first attempt. Nothing can be added during a flush."""
    MOVED.get(session).extend(
        (one, former)
        for one in session.dirty
        if isinstance(one, CourtOrder)
        for former in inspect(one).attrs["owner_unit_code"].history.deleted or ()
        if former is not None
    )
    TRIED.get(session).update(
        one.order_id for one in session.new if isinstance(one, OrderEvent) and one.kind == "attempt"
    )


def notify_units(session, _context):
    """Notify the units of each collected order, and complete the tasks that are done."""
    for order, former in MOVED.take(session):
        notifications.notify_assigned(session, order, former)
    for order_id in TRIED.take(session):
        notifications.complete_assignment(session, order_id)
