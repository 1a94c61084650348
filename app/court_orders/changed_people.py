"""Updates the wanted status and the hidden name when a person is voided or the birth is corrected, and notifies the owners.

No person is wanted under a void record, or was criminally responsible as a small child. The orders stay active: the units in
charge identify the person again, or return the order to the court.
"""
# unrestricted: finds the active orders of a changed person nationwide; shows no row
# chosen fields: these decide the age, and with it who is wanted

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.court_orders.rules.people import is_child, is_minor
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed
from app.people import status
from app.people.models import Person

DECIDING_COLUMNS = (
    "voided_at", "born_on", "birth_precision", "birth_year", "age_from", "age_to", "age_stated",
)  # fmt: skip
CHANGED, IDENTIFIED, AGED = (
    "persons with another birth, or void",
    "orders with another person",
    "persons whose orders may hide or show the name",
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
    session.info.setdefault(AGED, set()).update(people)
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


def refresh_minority(session):
    """Hide or show the names on the orders of persons with a corrected birth. Runs before the commit."""
    people = () if session.in_nested_transaction() else session.info.pop(AGED, ())
    if not people:
        return
    found = select(CourtOrder).where(CourtOrder.person_id.in_(people)).options(joinedload(CourtOrder.person))
    with session.no_autoflush, unrestricted(session):
        orders = session.scalars(found.order_by(CourtOrder.id)).unique().all()
        changed = [one for one in orders if one.minor != is_minor(one, one.person)]
        for order in changed:
            order.minor = not order.minor
        if changed:
            session.flush()
