"""Updates the wanted status when a person is voided or the birth is corrected, and notifies the owners of the orders.

No person is wanted under a void record, or was criminally responsible as a small child. The orders stay active: the units in
charge identify the person again, or return the order to the court.
"""
# unrestricted: finds the active orders of a changed person nationwide; shows no row
# chosen fields: these decide the age, and with it who is wanted

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.court_orders.rules.people import is_child
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed
from app.people import status
from app.people.models import Person

DECIDING_COLUMNS = (
    "voided_at", "born_on", "birth_precision", "birth_year", "age_from", "age_to", "age_stated",
)  # fmt: skip
CHANGED, IDENTIFIED = (
    "persons with another birth, or void",
    "orders with another person",
)  # keys in `Session.info`


def collect_changes(session, _context):
    """Refresh the statuses of changed persons, and collect them. Nothing can be added during a flush."""
    session.info.setdefault(IDENTIFIED, []).extend(
        one.id for one in session.dirty if isinstance(one, CourtOrder) and has_changed(one, ("person_id",))
    )
    changed = {
        one.id for one in session.dirty if isinstance(one, Person) and has_changed(one, DECIDING_COLUMNS)
    }
    if changed:
        status.refresh_statuses(session, changed)
        session.info.setdefault(CHANGED, set()).update(changed)


def notify_owners(session, _context):
    """Give the units in charge a task for each active order of the collected persons, after the flush."""
    for order_id in session.info.pop(IDENTIFIED, ()):
        notifications.complete_identification(session, order_id)
    people = session.info.pop(CHANGED, ())
    if not people:
        return
    found = select(CourtOrder).where(
        CourtOrder.person_id.in_(people),
        CourtOrder.status.in_((state_machine.ACTIVE, state_machine.DIED)),
        CourtOrder.kind.in_(state_machine.WANTED_KINDS),
        CourtOrder.voided_at.is_(None),
    )
    with session.no_autoflush, unrestricted(session):
        known = set(session)
        orders = session.scalars(found.order_by(CourtOrder.id).options(joinedload(CourtOrder.person)))
        for order in orders.unique().all():
            notifications.notify_person_changed(
                session, order, order.person.is_void, is_child(order, order.person)
            )
            for one in (order, order.person):
                if one not in known and one in session:
                    session.expunge(one)
