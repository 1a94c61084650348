"""Matches: a wanted person was met: in a case in any role, at an arrest, in custody, in prison, at a release or a visit.

The unit in charge of the order answers in time, whatever status the person has: an escape hides no active order.

A match is not proof. It is raised in the transaction of the entry, for any user and unit. Users see only the orders in
their scope: the data read here is not shown to anyone else.
"""
# unrestricted: finds active orders nationwide for a person in this save; asks whether the row of a match is void; shows no row

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import and_, exists, insert, inspect, or_, select, update

from app.cases.models import Involvement
from app.court_orders import notifications, state_machine
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.models.matches import OPEN_STATES
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.database.pending import Pending
from app.kernel.schema import origin
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.reference.unit_paths import list_own_units

WAITING, EXTENDED, CONFIRMED, DENIED, ENDED = "waiting", "extended", "confirmed", "denied", "ended"
URGENT_WITHIN, ROUTINE_WITHIN = timedelta(minutes=10), timedelta(hours=1)
HISTORY_WITHIN = timedelta(days=1)  # an imported record is no encounter of today
ANSWER_HOLDS = timedelta(days=1)  # a confirmed match answers for the arrest and the custody that follow it
NEW_CONTACTS = Pending(list)
ENDED_ORDERS = Pending(list)
REOPENED_ORDERS = Pending(list)
CLOSED_ORDERS = Pending(list)
MOVED_ORDERS = Pending(set)  # orders that just got another person
LEFT_PEOPLE = Pending(set)  # people who just lost a case to another record
JOINED_PEOPLE = Pending(set)  # people who just got a case of another record
WANTED_AGAIN = Pending(set)  # people who are wanted since a correction of their birth
ANSWERS = {"match_confirmed": CONFIRMED, "match_denied": DENIED, "match_extended": EXTENDED}


@dataclass(frozen=True)
class Contact:
    """One encounter with a person: as what, and in which case, if any.

    `order_id` is the order that the encounter itself executes. `is_custody` is True for an arrest and what follows it: it
    also counts in the case of the order, and one unanswered question of a unit is enough for several such rows.
    `is_history` is True for an imported record, and for one of another day. `unit_code` is the unit that met the person, if
    it is not the unit of the user.
    """

    person_id: int
    case_id: int | None
    matched_as: str
    order_id: int | None = None
    is_custody: bool = False
    is_history: bool = False
    unit_code: str | None = None


def add_contacts(session, contacts):
    """Add contacts, which raise their matches after the flush."""
    NEW_CONTACTS.get(session).extend(contacts)


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
    orders = [one for one in session.dirty if isinstance(one, CourtOrder)]
    MOVED_ORDERS.get(session).update(one.id for one in orders if _list_before(one, "person_id"))
    for one in session.dirty:
        if isinstance(one, Involvement) and (before := _list_before(one, "person_id")):
            LEFT_PEOPLE.get(session).update(before)
            JOINED_PEOPLE.get(session).add(one.person_id)
    changed = [one for one in orders if has_changed(one, ("status", "voided_at", "kind"))]
    for pending, is_concerned in (
        (ENDED_ORDERS, lambda one: _is_ended(one)),
        (REOPENED_ORDERS, lambda one: not _is_ended(one)),
        (
            CLOSED_ORDERS,
            lambda one: (
                one.is_void or one.status not in (*state_machine.VALID_STATES, state_machine.EXECUTED)
            ),
        ),
    ):
        pending.get(session).extend(one.id for one in changed if is_concerned(one))


def _is_ended(order):
    return order.is_void or not state_machine.raises_matches(order.kind, order.status)


def process_changes(session, _context):
    """Raise and end the matches of the collected changes, after the flush."""
    contacts, ended = NEW_CONTACTS.take(session), ENDED_ORDERS.take(session)
    reopened = REOPENED_ORDERS.take(session)
    if contacts:
        raise_matches(session, contacts)
    if ended:
        _end_matches(session, ended)
    orders = {*reopened, *MOVED_ORDERS.take(session), *_list_orders(session, JOINED_PEOPLE.take(session))}
    left = LEFT_PEOPLE.take(session)
    if orders or left:
        _update_matches(session, orders, left)
    notifications.complete_order_tasks(session, CLOSED_ORDERS.take(session))


def raise_matches(session, contacts, concerns=None):
    """Raise a match for each active order of the people in `contacts`, and return the match ids.

    `concerns` tells which of these orders count; all of them if it is not given.
    """
    # The person of an active order has a status: wanted, or a stronger one such as an escape, or a death that may be false.
    known = {one.person_id for one in contacts}
    if not any(one.is_custody for one in contacts):
        known = set(status.get_statuses(session, known))
    if not known:
        return []
    with unrestricted(session):
        own = {one.order_id for one in contacts}
        orders = [one for one in session.execute(_matched_orders(known)) if one.id not in own]
        orders = [one for one in orders if concerns is None or concerns(one)]
        unit_code = actor_of(session).unit_code
        contacts = [replace(one, unit_code=one.unit_code or unit_code) for one in dict.fromkeys(contacts)]
        units = {one.unit_code for one in contacts if one.is_custody} if orders else ()
        asked = {(pk, unit) for unit in units for pk in _find_asked(session, orders, unit)}
        known, found = _find_open(session, orders) if concerns is not None else (), []
        for order in orders:
            for contact in contacts:
                if (order.id, contact.case_id, contact.matched_as) in known:
                    continue  # it is open again after an undone merge and a second one
                if contact.person_id == order.person_id and _is_news(order, contact, asked):
                    found.append(_insert_match(session, *_build_row(session, order, contact)))
                    asked |= {(order.id, contact.unit_code)} if contact.is_custody else set()
        return found


