"""What follows from an act on an order, in the same transaction: its state, whose it is, who is wanted."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, event, insert, inspect, literal, select
from sqlalchemy.orm import Session, object_session

from app.kernel import dates
from app.kernel.actors import actor_of
from app.kernel.areas import LEVELS
from app.kernel.rules import Problem, RuleBroken
from app.orders import life
from app.orders.models import CourtOrder, OrderEvent
from app.people import status
from app.people.visibility import Visibility
from app.reference.models import Unit

YEAR = timedelta(days=365)
TOLD = (
    "person_id", "checked_by_id", "search_unit_code", "search_officer", "validate_by", "notice_kind", "notice_no",
    "seen_place_code", "seen_on",
)  # fmt: skip
# Days until the next step is overdue; none of these is law.
CHECK_WITHIN, ASSIGN_WITHIN, TRY_WITHIN, RETURN_WITHIN = 3, 3, 30, 3


@event.listens_for(Session, "before_flush", insert=True)
def _orders_follow_their_acts(session, _context, _instances):
    """Before the session stamps what has changed, so that what follows is stamped as well."""
    with session.no_autoflush:
        acts = [one for one in (*session.new, *session.dirty) if isinstance(one, OrderEvent)]
        for act in acts:
            _find_order(session, act)
        for act in (one for one in acts if one in session.new):
            _refuse_what_does_not_fit(act)
        fresh = [one for one in session.new if isinstance(one, CourtOrder)]
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
    now = life.told(order.kind, before)
    if act.kind not in life.STEPS or not life.may_follow(order.kind, now, act.kind):
        text = _("In its present state this cannot be done with the order.")
        raise RuleBroken([Problem("order", text, row=act)])


def standing(order):
    """The acts of an order that were not struck out, the oldest first; those not written yet come last."""
    acts = [one for one in order.acts if not one.is_void]
    return sorted(acts, key=lambda one: (one.id is None, one.id or 0))


def tell_anew(order, session=None):
    """Set everything that follows from the acts of an order. Called as often as one likes it gives the same."""
    session = session or object_session(order)
    acts = standing(order)
    now = dict.fromkeys(TOLD)
    now["status"] = life.told(order.kind, [act.kind for act in acts])
    for act in acts:
        now |= _told_by(act, session)
    now["owner_unit_code"] = now["search_unit_code"] or order.unit_code or actor_of(session).unit_code
    _put(order, now)
    unit = session.get(Unit, order.owner_unit_code) if order.owner_unit_code else None
    _put(order, _levels(unit.area_code if unit is not None else ""))
    _put(order, dict(zip(("next_step", "due_on"), _next(order, acts), strict=True)))


def _put(order, values):
    for name, value in values.items():
        if getattr(order, name) != value:
            setattr(order, name, value)


def _levels(area):
    return {column: area[:digits] if len(area or "") >= digits else None for digits, column in LEVELS.items()}


def _told_by(act, session):
    """The columns of an order that one act sets."""
    day, told = act.at.date(), {}
    if act.kind == "checked":
        if act.person is not None and act.person.id is None:
            told["person"] = act.person  # he gets his number in this very flush
        else:
            told["person_id"] = act.person.id if act.person is not None else act.person_id
        told["checked_by_id"] = act.recorded_by_id or actor_of(session).user_id
        told["validate_by"] = (act.recorded_at or dates.now()).date() + YEAR
    elif act.kind == "assigned":
        told["search_unit_code"] = _code(act, "to_unit")
        told["search_officer"] = act.officer
    elif act.kind == "validated":
        told["validate_by"] = day + YEAR
    elif act.kind == "notice":
        told["notice_kind"], told["notice_no"] = act.notice_kind, act.paper_no
    if act.kind in ("seen", "attempt") and _code(act, "place"):
        told["seen_place_code"], told["seen_on"] = _code(act, "place"), day
    return told


def _code(act, link):
    chosen = getattr(act, link)
    return chosen.code if chosen is not None else getattr(act, f"{link}_code")


def _next(order, acts):
    """(what has to be done next, by which day); (None, None) where nothing waits."""
    last = {act.kind: act.at.date() for act in acts}
    if order.status == life.RECEIVED:
        return "check", (order.recorded_at or dates.now()).date() + timedelta(days=CHECK_WITHIN)
    if order.status in (life.EXECUTED, life.DIED):
        return "return", max(last[kind] for kind in ("executed", "died") if kind in last) + timedelta(
            days=RETURN_WITHIN
        )
    if order.status == life.HELD:
        return "await_recall", None
    if order.status != life.ACTIVE:
        return None, None
    if order.search_unit_code is None:
        return "assign", last["checked"] + timedelta(days=ASSIGN_WITHIN)
    tried = max(day for kind, day in last.items() if kind in ("assigned", "attempt"))
    search = ("search" if "attempt" in last else "attempt"), tried + timedelta(days=TRY_WITHIN)
    validate = "validate", order.validate_by
    return min(search, validate, key=lambda step: step[1])


@event.listens_for(Session, "after_flush")
def _people_follow_their_orders(session, _context):
    """A person is seen where the order is, and wanted as long as it is active."""
    orders = [one for one in (*session.new, *session.dirty) if isinstance(one, CourtOrder)]
    if not orders:
        return
    session.execute(delete(Visibility).where(Visibility.order_id.in_([one.id for one in orders])))
    rows = [row for one in orders if one.person_id and not one.is_void for row in _visible_by(one)]
    if rows:
        session.execute(insert(Visibility.__table__), rows)
    named_before = {key for one in orders for key in inspect(one).attrs["person_id"].history.deleted or ()}
    status.follow(session, named_before | {one.person_id for one in orders})


def _visible_by(order):
    """Whoever searches sees the person; the unit that received the order keeps sight of him.

    Who is only summoned may be a witness: he is seen by these two units and by nobody else.
    """
    witness = order.kind in life.NAMES_A_WITNESS
    levels = {name: None if witness else getattr(order, name) for name in LEVELS.values()}
    row = {"person_id": order.person_id, "order_id": order.id, "hidden": False}
    row["family"] = None if witness else order.family
    yield row | levels | {"unit_code": order.unit_code}
    if order.owner_unit_code != order.unit_code:
        yield row | levels | {"unit_code": order.owner_unit_code}


def searched_for(row):
    """The conditions under which an order has its person searched for."""
    return row.status == life.ACTIVE, row.kind.in_(life.WANTED_FOR), row.voided_at.is_(None)


@status.source
def wanted(ids):
    """Who is searched for by an active order."""
    row = CourtOrder.__table__.c
    return select(
        row.person_id, literal(status.WANTED), row.issued_on, literal("court_order"), row.id, row.kind,
        row.number, row.court_code, row.owner_unit_code,
    ).where(row.person_id.in_(ids), *searched_for(row))  # fmt: skip
