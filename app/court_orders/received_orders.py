"""Asks for the verification of a received order: until then no person is wanted under it."""

from sqlalchemy import inspect

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.kernel.database.pending import Pending
from app.kernel.schema import origin
from app.kernel.schema.record import has_changed

RECEIVED = Pending(list)
VERIFIED = Pending(set)  # ids of orders that were verified or have another person


def collect_changes(session, _context):
    """Collect new orders, and those that were verified, identified again or ended. Nothing can be added during a flush."""
    RECEIVED.get(session).extend(
        one
        for one in session.new
        if isinstance(one, CourtOrder)
        and one.status == state_machine.RECEIVED
        and one.unit_code is not None
        and not origin.is_imported(one)
    )
    VERIFIED.get(session).update(
        one.id
        for one in session.dirty
        if isinstance(one, CourtOrder)
        and (
            has_changed(one, ("person_id",))
            or state_machine.RECEIVED in (inspect(one).attrs["status"].history.deleted or ())
        )
    )


def notify_unit(session, _context):
    """Give the unit the task to verify each collected order, and complete the tasks that are done."""
    for order in RECEIVED.take(session):
        notifications.notify_received(session, order)
    notifications.complete_verification(session, sorted(VERIFIED.take(session)))
