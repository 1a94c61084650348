"""Queries for the rules of orders and their events."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.cases.models import Involvement
from app.court_orders import custody_port, state_machine
from app.court_orders.models import CourtOrder, OrderFile
from app.court_orders.rules import OrderFacts, number_key
from app.court_orders.rules.events import DOCUMENTED_KINDS
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.text import dates
from app.people import status
from app.people.models import Person, PersonPhoto
from app.people.nationwide import nationwide_session
from app.reference import time_limits
from app.reference.models import Unit

# The person as named in the order: the fields that orders and persons share.
NAMED_FIELDS = [name for name in field_names_on(CourtOrder, "add") if name in fields_of(Person)]
COMPARED_FIELDS = [
    name for name in NAMED_FIELDS if name not in ("age_stated", "home")
]  # these change with time
MAX_PHOTO_AGE = timedelta(days=5 * 365)  # a newer photo still shows the person (V040)


def current_scope():
    """Return the scope of the current user."""
    return actor_of(db.session).scope


def load_order_facts(order):
    """Return the facts for a new or changed order."""
    number, unit = _find_duplicate(order)
    return OrderFacts(now=order.recorded_at or dates.now(), duplicate_number=number, unit_of_duplicate=unit)


def _find_duplicate(order):
    """Return the number of an order with the same court, number and date, from any unit, and its unit in charge.

    A void order does not count: it is entered again with the right case or person. Nor does a rejected one, which can be
    invented. Without such an order both values are None.
    """
    if not (order.court_code and order.number and order.issued_on):
        return None, None
    conditions = (
        CourtOrder.court_code == order.court_code,
        CourtOrder.number_key == number_key(order.number),
        CourtOrder.issued_on == order.issued_on,
        CourtOrder.id != (order.id or 0),
        *paper_counts(),
    )
    found = select(CourtOrder.number, Unit.name_km, Unit.phone).outerjoin(
        Unit, Unit.code == CourtOrder.owner_unit_code
    )
    with nationwide_session(protected_too=True) as session:
        row = session.execute(found.where(*conditions).limit(1)).first()
    return (row.number, " · ".join(filter(None, row[1:])) or None) if row is not None else (None, None)


# What the state of an order is computed from.
STATE_OF_ORDER = (CourtOrder.acts, CourtOrder.person, CourtOrder.case)


def paper_counts():
    """Return the conditions that an order blocks another entry of its paper, as in the unique index."""
    return CourtOrder.voided_at.is_(None), CourtOrder.status != state_machine.REJECTED


def load_event_facts(event):
    """Return the facts for a new event. Facts that only a check needs are queried for checks only."""
    now, actor = dates.now(), actor_of(db.session)
    order, person = event.order, event.person
    if order is None:
        return OrderFacts(now=now, actor_id=actor.user_id)
    return OrderFacts(
        now=now,
        actor_id=actor.user_id,
        is_authors_account=event.kind in ("checked", "rejected") and _is_authors_account(order, actor),
        died_on=getattr(person, "deceased_on", None),
        photo_is_old=event.kind in ("checked", "validated") and _lacks_recent_photo(person),
        has_scan=event.kind != "checked" or _has_scan(order),
        arrests=custody_port.find_arrests(order) if event.kind == "executed" else None,
        acquittal_no=_find_acquittal_no(order) if event.kind == "restored" else None,
        has_document_scan=event.kind not in DOCUMENTED_KINDS or _has_scan(order, event.document_date),
        **(_load_check_facts(order, person) if event.kind == "checked" else {}),
        **(custody_port.find_supervisions(order) if _ends_supervision(event) else {}),
        limits=time_limits.get_limits(),
    )


def _ends_supervision(event):
    return event.kind == "recalled" and event.order.kind == "supervision"


def _is_authors_account(order, actor):
    """Return True if the actor seems to be the author of the order under another account."""
    with db.session.no_autoflush:
        author, user = (db.session.get(User, one or 0) for one in (order.recorded_by_id, actor.user_id))
        return author is not None and user is not None and share_identity(user, author)


def _load_check_facts(order, person):
    """Return the facts that only the verification needs. Another status can hide that the person is held."""
    ids = [person.id] if person is not None and person.id else []
    found = {one.status for one in status.list_facts(db.session, ids)}
    return {
        "is_detained": not found.isdisjoint(status.IMPRISONED) if person is not None else None,
        "is_in_custody": status.IN_CUSTODY in found,
        "acquitted_on": _find_acquittal_date(person) if order.case_id is None else None,
        "differences": find_identity_conflicts(order, person) if person is not None else (),
    }


def _find_acquittal_no(order):
    decision = custody_port.find_acquittal(db.session, order.person_id, order.case_id)
    return decision.document_no if decision is not None else None


def _find_acquittal_date(person):
    """Return the date of the last final decision that cleared the person in any case, nationwide."""
    if person is None or person.id is None:
        return None
    found = select(func.max(Involvement.ended_on)).where(
        Involvement.person_id == person.id, Involvement.voided_at.is_(None)
    )
    with nationwide_session(protected_too=True) as session:
        return session.scalar(found)


def find_identity_conflicts(order, person):
    """Return the labels of sex, birth and nationality where the order and the person differ. Empty fields do not count.

    The year of birth counts, and not the day: papers often give the year alone.
    """
    pairs = {
        "sex": (order.sex, person.sex),
        "born_on": (
            order.born_on and order.born_on.year,
            person.born_on.year if person.born_on else person.birth_year,
        ),
        "nationality": (order.nationality, person.nationality),
    }
    labels = fields_of(Person)
    return tuple(
        labels[name].label
        for name, (named, known) in pairs.items()
        if named and known and named != known and "unknown" not in (named, known)
    )


def _has_scan(order, since=None):
    """Return whether a scan of the order, or of a document of this date, is attached."""
    found = select(OrderFile.id).where(OrderFile.order_id == order.id, OrderFile.voided_at.is_(None))
    if since is not None:
        found = found.where(OrderFile.recorded_at >= datetime.combine(since, time()))
    return db.session.scalar(found.limit(1)) is not None


def _lacks_recent_photo(person):
    return person is not None and person.id not in find_people_with_recent_photo([person.id])


def find_people_with_recent_photo(ids):
    """Return the ids of these people who have a photo from the last five years."""
    ids = [one for one in ids if one is not None]
    if not ids:
        return frozenset()
    since = dates.now() - MAX_PHOTO_AGE
    is_recent = (PersonPhoto.taken_on >= since.date()) | (
        PersonPhoto.taken_on.is_(None) & (PersonPhoto.recorded_at >= since)
    )
    found = select(PersonPhoto.person_id).where(PersonPhoto.person_id.in_(ids), is_recent).distinct()
    return frozenset(db.session.scalars(found))


def compare_identity(order, person):
    """Return [(label, value in the order, value in E-Crime, whether they differ)] for the identity fields."""
    if order is None or person is None:
        return []
    rows = []
    for name in COMPARED_FIELDS:
        in_order, in_system = (format_field(one, name, fields_of(type(one))[name]) for one in (order, person))
        if in_order or in_system:
            differs = bool(in_order and in_system) and str(in_order) != str(in_system)
            rows.append((fields_of(Person)[name].label, in_order, in_system, differs))
    return rows
