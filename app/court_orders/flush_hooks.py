"""Session hooks for orders: derived columns, visibility of people and the wanted status.

All of it changes in the transaction of the event.
"""
# unrestricted: provides facts of a status, which is computed nationwide

from dataclasses import replace

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    case,
    delete,
    false,
    func,
    insert,
    inspect,
    literal,
    select,
    union_all,
)

from app.confirmations.models import AWAITING
from app.court_orders import derived_columns, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.access.area import LEVELS
from app.kernel.actor import act_as, actor_of
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.people import status
from app.people.visibility import Visibility
from app.reference.models import Unit

# A change of these columns can change who is wanted, or who can see the person of the order.
WANTED_COLUMNS = (
    "status", "kind", "person_id", "voided_at", "issued_on", "number", "court_code", "owner_unit_code",
)  # fmt: skip
MOVING_COLUMNS = ("family", *LEVELS.values())
VISIBILITY_COLUMNS = (
    "person_id",
    "kind",
    "family",
    "unit_code",
    "owner_unit_code",
    "voided_at",
    *LEVELS.values(),
)


def recompute_orders(session, _context, _instances):
    """Recompute the orders of new and changed events. Runs before the session stamps the changed rows."""
    with session.no_autoflush:
        new = session.new
        events = [one for one in (*new, *session.dirty) if isinstance(one, OrderEvent)]
        for event_row in events:
            if event_row in new or (has_changed(event_row, ("confirmation",)) and event_row.is_in_effect):
                _reject_invalid_event(event_row)
        new_orders = [one for one in new if isinstance(one, CourtOrder)]
        for order in {
            id(one): one for one in (*new_orders, *(one.order for one in events if one.order))
        }.values():
            recompute(order, session)


def load_orders(session, _context, _instances):
    """Load the orders of new events, which tell whether a second officer must confirm them."""
    with session.no_autoflush:
        for event_row in session.new:
            if (
                isinstance(event_row, OrderEvent)
                and event_row.order is None
                and event_row.order_id is not None
            ):
                event_row.order = session.get(CourtOrder, event_row.order_id)


def _reject_invalid_event(event_row):
    """Raise RuleViolation if the state of the order does not allow the event now, from any entry point."""
    order = event_row.order
    if order is None:
        return
    if event_row.confirmation == AWAITING and any(
        one.awaits_confirmation for one in order.acts if one is not event_row
    ):
        text = _("The end of this order is awaiting confirmation. Wait for the second officer.")
        raise RuleViolation([Problem("order", text, row=event_row)])
    before = [one.kind for one in valid_events(order) if one is not event_row]
    status_now = state_machine.replay(order.kind, before)
    if event_row.kind not in state_machine.TRANSITIONS or not state_machine.can_apply(
        order.kind, status_now, event_row.kind
    ):
        text = _("The current status of the order does not allow this action.")
        raise RuleViolation([Problem("order", text, row=event_row)])
    if event_row.kind == "died" and (order.person is None or order.person.deceased_on is None):
        text = _("The death of this person is not confirmed. Report it on the page of the person first.")
        raise RuleViolation([Problem("document_no", text, "V044", row=event_row)])


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
        if isinstance(one, CourtOrder) and has_changed(one, MOVING_COLUMNS) and not _is_inside(one, scope)
    }
    if moved - scope.moved_order_ids:
        act_as(session, replace(actor, scope=replace(scope, moved_order_ids=scope.moved_order_ids | moved)))


def _is_inside(order, scope):
    in_area = not scope.area or getattr(order, LEVELS[len(scope.area)]) == scope.area
    return in_area and (not scope.offence_families or order.family in scope.offence_families)


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
    if moved:
        session.execute(delete(Visibility).where(Visibility.order_id.in_([one.id for one in moved])))
    rows = [row for one in moved if one.person_id and not one.is_void for row in _build_visibility_rows(one)]
    if rows:
        session.execute(insert(Visibility.__table__), rows)
    changed = [one for one in orders if has_changed(one, WANTED_COLUMNS)]
    named_before = {key for one in changed for key in inspect(one).attrs["person_id"].history.deleted or ()}
    status.refresh_statuses(session, named_before | {one.person_id for one in changed})


def _build_visibility_rows(order):
    """Yield the visibility rows of an order, for the executing unit and the unit that received it.

    A summons can name a witness, so only these two units see its person.
    """
    witness = order.kind in state_machine.WITNESS_KINDS
    levels = {name: None if witness else getattr(order, name) for name in LEVELS.values()}
    row = {"person_id": order.person_id, "order_id": order.id, "hidden": False}
    row["family"] = None if witness else order.family
    yield row | levels | {"unit_code": order.unit_code}
    if order.owner_unit_code != order.unit_code:
        yield row | levels | {"unit_code": order.owner_unit_code}


def wanted_conditions(row, states=(state_machine.ACTIVE,)):
    """Return the conditions under which an order makes its person wanted.

    They apply to the rows of one person. With few sampled rows in its statistics, an index of states or kinds looks short
    to the planner, but it holds all warrants of the country. `coalesce` keeps the planner from these indexes.
    """
    state, kind = (func.coalesce(column, "") for column in (row.status, row.kind))
    return state.in_(states), kind.in_(state_machine.WANTED_KINDS), row.voided_at.is_(None)


def select_wanted(ids):
    """Return the statement for people wanted under an order that raises matches, also after a notice of death."""
    row = CourtOrder.__table__.c
    return select(
        row.person_id, literal(status.WANTED), row.issued_on, literal("court_order"), row.id, row.kind,
        row.number, row.court_code, row.owner_unit_code,
    ).where(row.person_id.in_(ids), *wanted_conditions(row, state_machine.MATCHED_STATES))  # fmt: skip


def insert_visibility():
    """Return the INSERT … SELECT for the visibility rows of all orders with a person, for a bulk load."""
    row = CourtOrder.__table__.c
    witness = row.kind.in_(state_machine.WITNESS_KINDS)
    shared = {"person_id": row.person_id, "order_id": row.id, "hidden": false(), "minor": false()}
    shared |= {name: case((witness, None), else_=row[name]) for name in ("family", *LEVELS.values())}
    named = row.person_id.is_not(None), row.voided_at.is_(None)
    received = select(*shared.values(), row.unit_code).where(*named)
    searching = select(*shared.values(), row.owner_unit_code).where(
        *named, row.owner_unit_code != row.unit_code
    )
    return insert(Visibility.__table__).from_select([*shared, "unit_code"], union_all(received, searching))
