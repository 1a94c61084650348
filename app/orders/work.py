"""The work list of a unit: its open orders by age, gravity, next step and what is overdue; and how many there are.

Every question is a lookup in an index that begins with the part of the reader and the state; a count stops where it
says no more than «more than that».
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.extensions import db
from app.kernel import dates
from app.kernel.areas import lies_in
from app.orders import clocks, life
from app.orders.models import CourtOrder, Hit

MOST = 1000  # counted; beyond it stands «1000+»
PAGE = 50
LISTS = ("active", "check", "assign", "overdue", "validate", "return", "held")


@dataclass(frozen=True)
class Asked:
    """What of the list is asked for: which list, which age band, which class of offence, whose."""

    list: str = "active"
    band: str = ""
    offence_class: str = ""
    own: bool = False


def _within(scope):
    if scope is None or scope.everything:
        return []
    bounds = [lies_in(CourtOrder, scope.area)] if scope.area else []
    return bounds + ([CourtOrder.family.in_(sorted(scope.families))] if scope.families else [])


def conditions(asked, scope):
    """(the conditions of a list, the columns of its order)."""
    today = dates.now().date()
    status = {"check": life.RECEIVED, "return": life.EXECUTED, "held": life.HELD}.get(asked.list, life.ACTIVE)
    found = [*_within(scope), CourtOrder.status == status, CourtOrder.voided_at.is_(None)]
    order = (CourtOrder.issued_on, CourtOrder.id)
    if asked.list in ("overdue", "validate", "return"):
        order = (CourtOrder.due_on, CourtOrder.id)
    if asked.list == "overdue":
        found.append(CourtOrder.due_on < today)
    elif asked.list == "validate":
        found.append(CourtOrder.validate_by < today)
        order = (CourtOrder.issued_on, CourtOrder.id)
    elif asked.list == "assign":
        found.append(CourtOrder.next_step == "assign")
    if asked.band:
        latest, earliest = clocks.days_of(asked.band)
        found.append(CourtOrder.issued_on <= latest)
        found += [CourtOrder.issued_on >= earliest] if earliest else []
    if asked.offence_class:
        found.append(CourtOrder.offence_class == asked.offence_class)
    return found, order


def orders(asked, scope, own_unit):
    """The first orders of a list, the oldest or most overdue first."""
    found, order = conditions(asked, scope)
    if asked.own:
        found.append(CourtOrder.owner_unit_code == own_unit)
    return (
        db.session.scalars(select(CourtOrder).where(*found).order_by(*order).limit(PAGE + 1)).unique().all()
    )


def counts(lists, scope):
    """How many stand in each of these lists, at most `MOST` and one, in one statement."""
    asked = [_counted(CourtOrder.id, *conditions(one, scope)) for one in lists]
    return tuple(db.session.execute(select(*asked)).one())


def _counted(column, conditions, order):
    """A number that is counted no further than `MOST` and one, along the index of the list."""
    some = select(column).where(*conditions).order_by(*order).limit(MOST + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def hits_waiting(scope):
    there = [lies_in(Hit, scope.area)] if scope is not None and scope.area else []
    waiting = Hit.state.in_(("waiting", "longer"))
    return db.session.scalar(select(_counted(Hit.id, [waiting, *there], (Hit.due_at,))))
