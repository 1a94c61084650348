"""What follows from an act on an order, in the same transaction: its state, whose it is, who is wanted."""

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    case,
    delete,
    event,
    exists,
    false,
    func,
    insert,
    inspect,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.court_orders import derived_columns, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleBroken
from app.people import status
from app.people.visibility import Visibility
from app.reference.models import Unit

# The columns of an order that say who is searched for, on which paper, and who sees its person.
WANTED_BY = (
    "status", "kind", "person_id", "voided_at", "issued_on", "number", "court_code", "owner_unit_code",
)  # fmt: skip
SEEN_BY = ("person_id", "kind", "family", "unit_code", "owner_unit_code", "voided_at", *LEVELS.values())


@event.listens_for(Session, "before_flush", insert=True)
def _orders_follow_their_acts(session, _context, _instances):
    """Before the session stamps what has changed, so that what follows is stamped as well."""
    with session.no_autoflush:
        new = session.new
        acts = [one for one in (*new, *session.dirty) if isinstance(one, OrderEvent)]
        for act in acts:
            _find_order(session, act)
        for act in (one for one in acts if one in new):
            _refuse_what_does_not_fit(act)
        fresh = [one for one in new if isinstance(one, CourtOrder)]
        for order in {id(one): one for one in (*fresh, *(a.order for a in acts if a.order))}.values():
            tell_anew(order, session)


def _find_order(session, act):
    if act.order is None and act.order_id is not None:
        act.order = session.get(CourtOrder, act.order_id)


def _refuse_what_does_not_fit(act):
    """A new act must fit the state that the acts before it have made, whichever way it comes in."""
    order = act.order
    if order is None:
        return
    before = [one.kind for one in standing(order) if one is not act]
    now = state_machine.told(order.kind, before)
    if act.kind not in state_machine.STEPS or not state_machine.may_follow(order.kind, now, act.kind):
        text = _("In its present state this cannot be done with the order.")
        raise RuleBroken([Problem("order", text, row=act)])


def standing(order):
    """The acts of an order that were not struck out, the oldest first; those not written yet come last."""
    acts = [one for one in order.acts if not one.is_void]
    return sorted(acts, key=lambda one: (one.id is None, one.id or 0))


def tell_anew(order, session):
    """Set everything that follows from the acts of an order. Called as often as one likes it gives the same."""

    def area_of(unit_code):
        unit = session.get(Unit, unit_code) if unit_code else None
        return unit.area_code if unit is not None else ""

    for name, value in derived_columns.told(order, standing(order), area_of, actor_of(session)).items():
        if getattr(order, name) != value:
            setattr(order, name, value)


@event.listens_for(Session, "after_flush")
def _people_follow_their_orders(session, _context):
    """A person is seen where the order is, and wanted as long as it is active."""
    orders = [one for one in (*session.new, *session.dirty) if isinstance(one, CourtOrder)]
    if not orders:
        return
    moved = [one for one in orders if has_changed(one, SEEN_BY)]
    if moved:
        session.execute(delete(Visibility).where(Visibility.order_id.in_([one.id for one in moved])))
    rows = [row for one in moved if one.person_id and not one.is_void for row in _visible_by(one)]
    if rows:
        session.execute(insert(Visibility.__table__), rows)
    other = [one for one in orders if has_changed(one, WANTED_BY)]
    named_before = {key for one in other for key in inspect(one).attrs["person_id"].history.deleted or ()}
    status.follow(session, named_before | {one.person_id for one in other})


def _visible_by(order):
    """Whoever searches sees the person; the unit that received the order keeps sight of him.

    Who is only summoned may be a witness: he is seen by these two units and by nobody else.
    """
    witness = order.kind in state_machine.NAMES_A_WITNESS
    levels = {name: None if witness else getattr(order, name) for name in LEVELS.values()}
    row = {"person_id": order.person_id, "order_id": order.id, "hidden": False}
    row["family"] = None if witness else order.family
    yield row | levels | {"unit_code": order.unit_code}
    if order.owner_unit_code != order.unit_code:
        yield row | levels | {"unit_code": order.owner_unit_code}


def searched_for(row):
    """The conditions under which an order has its person searched for.

    These are asked of the rows of a person. An index of states or kinds looks short where few rows were sampled for
    its statistics, and leads through all the warrants of the nation: `coalesce` keeps both out.
    """
    now, kind = (func.coalesce(column, "") for column in (row.status, row.kind))
    return now == state_machine.ACTIVE, kind.in_(state_machine.WANTED_FOR), row.voided_at.is_(None)


@status.source
def told_to_be_dead(ids):
    """Who is dead by the notice of his death that came to an order of his, until it is taken back."""
    row, act = CourtOrder.__table__.c, OrderEvent.__table__.c
    back = aliased(OrderEvent.__table__).c
    taken_back = exists().where(
        back.order_id == act.order_id, back.id > act.id, back.kind == "revived", back.voided_at.is_(None)
    )
    return select(
        row.person_id, literal(status.DECEASED), act.paper_on, literal("court_order"), row.id, row.kind,
        row.number, row.court_code, row.owner_unit_code,
    ).where(
        act.order_id == row.id, row.person_id.in_(ids), row.voided_at.is_(None),
        func.coalesce(act.kind, "") == "died", act.voided_at.is_(None), ~taken_back,
    )  # fmt: skip


@status.source
def wanted(ids):
    """Who is searched for by an active order."""
    row = CourtOrder.__table__.c
    return select(
        row.person_id, literal(status.WANTED), row.issued_on, literal("court_order"), row.id, row.kind,
        row.number, row.court_code, row.owner_unit_code,
    ).where(row.person_id.in_(ids), *searched_for(row))  # fmt: skip


def insert_visibility():
    """INSERT … SELECT of the rows that follow from all orders that name a person, for a register filled at once."""
    row = CourtOrder.__table__.c
    witness = row.kind.in_(state_machine.NAMES_A_WITNESS)
    shared = {"person_id": row.person_id, "order_id": row.id, "hidden": false()}
    shared |= {name: case((witness, None), else_=row[name]) for name in ("family", *LEVELS.values())}
    named = row.person_id.is_not(None), row.voided_at.is_(None)
    received = select(*shared.values(), row.unit_code).where(*named)
    searching = select(*shared.values(), row.owner_unit_code).where(
        *named, row.owner_unit_code != row.unit_code
    )
    return insert(Visibility.__table__).from_select([*shared, "unit_code"], union_all(received, searching))
