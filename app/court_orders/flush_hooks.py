"""Session hooks for orders: derived columns, visibility of people and the wanted status.

All of it changes in the transaction of the event.
"""
# unrestricted: provides facts of a status, which is computed nationwide

from dataclasses import replace

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Date,
    case,
    delete,
    extract,
    false,
    func,
    insert,
    inspect,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import object_session

from app.cases.models import Case
from app.confirmations.models import AWAITING
from app.court_orders import derived_columns, state_machine
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.court_orders.row_filter import is_within
from app.court_orders.rules.events import DOCUMENTED_KINDS, is_replacement
from app.court_orders.rules.order import CODE_OF_PROCEDURE
from app.court_orders.rules.people import DETENTION_AGE_1992, RESPONSIBLE_AGE
from app.kernel.access.access_grants import MATCH, AccessGrant
from app.kernel.access.area import LEVELS
from app.kernel.actor import act_as, actor_of, unrestricted
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.people.rules.birth import ESTIMATED
from app.people.visibility import Visibility
from app.reference.models import Unit

incident = Case.__table__.alias("incident").c
# A change of these columns can change who is wanted, or who can see the person of the order.
WANTED_COLUMNS = (
    "status", "kind", "person_id", "voided_at", "issued_on", "number", "court_code", "owner_unit_code", "case_id",
    "occurred_on",
)  # fmt: skip
HIDDEN_IDENTITY = _(
    "The person of this order is below 18. Only the units of the order and their chief can identify or change the person."
)
# A change of these columns can change the status of an order, or whether the person was below 18.
DECIDING_COLUMNS = ("kind", "occurred_on", "born_on", "age_stated", "issued_on", "case", "case_id")
# A change of these columns can change the person for which an order is verified.
CHECK_COLUMNS = ("voided_at", "person_id")
OTHER_PERSON = _("The replacing order is about another person.")
REPLACED_BY_OTHER = _(
    "This order is replaced by an order that is not about this person. Request the correction of the replacement first."
)
MOVING_COLUMNS = ("family", *LEVELS.values())
VISIBILITY_COLUMNS = (
    "person_id",
    "kind",
    "family",
    "unit_code",
    "owner_unit_code",
    "voided_at",
    "minor",
    *LEVELS.values(),
)


def recompute_orders(session, _context, _instances):
    """Recompute the orders of new and changed events. Runs before the session stamps the changed rows."""
    with session.no_autoflush:
        _void_replacements(session)
        new = session.new
        events = [one for one in (*new, *session.dirty) if isinstance(one, OrderEvent)]
        for event_row in events:
            if event_row in new or (has_changed(event_row, ("confirmation",)) and event_row.is_in_effect):
                _reject_invalid_event(event_row)
        orders = [one for one in new if isinstance(one, CourtOrder)]
        orders += [
            one for one in session.dirty if isinstance(one, CourtOrder) and has_changed(one, DECIDING_COLUMNS)
        ]
        for order in {
            id(one): one for one in (*orders, *(one.order for one in events if one.order))
        }.values():
            recompute(order, session)


def _void_replacements(session):
    """Void the replacements by an order that is void, or not verified any more for the person of the replaced order.

    The replaced orders are in force again.
    """
    reasons = {}
    for one in session.dirty:
        if isinstance(one, CourtOrder) and one.is_void and has_changed(one, ("voided_at",)):
            reasons[one.id] = one.void_reason
        elif isinstance(one, OrderEvent) and one.kind == "checked" and has_changed(one, CHECK_COLUMNS):
            reasons[one.order_id] = one.void_reason
    if not reasons:
        return
    concerned = or_(OrderEvent.by_order_id.in_(reasons), OrderEvent.order_id.in_(reasons))
    replaced = select(OrderEvent).where(
        concerned, OrderEvent.kind == "replaced", OrderEvent.voided_at.is_(None)
    )
    with unrestricted(session):
        for event_row in session.scalars(replaced).unique():
            _load_order(session, event_row)
            # A correction runs this before its flush too. The second time, the event is void already.
            if not event_row.is_void and not _still_replaces(event_row.by_order, event_row.order):
                event_row.voided_at = dates.now()
                event_row.void_reason = reasons.get(event_row.by_order_id) or str(OTHER_PERSON)


