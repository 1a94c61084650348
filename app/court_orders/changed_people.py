"""Updates the wanted status and the hidden name when a person is voided, or the birth or the day of the offence is corrected.

No person is wanted under a void record, or was criminally responsible as a small child. The orders stay active: the units in
charge identify the person again, or return the order to the court. If no report of the death counts any more, the notices of
death on the orders do not count either.
"""
# unrestricted: finds the active orders of a changed person nationwide; shows no row
# chosen fields: these decide the age, and with it who is wanted

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.cases.models import Case
from app.court_orders import notifications, state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.matches import WANTED_AGAIN
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules.people import is_child, is_minor
from app.court_orders.system_events import add_events
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

DECIDING_COLUMNS = (
    "voided_at", "born_on", "birth_precision", "birth_year", "age_from", "age_to", "age_stated",
)  # fmt: skip
DAYS_OF_ORDER = ("occurred_on", "issued_on", "case_id")  # these decide how old the person of an order was
CHANGED = Pending(set)  # persons with another birth or another day of the offence, or void
AGED = Pending(set)  # persons whose orders may hide or show the name
ALIVE = Pending(set)  # persons whose death is not confirmed any more
MOVED = Pending(set)  # cases with another day of the offence


def collect_changes(session, _context):
    """Refresh the statuses of changed persons, and collect them. Nothing can be added during a flush."""
    identified = [
        one for one in session.dirty if isinstance(one, CourtOrder) and has_changed(one, ("person_id",))
    ]
    changed = {
        one.id for one in session.dirty if isinstance(one, Person) and has_changed(one, DECIDING_COLUMNS)
    }
    alive = {one.id for one in session.dirty if isinstance(one, Person) and one.deceased_on is None
             and has_changed(one, ("deceased_on",))}  # fmt: skip
    # The notice on an order was about the person of that day.
    alive |= {
        one.person_id for one in identified if one.person_id and any(act.kind == "died" for act in one.acts)
    }
    ALIVE.get(session).update(alive)
    cases = {
        one.id for one in session.dirty if isinstance(one, Case) and has_changed(one, ("occurred_from",))
    }
    MOVED.get(session).update(cases)
    if cases:
        row = CourtOrder.__table__.c
        with unrestricted(session):
            changed |= set(
                session.scalars(
                    select(row.person_id).where(row.case_id.in_(cases), row.person_id.is_not(None))
                )
            )
    changed |= {one.person_id for one in session.dirty if isinstance(one, CourtOrder) and one.person_id is not None
                and has_changed(one, DAYS_OF_ORDER)}  # fmt: skip
    if changed:
        before = status.get_statuses(session, changed)
        status.refresh_statuses(session, changed)
        WANTED_AGAIN.get(session).update(
            pk
            for pk, now in status.get_statuses(session, changed).items()
            if now.status == status.WANTED and (pk not in before or before[pk].status != status.WANTED)
        )
        CHANGED.get(session).update(changed)


def notify_owners(session, _context):
    """Give the units in charge a task for each active order of the collected persons, after the flush."""
    people = CHANGED.take(session)
    if not people:
        return
    AGED.get(session).update(people)
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


def reopen_orders(session):
    """Reverse the notices of death on the orders of persons whose death is not confirmed any more. Runs before the commit."""
    if session.in_nested_transaction():
        return
    session.flush()
    if people := ALIVE.take(session):
        alive = select(Person.id).where(Person.id.in_(people), Person.deceased_on.is_(None))
        notifications.complete_death(session, _list_orders(session, alive))
        has_notice = CourtOrder.acts.any(OrderEvent.kind == "died")
        add_events(session, (CourtOrder.person_id.in_(alive), has_notice), _reverse_death)


def _list_orders(session, people):
    row = CourtOrder.__table__.c
    with unrestricted(session):
        return session.scalars(select(row.id).where(row.person_id.in_(people))).all()


def _reverse_death(order):
    """Return the reversal of the notice of death that counts on the order, whatever state followed it, or None."""
    standing = [one for one in state_machine.list_standing(valid_events(order)) if one.kind == "died"]
    if not standing:
        return None
    notice = standing[-1]
    document = {"document_no": notice.document_no, "document_date": notice.document_date}
    return OrderEvent(kind="revived", at=dates.now(), **document)


def refresh_minority(session):
    """Hide or show the names on the orders of persons with a corrected birth, and of cases with a corrected day.

    Runs before the commit.
    """
    if session.in_nested_transaction():
        return
    people, cases = AGED.take(session), MOVED.take(session)
    if not people and not cases:
        return
    concerned = or_(CourtOrder.person_id.in_(people), CourtOrder.case_id.in_(cases))
    found = (
        select(CourtOrder)
        .where(concerned)
        .options(joinedload(CourtOrder.person), joinedload(CourtOrder.case))
    )
    with session.no_autoflush, unrestricted(session):
        orders = session.scalars(found.order_by(CourtOrder.id)).unique().all()
        changed = [one for one in orders if one.minor != is_minor(one, one.person)]
        for order in changed:
            order.minor = not order.minor
        if changed:
            session.flush()
