"""Matches: a wanted person was met: in a case in any role, at an arrest, in custody, in prison, at a release or a visit.

The unit in charge of the order answers in time, whatever status the person has: an escape hides no active order.

A match is not proof. It is raised in the transaction of the entry, for any user and unit. Users see only the orders in
their scope: the data read here is not shown to anyone else.
"""
# unrestricted: finds active orders nationwide for a person in this save; shows no row

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, insert, inspect, or_, select, update

from app.cases.models import Involvement
from app.court_orders import notifications, state_machine
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.models.matches import OPEN_STATES
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.schema import origin
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.reference.unit_paths import list_own_units

WAITING, EXTENDED, CONFIRMED, DENIED, ENDED = "waiting", "extended", "confirmed", "denied", "ended"
URGENT_WITHIN, ROUTINE_WITHIN = timedelta(minutes=10), timedelta(hours=1)
HISTORY_WITHIN = timedelta(days=1)  # an imported record is no encounter of today
ANSWER_HOLDS = timedelta(days=1)  # a confirmed match answers for the arrest and the custody that follow it
# Keys in `Session.info`.
NEW_CONTACTS, ENDED_ORDERS, REOPENED_ORDERS, CLOSED_ORDERS = (
    "people just met",
    "orders just ended",
    "orders just active again",
    "orders just closed",
)
ANSWERS = {"match_confirmed": CONFIRMED, "match_denied": DENIED, "match_extended": EXTENDED}


@dataclass(frozen=True)
class Contact:
    """One encounter with a person: as what, and in which case, if any.

    `order_id` is the order that the encounter itself executes. `is_custody` is True for an arrest and what follows it: it
    also counts in the case of the order, and one unanswered question of a unit is enough for several such rows.
    `is_history` is True for an imported record.
    """

    person_id: int
    case_id: int | None
    matched_as: str
    order_id: int | None = None
    is_custody: bool = False
    is_history: bool = False


def add_contacts(session, contacts):
    """Add contacts, which raise their matches after the flush."""
    session.info.setdefault(NEW_CONTACTS, []).extend(contacts)


def collect_changes(session, _context):
    """Collect new involvements and ended orders. Nothing can be added during a flush, so messages wait."""
    # A person registered in this save has no order yet.
    new_people = {one.id for one in session.new if isinstance(one, Person)}
    add_contacts(
        session,
        [
            Contact(
                row.person_id,
                row.case_id,
                row.role,
                is_history=row.case is not None and origin.is_imported(row.case),
            )
            for row in session.new
            if isinstance(row, Involvement) and row.person_id not in new_people
        ],
    )
    changed = [one for one in session.dirty if isinstance(one, CourtOrder) and _has_changed(one)]
    for name, is_concerned in (
        (ENDED_ORDERS, lambda one: _is_ended(one)),
        (REOPENED_ORDERS, lambda one: not _is_ended(one)),
        (
            CLOSED_ORDERS,
            lambda one: (
                one.is_void or one.status not in (*state_machine.VALID_STATES, state_machine.EXECUTED)
            ),
        ),
    ):
        session.info.setdefault(name, []).extend(one.id for one in changed if is_concerned(one))


def _is_ended(order):
    return order.is_void or not state_machine.raises_matches(order.kind, order.status)


def process_changes(session, _context):
    """Raise and end the matches of the collected changes, after the flush."""
    contacts, ended = session.info.pop(NEW_CONTACTS, ()), session.info.pop(ENDED_ORDERS, ())
    reopened = session.info.pop(REOPENED_ORDERS, ())
    if contacts:
        raise_matches(session, contacts)
    if ended:
        _end_matches(session, ended)
    if reopened:
        _reopen_matches(session, reopened)
    for pk in session.info.pop(CLOSED_ORDERS, ()):
        notifications.complete_order_tasks(session, pk)


def raise_matches(session, contacts):
    """Raise a match for each active order of the people in `contacts`, and return the match ids."""
    # The person of an active order has a status: wanted, or a stronger one such as an escape, or a death that may be false.
    known = {one.person_id for one in contacts}
    if not any(one.is_custody for one in contacts):
        known = set(status.get_statuses(session, known))
    if not known:
        return []
    with unrestricted(session):
        own = {one.order_id for one in contacts}
        orders = [one for one in session.execute(_matched_orders(known)) if one.id not in own]
        asked = _find_asked(session, orders) if orders and any(one.is_custody for one in contacts) else set()
        found = []
        for order in orders:
            for contact in dict.fromkeys(contacts):
                if contact.person_id == order.person_id and _is_news(order, contact, asked):
                    found.append(_insert_match(session, *_build_row(session, order, contact)))
                    asked |= {order.id} if contact.is_custody else set()
        return found