def _still_replaces(other, order):
    """Return True if the other order is verified for the person of an order, or this order is verified for no person."""
    person_id = _find_checked_person(order)
    return not other.is_void and (person_id is None or _find_checked_person(other) == person_id)


def _find_checked_person(order):
    """Return the id of the person of the last verification in effect, or None."""
    return state_machine.find_person_id(valid_events(order))


def _load_order(session, event_row):
    if event_row.order is None and event_row.order_id is not None:
        event_row.order = session.get(CourtOrder, event_row.order_id)
    if event_row.by_order is None and event_row.by_order_id is not None:
        event_row.by_order = session.get(CourtOrder, event_row.by_order_id)


def load_orders(session, _context, _instances):
    """Load the orders of new events, which tell whether a second officer must confirm them."""
    with session.no_autoflush:
        for event_row in session.new:
            if isinstance(event_row, OrderEvent):
                _load_order(session, event_row)


def _reject_invalid_event(event_row):
    """Raise RuleViolation if the state of the order does not allow the event now, from any entry point."""
    order = event_row.order
    if order is None:
        return
    if event_row.confirmation == AWAITING and any(
        one.awaits_confirmation for one in order.acts if one is not event_row
    ):
        text = _("A decision about this order is awaiting confirmation. Wait for the second officer.")
        raise RuleViolation([Problem("order", text, row=event_row)])
    if event_row.kind == "checked" and order.hides_identity:
        raise RuleViolation([Problem("person", HIDDEN_IDENTITY, row=event_row)])
    before = [one for one in valid_events(order) if one is not event_row]
    if not state_machine.allows(order.kind, before, event_row):
        text = _("The current status of the order does not allow this action.")
        raise RuleViolation([Problem("order", text, row=event_row)])
    if (
        event_row.kind == "checked"
        and state_machine.replay(order.kind, before) != state_machine.RECEIVED
        and not order.needs_identification
    ):
        text = _("The current status of the order does not allow this action.")
        raise RuleViolation([Problem("order", text, row=event_row)])
    if event_row.kind == "checked" and not _fits_replacements(event_row, before):
        raise RuleViolation([Problem("person", REPLACED_BY_OTHER, "V083", row=event_row)])
    if event_row.kind.startswith("match_") and not _answers_a_match(event_row):
        text = _("This answer belongs to no match. Answer on the page of the match.")
        raise RuleViolation([Problem("order", text, "V086", row=event_row)])
    if event_row.kind in DOCUMENTED_KINDS and not (event_row.document_no and event_row.document_date):
        text = _("A document from the court or the authority is required. Enter its number.")
        raise RuleViolation([Problem("document_no", text, "V083", row=event_row)])
    if event_row.kind == "replaced" and (
        event_row.by_order is None or not is_replacement(order, event_row.by_order)
    ):
        text = _(
            "Only an order in force of the same type against the same person replaces this one. Verify that order first."
        )
        raise RuleViolation([Problem("by_order", text, "V083", row=event_row)])
    if event_row.kind == "died" and (order.person is None or order.person.deceased_on is None):
        text = _("The death of this person is not confirmed. Report it on the page of the person first.")
        raise RuleViolation([Problem("document_no", text, "V044", row=event_row)])


def _fits_replacements(check, events):
    """Return True if each order that replaced the order is about the person of this verification."""
    others = [one.by_order for one in events if one.kind == "replaced" and one.by_order is not None]
    person_id = state_machine.get_person_id(check)
    return all(_find_checked_person(one) == person_id for one in others)


def _answers_a_match(event_row):
    """Return whether a match of the order was answered at the time of the event."""
    table = OrderMatch.__table__.c
    answered = select(table.id).where(table.order_id == event_row.order.id, table.answered_at == event_row.at)
    return object_session(event_row).execute(answered.limit(1)).first() is not None


