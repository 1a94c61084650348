"""Matches: a wanted person was entered in a case, in any role. The unit in charge answers in time.

A match is not proof. It is raised in the transaction of the entry, for any user and unit. Users see only the orders in
their scope: the data read here is not shown to anyone else.
"""
# unrestricted: finds active orders nationwide for a person in this save; shows no row

from datetime import timedelta

from sqlalchemy import insert, inspect, select, update

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

WAITING, EXTENDED, CONFIRMED, DENIED, ENDED = "waiting", "extended", "confirmed", "denied", "ended"
URGENT_WITHIN, ROUTINE_WITHIN = timedelta(minutes=10), timedelta(hours=1)
# Keys in `Session.info`.
NEW_INVOLVEMENTS, ENDED_ORDERS, CLOSED_ORDERS = (
    "people just entered",
    "orders just ended",
    "orders just closed",
)
ANSWERS = {"match_confirmed": CONFIRMED, "match_denied": DENIED, "match_extended": EXTENDED}


def collect_changes(session, _context):
    """Collect new involvements and ended orders. Nothing can be added during a flush, so messages wait."""
    # A person registered in this save has no order yet. An imported case is old, so its people raise no match.
    new_people = {one.id for one in session.new if isinstance(one, Person)}
    entered = [
        row
        for row in session.new
        if isinstance(row, Involvement)
        and row.person_id not in new_people
        and not (row.case is not None and origin.is_imported(row.case))
    ]
    involvements = [(row.person_id, row.case_id, row.role) for row in entered]
    ended = [
        one.id
        for one in session.dirty
        if isinstance(one, CourtOrder) and _is_ended(one) and _has_changed(one)
    ]
    session.info.setdefault(NEW_INVOLVEMENTS, []).extend(involvements)
    session.info.setdefault(ENDED_ORDERS, []).extend(ended)
    session.info.setdefault(CLOSED_ORDERS, []).extend(
        one.id
        for one in session.dirty
        if isinstance(one, CourtOrder)
        and (one.is_void or one.status not in (*state_machine.VALID_STATES, state_machine.EXECUTED))
        and _has_changed(one)
    )


def _is_ended(order):
    return order.is_void or not state_machine.raises_matches(order.kind, order.status)


def process_changes(session, _context):
    """Raise and end the matches of the collected changes, after the flush."""
    involvements, ended = session.info.pop(NEW_INVOLVEMENTS, ()), session.info.pop(ENDED_ORDERS, ())
    if involvements:
        raise_matches(session, involvements)
    if ended:
        _end_matches(session, ended)
    for pk in session.info.pop(CLOSED_ORDERS, ()):
        notifications.complete_order_tasks(session, pk)


def raise_matches(session, involvements, urgent=False):
    """Raise a match for each active order of the people in `involvements`, and return the match ids.

    `involvements` are rows of (person, case, role). Features that meet people in other ways (an arrest, a prison list) call
    this in their own transaction.
    """
    people = {person_id for person_id, _case_id, _role in involvements}
    # The person of an active order has a status: wanted, or a stronger one such as a death that may be false.
    known = status.get_statuses(session, people)
    if not known:
        return []
    with unrestricted(session):
        orders = session.execute(_matched_orders(set(known))).all()
        rows = [
            _build_row(session, order, case_id, role, urgent)
            for order in orders
            for person_id, case_id, role in dict.fromkeys(involvements)
            if person_id == order.person_id and (case_id is None or case_id != order.case_id)
        ]
        return [_insert_match(session, row, order_no) for row, order_no in rows]


def _matched_orders(people):
    row = CourtOrder.__table__.c
    columns = ("id", "person_id", "case_id", "number", "urgent", "offence_class", "family", "owner_unit_code")
    found = select(*(row[name] for name in (*columns, *LEVELS.values())))
    conditions = wanted_conditions(row, state_machine.MATCHED_STATES)
    return found.where(row.person_id.in_(people), *conditions).order_by(row.id)


def _build_row(session, order, case_id, role, urgent):
    actor, now = actor_of(session), dates.now()
    urgent = urgent or order.urgent or order.offence_class == "felony"
    row = {
        "order_id": order.id, "person_id": order.person_id, "case_id": case_id, "matched_as": role, "urgent": urgent,
        "owner_unit_code": order.owner_unit_code, "unit_code": actor.unit_code, "family": order.family,
        "raised_at": now, "raised_by_id": actor.user_id, "state": WAITING, "escalated": 0,
        "due_at": now + (URGENT_WITHIN if urgent else ROUTINE_WITHIN),
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