def _is_news(order, contact, asked):
    """Return True if the unit in charge of the order does not know of this contact yet."""
    if contact.is_custody:
        return (order.id, contact.unit_code) not in asked
    return contact.case_id is None or contact.case_id != order.case_id


def _find_asked(session, orders, unit_code):
    """Return the ids of the orders about which this unit has just asked, or waits for an answer, for their person of today."""
    table, since = OrderMatch.__table__.c, dates.now() - ANSWER_HOLDS
    just_confirmed = and_(table.state == CONFIRMED, table.answered_at > since)
    people = {one.id: one.person_id for one in orders}
    rows = select(table.order_id, table.person_id).where(
        table.order_id.in_(people),
        table.unit_code.in_(list_own_units(unit_code)),
        or_(table.state.in_(OPEN_STATES), just_confirmed),
    )
    return {pk for pk, person_id in session.execute(rows) if person_id == people[pk]}


def _find_open(session, orders):
    """Return (order, case, encounter) of the open matches on these orders."""
    table = OrderMatch.__table__.c
    found = select(table.order_id, table.case_id, table.matched_as).where(
        table.order_id.in_([one.id for one in orders]), table.state.in_(OPEN_STATES)
    )
    return {tuple(row) for row in session.execute(found)}


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
        "owner_unit_code": order.owner_unit_code, "unit_code": contact.unit_code, "family": order.family,
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
        _end(session, OrderMatch.__table__.c.order_id.in_(orders))


def _end(session, condition):
    """End the open matches with this condition, and their tasks."""
    table = OrderMatch.__table__
    ended = update(table).where(condition, table.c.state.in_(OPEN_STATES)).values(state=ENDED)
    notifications.complete_match_tasks(session, session.scalars(ended.returning(table.c.id)).all())


def met_person_of_order(match, order):
    """Return the condition that the person of the order was met in the case of the match, as far as it names a case."""
    row = Involvement.__table__.c
    in_case = exists().where(row.case_id == match.case_id, row.person_id == order.person_id)
    return or_(match.case_id.is_(None), in_case)


def _update_matches(session, orders, people):
    """Let the open matches follow the person of their order, end those in which another person was met, and open ended ones again.

    An order gets another person by a new identification, a merge or its undoing, and a case by the last two. The unit in charge
    of an order that is searched for again has its task again.
    """
    match, order = OrderMatch.__table__, CourtOrder.__table__.c
    is_sought = and_(
        order.status.in_(state_machine.MATCHED_STATES),
        order.kind.in_(state_machine.WANTED_KINDS),
        order.voided_at.is_(None),
    )
    met = met_person_of_order(match.c, order)
    found = select(
        match, order.number, order.person_id.label("named"), met.label("met"), is_sought.label("is_sought")
    ).join(CourtOrder.__table__)
    concerned = or_(match.c.order_id.in_(orders), match.c.person_id.in_(people))
    with unrestricted(session):
        rows = session.execute(
            found.where(concerned, match.c.state.in_((*OPEN_STATES, ENDED))).order_by(match.c.id)
        ).all()
        # A match without a case names only the person that the officers met.
        if others := [one.id for one in rows if one.state != ENDED and not one.met]:
            _end(session, match.c.id.in_(others))
        for one in rows:
            if one.met and one.state == ENDED and one.is_sought:
                _reopen(session, one)
            elif one.met and one.state != ENDED and one.person_id != one.named:
                session.execute(update(match).where(match.c.id == one.id).values(person_id=one.named))


def _reopen(session, row):
    match, now = OrderMatch.__table__, dates.now()
    values = {"raised_at": now, "due_at": now + (URGENT_WITHIN if row.urgent else ROUTINE_WITHIN)}
    again = update(match).where(match.c.id == row.id)
    session.execute(again.values(state=WAITING, escalated=0, due_at=values["due_at"], person_id=row.named))
    notifications.notify_raised(session, row.id, dict(row._mapping) | values, row.number)


def _list_orders(session, people):
    """Return the ids of the orders of these people."""
    if not people:
        return ()
    with unrestricted(session):
        return session.scalars(
            select(CourtOrder.__table__.c.id).where(CourtOrder.person_id.in_(people))
        ).all()


def _list_before(record, name):
    """Return the value of a changed column before this flush, in a list; an empty one if it has not changed."""
    return inspect(record).attrs[name].history.deleted or ()


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


def is_taken_back(session, match):
    """Return whether no row of the case of a match names its person any more: the author took the row back."""
    if match.case_id is None:
        return False
    rows = select(Involvement.voided_at).where(
        Involvement.case_id == match.case_id, Involvement.person_id == match.person_id
    )
    with unrestricted(session):
        found = session.scalars(rows).all()
    return bool(found) and None not in found