def keep_moved_orders(session, _context, _instances):
    """Let the session see the orders that it moves to a unit elsewhere, so that it may write and answer.

    The next request of the author sees such an order only if their unit received it.
    """
    actor = actor_of(session)
    scope = actor.scope
    if scope is None or scope.is_unrestricted or scope.is_nationwide:
        return
    moved = {
        one.id
        for one in session.dirty
        if isinstance(one, CourtOrder) and has_changed(one, MOVING_COLUMNS) and not is_within(one, scope)
    }
    if moved - scope.moved_order_ids:
        act_as(session, replace(actor, scope=replace(scope, moved_order_ids=scope.moved_order_ids | moved)))


def valid_events(order):
    """Return the events of an order that are in effect, oldest first and unsaved ones last."""
    events = [one for one in order.acts if one.is_in_effect]
    return sorted(events, key=lambda one: (one.id is None, one.id or 0))


def recompute(order, session):
    """Set all columns that follow from the events of an order. Repeated calls give the same result."""

    def area_of(unit_code):
        unit = session.get(Unit, unit_code) if unit_code else None
        return unit.area_code if unit is not None else ""

    for name, value in derived_columns.compute_columns(
        order, valid_events(order), area_of, actor_of(session)
    ).items():
        if getattr(order, name) != value:
            setattr(order, name, value)


def update_people(session, _context):
    """Update who can see the person of an order, and the wanted status of the person."""
    orders = [one for one in (*session.new, *session.dirty) if isinstance(one, CourtOrder)]
    if not orders:
        return
    moved = [one for one in orders if has_changed(one, VISIBILITY_COLUMNS)]
    if shown := [one.id for one in moved if one not in session.new and _named_anyone(one)]:
        session.execute(delete(Visibility).where(Visibility.order_id.in_(shown)))
    matched = _find_matched_units(session, [one.id for one in moved if _has_match(one)])
    rows = [
        row
        for one in moved
        if one.person_id and not one.is_void
        for row in _build_visibility_rows(one, matched.get(one.id, ()))
    ]
    if rows:
        session.execute(insert(Visibility.__table__), rows)
    changed = [one for one in orders if has_changed(one, WANTED_COLUMNS)]
    named_before = {key for one in changed for key in inspect(one).attrs["person_id"].history.deleted or ()}
    status.refresh_statuses(session, named_before | {one.person_id for one in changed})


def _named_anyone(order):
    """Return whether the order named a person before this flush."""
    history = inspect(order).attrs["person_id"].history
    return any(one is not None for one in history.deleted or history.unchanged or ())


def _has_match(order):
    """Return whether a match of the order was confirmed. Only then units elsewhere see it."""
    return any(one.kind == "match_confirmed" for one in order.acts)


def show_person(session, order):
    """Make the person of an order visible to the units with a confirmed match that do not see the person through it yet."""
    known = set(session.scalars(select(Visibility.unit_code).where(Visibility.order_id == order.id)))
    units = _find_matched_units(session, [order.id]).get(order.id, set()) - known
    rows = [_build_matched_row(order, unit) for unit in sorted(units)] if order.person_id else []
    if rows:
        session.execute(insert(Visibility.__table__), rows)


def _find_matched_units(session, orders):
    """Return order → the units to which a confirmed match has opened it."""
    grant, found = AccessGrant.__table__.c, {}
    rows = select(grant.entity_id, grant.unit_code).where(
        grant.kind == MATCH, grant.entity == CourtOrder.__tablename__, grant.entity_id.in_(orders)
    )
    for pk, unit in session.execute(rows) if orders else ():
        found.setdefault(pk, set()).add(unit)
    return found


def _build_matched_row(order, unit_code):
    row = {"person_id": order.person_id, "order_id": order.id, "hidden": False, "minor": order.minor}
    row["family"] = None
    return row | dict.fromkeys(LEVELS.values()) | {"unit_code": unit_code}


