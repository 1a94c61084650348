"""What the rules of an order must know from elsewhere."""

from datetime import timedelta

from sqlalchemy import select

from app.court_orders import custody_port
from app.court_orders.models import CourtOrder, OrderFile
from app.court_orders.rules import OrderFacts, number_key
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema.display import shown
from app.kernel.schema.fields import declared
from app.kernel.text import dates
from app.people import status
from app.people.models import Person, PersonPhoto
from app.people.nationwide import nation

COMPARED = (
    "surname_km",
    "given_km",
    "surname_latin",
    "given_latin",
    "sex",
    "born_on",
    "father_name",
    "nationality",
)
YOUNG = timedelta(days=5 * 365)  # a photo by which somebody can be known (V040)


def scope():
    """What the reader of this request sees."""
    return actor_of(db.session).scope


def facts(order):
    """About an order that is entered or changed."""
    return OrderFacts(now=order.recorded_at or dates.now(), same_paper=_same_paper(order))


def _same_paper(order):
    """Asked in the whole nation: the same paper may lie with another unit."""
    if not (order.court_code and order.number and order.issued_on):
        return None
    fits = (
        CourtOrder.court_code == order.court_code,
        CourtOrder.number_key == number_key(order.number),
        CourtOrder.issued_on == order.issued_on,
        CourtOrder.id != (order.id or 0),
    )
    with nation(protected_too=True) as session:
        return session.scalar(select(CourtOrder.number).where(*fits).limit(1))


def facts_of_act(act):
    """About an act that is entered; what only a check asks is looked up for a check alone."""
    now, actor = dates.now(), actor_of(db.session)
    order, person = act.order, act.person
    if order is None:
        return OrderFacts(now=now, acts_by=actor.user_id)
    known = status.of(db.session, [person.id]).get(person.id) if person is not None and person.id else None
    return OrderFacts(
        now=now,
        acts_by=actor.user_id,
        person_status=known.status if known is not None else None,
        died_on=status.died_on(person, known),
        photo_is_old=act.kind in ("checked", "validated") and _has_no_young_photo(person),
        has_scan=act.kind != "checked" or _has_scan(order),
        arrests=custody_port.of_order(order) if act.kind == "executed" else None,
        held=custody_port.is_held(person) if act.kind == "checked" else None,
    )


def _has_scan(order):
    found = select(OrderFile.id).where(OrderFile.order_id == order.id, OrderFile.voided_at.is_(None))
    return db.session.scalar(found.limit(1)) is not None


def _has_no_young_photo(person):
    return person is not None and person.id not in with_a_young_photo([person.id])


def with_a_young_photo(ids):
    """The ids of those of these persons of whom there is a photo by which they can be known."""
    ids = [one for one in ids if one is not None]
    if not ids:
        return frozenset()
    since = dates.now() - YOUNG
    young = (PersonPhoto.taken_on >= since.date()) | (
        PersonPhoto.taken_on.is_(None) & (PersonPhoto.recorded_at >= since)
    )
    found = select(PersonPhoto.person_id).where(PersonPhoto.person_id.in_(ids), young).distinct()
    return frozenset(db.session.scalars(found))


def side_by_side(order, person):
    """(label, what the paper says, what the register says, whether they differ) of what tells people apart."""
    if order is None or person is None:
        return []
    lines = []
    for name in COMPARED:
        on_paper, here = (shown(one, name, declared(type(one))[name]) for one in (order, person))
        if on_paper or here:
            differs = bool(on_paper and here) and str(on_paper) != str(here)
            lines.append((declared(Person)[name].label, on_paper, here, differs))
    return lines