def _is_news(order, contact, asked):
    """Return True if the unit in charge of the order does not know of this contact yet."""
    if contact.is_custody:
        return order.id not in asked
    return contact.case_id is None or contact.case_id != order.case_id


def _find_asked(session, orders):
    """Return the ids of the orders about which the unit of the user has just asked, or waits for an answer."""
    table, since = OrderMatch.__table__.c, dates.now() - ANSWER_HOLDS
    just_confirmed = and_(table.state == CONFIRMED, table.answered_at > since)
    rows = select(table.order_id).where(
        table.order_id.in_([one.id for one in orders]),
        table.unit_code.in_(list_own_units(actor_of(session).unit_code)),
        or_(table.state.in_(OPEN_STATES), just_confirmed),
    )
    return set(session.scalars(rows))


def _matched_orders(people):
    row = CourtOrder.__table__.c
    columns = ("id", "person_id", "case_id", "number", "urgent", "offence_class", "family", "owner_unit_code")
    found = select(*(row[name] for name in (*columns, *LEVELS.values())))
    conditions = wanted_conditions(row, state_machine.MATCHED_STATES)
    return found.where(row.person_id.in_(people), *conditions).order_by(row.id)


def _build_row(session, order, contact):
    """Return (row, number of the order)."""
    actor, now = actor_of(session), dates.now()
    urgent = contact.is_custody or order.urgent or order.offence_class == "felony"
    within = URGENT_WITHIN if urgent else ROUTINE_WITHIN
    if contact.is_history:
        urgent, within = False, HISTORY_WITHIN
    row = {
        "order_id": order.id, "person_id": order.person_id, "case_id": contact.case_id,
        "matched_as": contact.matched_as, "urgent": urgent,
        "owner_unit_code": order.owner_unit_code, "unit_code": actor.unit_code, "family": order.family,
        "raised_at": now, "raised_by_id": actor.user_id, "state": WAITING, "escalated": 0,
        "due_at": now + within,
    }  # fmt: skip
    return row | {name: getattr(order, name) for name in LEVELS.values()}, order.number


def _insert_match(session, row, order_no):
    table = OrderMatch.__table__
    pk = session.scalar(insert(table).values(row).returning(table.c.id))
    recorder.record(session, "match.raised", "order_match", pk, order=row["order_id"], urgent=row["urgent"])
    notifications.notify_raised(session, pk, row, order_no)
    return pk


def _end_matches(session, orders):
    """End the open matches on these orders."""
    with unrestricted(session):
        table = OrderMatch.__table__
        waiting = table.c.order_id.in_(orders), table.c.state.in_(OPEN_STATES)
        ids = session.scalars(select(table.c.id).where(*waiting)).all()
        if ids:
            session.execute(update(table).where(table.c.id.in_(ids)).values(state=ENDED))
        for pk in ids:
            notifications.complete_match_tasks(session, pk)


def _reopen_matches(session, orders):
    """Open the matches again that ended with these orders, and give the units in charge their task again."""
    table, now = OrderMatch.__table__, dates.now()
    with unrestricted(session):
        ended = select(table, CourtOrder.__table__.c.number).join(CourtOrder.__table__)
        rows = session.execute(ended.where(table.c.order_id.in_(orders), table.c.state == ENDED)).all()
        for row in rows:
            values = {"raised_at": now, "due_at": now + (URGENT_WITHIN if row.urgent else ROUTINE_WITHIN)}
            again = update(table).where(table.c.id == row.id)
            session.execute(again.values(state=WAITING, escalated=0, due_at=values["due_at"]))
            notifications.notify_raised(session, row.id, dict(row._mapping) | values, row.number)


def _has_changed(order):
    return any(inspect(order).attrs[name].history.deleted for name in ("status", "voided_at"))


def has_unconfirmed_match(session, person_id, order_id=None):
    """Return True if the person has a match that the unit in charge has not confirmed (V086).

    Considers one order, or all orders without `order_id`. An arrest on such an order needs a reason: the match has no
    answer yet, or the unit in charge rejected it.
    """
    table = OrderMatch.__table__
    conditions = [table.c.person_id == person_id] + ([table.c.order_id == order_id] if order_id else [])
    states = {}
    with unrestricted(session):
        for order, state in session.execute(
            select(table.c.order_id, table.c.state).where(*conditions).distinct()
        ):
            states.setdefault(order, set()).add(state)
    return any(
        CONFIRMED not in known and not known.isdisjoint((*OPEN_STATES, DENIED)) for known in states.values()
    )