def _build_visibility_rows(order, matched_units):
    """Yield the visibility rows of an order, for the executing unit, the unit that received it, and units with a match.

    A summons can name a witness, so only these units see its person.
    """
    yield from (_build_matched_row(order, unit) for unit in sorted(matched_units))
    witness = order.kind in state_machine.WITNESS_KINDS
    levels = {name: None if witness else getattr(order, name) for name in LEVELS.values()}
    row = {"person_id": order.person_id, "order_id": order.id, "hidden": False, "minor": order.minor}
    row["family"] = None if witness else order.family
    yield row | levels | {"unit_code": order.unit_code}
    if order.owner_unit_code != order.unit_code:
        yield row | levels | {"unit_code": order.owner_unit_code}


def wanted_conditions(row, states=(state_machine.ACTIVE,)):
    """Return the conditions under which an order makes its person wanted.

    A void person and a child below the age of responsibility are not wanted, though the order is active.

    They apply to the rows of one person. With few sampled rows in its statistics, an index of states or kinds looks short
    to the planner, but it holds all warrants of the country. `coalesce` keeps the planner from these indexes.
    """
    state, kind = (func.coalesce(column, "") for column in (row.status, row.kind))
    person = Person.__table__.c
    named = (
        person.id == row.person_id,
        person.voided_at.is_(None),
        not_(func.coalesce(_is_child(row, person), false())),
    )
    return state.in_(states), kind.in_(state_machine.WANTED_KINDS), row.voided_at.is_(None), *named


def _is_child(row, person):
    """Return the condition that the person was too young at the offence, as `rules.people.is_child` does."""
    of_case = select(func.date(incident.occurred_from, type_=Date)).where(incident.id == row.case_id)
    day = func.coalesce(row.occurred_on, of_case.scalar_subquery(), row.issued_on, type_=Date)
    born, known_to = person.born_on, func.coalesce(person.birth_precision, "day")
    first_month = case((known_to.in_(("year", ESTIMATED)), 1), else_=extract("month", born))
    first_day = case((known_to == "day", extract("day", born)), else_=1)
    born_key = extract("year", born) * 10000 + first_month * 100 + first_day
    day_key = extract("year", day) * 10000 + extract("month", day) * 100 + extract("day", day)
    stated = case(
        (person.age_from > person.age_to, person.age_from),
        else_=func.coalesce(person.age_to, person.age_from),
    )
    least = case((row.issued_on < CODE_OF_PROCEDURE, DETENTION_AGE_1992), else_=RESPONSIBLE_AGE)
    return case(
        (born.is_not(None), (day_key - born_key >= 0) & (day_key - born_key < least * 10000)),
        (person.birth_year.is_not(None), (extract("year", day) - person.birth_year).between(0, least - 1)),
        else_=func.coalesce(stated, person.age_stated).between(0, least - 1),
    )


def select_wanted(ids):
    """Return the statement for people wanted under an active order."""
    row = CourtOrder.__table__.c
    return select(
        row.person_id, literal(status.WANTED), row.issued_on, literal("court_order"), row.id, row.kind,
        row.number, row.court_code, row.owner_unit_code,
    ).where(row.person_id.in_(ids), *wanted_conditions(row))  # fmt: skip


def insert_visibility():
    """Return the INSERT … SELECT for the visibility rows of all orders with a person, for a bulk load."""
    row = CourtOrder.__table__.c
    witness = row.kind.in_(state_machine.WITNESS_KINDS)
    shared = {"person_id": row.person_id, "order_id": row.id, "hidden": false(), "minor": row.minor}
    shared |= {name: case((witness, None), else_=row[name]) for name in ("family", *LEVELS.values())}
    named = row.person_id.is_not(None), row.voided_at.is_(None)
    received = select(*shared.values(), row.unit_code).where(*named)
    searching = select(*shared.values(), row.owner_unit_code).where(
        *named, row.owner_unit_code != row.unit_code
    )
    return insert(Visibility.__table__).from_select([*shared, "unit_code"], union_all(received, searching))
