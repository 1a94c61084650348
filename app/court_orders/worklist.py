"""The work list of a unit: its open orders by age, gravity, next step and what is overdue; and how many there are.

Every question is a lookup in an index that begins with the part of the reader and the state. A count is answered by
that index alone, and stops where it says no more than «more than that».
"""

from dataclasses import asdict, dataclass, replace

from flask_babel import lazy_gettext as _
from sqlalchemy import false, func, or_, select

from app.court_orders import due_dates, state_machine
from app.court_orders.models import CourtOrder, Hit
from app.court_orders.models.matches import OPEN, is_among
from app.extensions import db
from app.kernel.access.area import lies_in
from app.kernel.schema import code_lists
from app.kernel.screens.dashboard import COUNTED
from app.kernel.text import dates

row, hit = CourtOrder.__table__.c, Hit.__table__.c
LISTS = {
    "active": _("Not yet executed"),
    "overdue": _("Overdue"),
    "check": _("To be checked"),
    "assign": _("To be assigned"),
    "validate": _("To be validated"),
    "return": _("To be returned"),
    "held": _("Do not execute"),
}


@dataclass(frozen=True)
class Asked:
    """What of the list is asked for: which list, which age band, which class of offence, whose."""

    list: str = "active"
    band: str = ""
    offence_class: str = ""
    own: bool = False

    @classmethod
    def read(cls, sent):
        """What an address asks for; of what nobody knows nothing is taken."""
        one_of = {"list": LISTS, "band": [key for key, _most, _words in due_dates.BANDS],
                  "offence_class": code_lists.keys("offence_class")}  # fmt: skip
        known = {name: sent[name] for name, values in one_of.items() if sent.get(name) in values}
        return cls(**known, own=sent.get("own") == "1")

    @property
    def args(self):
        """The same as it stands in an address."""
        return {
            name: value for name, value in (asdict(self) | {"own": "1" if self.own else ""}).items() if value
        }


def _within(scope):
    """What the reader's part is on the columns of an order. Of a part the order alone is asked, never its case."""
    if scope is None:
        return [false()]
    if scope.everything:
        return []
    bounds = [lies_in(row, scope.area)] if scope.area else []
    return bounds + ([row.family.in_(sorted(scope.families))] if scope.families else [])


def conditions(asked, scope):
    """(the conditions of a list, the columns of its order)."""
    today = dates.now().date()
    status = {
        "check": state_machine.RECEIVED,
        "return": state_machine.EXECUTED,
        "held": state_machine.HELD,
    }.get(asked.list, state_machine.ACTIVE)
    found = [*_within(scope), row.voided_at.is_(None)]
    # An order that waits for this step is active.
    found.append(row.next_step == "assign" if asked.list == "assign" else row.status == status)
    order = (row.issued_on, row.id)
    if asked.list in ("overdue", "return"):
        order = (row.due_on, row.id)
    if asked.list == "overdue":
        found.append(row.due_on < today)
    elif asked.list == "validate":
        found.append(row.validate_by < today)
        order = (row.validate_by, row.id)
    if asked.band:
        latest, earliest = due_dates.days_of(asked.band)
        found.append(row.issued_on <= latest)
        found += [row.issued_on >= earliest] if earliest else []
    if asked.offence_class:
        found.append(row.offence_class == asked.offence_class)
    return found, order


def ids(asked, scope, own_unit):
    """The statement of the ids of a list, the oldest or most overdue first, answered by an index alone.

    On the plain table, as the counts: with what the session adds, PostgreSQL takes a list for so short that it reads
    and sorts the whole.
    """
    if asked.own and scope is not None:
        scope = replace(
            scope, area=""
        )  # an order lies where the unit in charge of it does: asked of both, no index fits
    found, order = conditions(asked, scope)
    if asked.own:
        found.append(row.owner_unit_code == own_unit)
    return select(row.id).where(*found).order_by(*order)


def orders(asked, scope, ids):
    """The statement of the orders with these ids, in the order of the list."""
    _found, order = conditions(asked, scope)
    return select(CourtOrder).where(row.id.in_(ids)).order_by(*order)


def counts(lists, scope):
    """How many stand in each of these lists, at most `COUNTED` and one, in one statement.

    On the plain table: what the session adds to a model (who else sees an order) is in no index, and every row would
    be fetched for it. The conditions are narrower than that already.
    """
    asked = [_counted(row.id, conditions(one, scope)[0]) for one in lists]
    return tuple(db.session.execute(select(*asked)).one())


def _counted(column, conditions):
    """A number that is counted no further than `COUNTED` and one."""
    some = select(column).where(*conditions).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def hit_ids(states, scope):
    """The statement of the ids of the hits in these states in the reader's area, in the order of the list: by an index
    alone and on the plain table, as those of orders.
    """
    return select(hit.id).where(*_hits(states, scope)).order_by(*_in_order(states, hit))


def hits(states, ids):
    """The statement of the hits with these ids, each with its order where the reader sees that."""
    found = select(Hit, CourtOrder).outerjoin(CourtOrder, CourtOrder.id == Hit.order_id)
    return found.where(Hit.id.in_(ids)).order_by(*_in_order(states, Hit))


def _in_order(states, columns):
    """The next to be answered first; of those that are done the last."""
    order = columns.due_at, columns.id
    return order if states is OPEN else [column.desc() for column in order]


def hits_waiting(scope):
    # In the order of the list: SQLite would else read the table.
    some = hit_ids(OPEN, scope).limit(COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery()))


def _hits(states, scope):
    if scope is None:
        return [false()]
    found = [is_among(states, hit), *([lies_in(hit, scope.area)] if scope.area else [])]
    if scope.families and not scope.everything:
        of_unit = hit.unit_code == scope.unit, hit.owner_unit_code == scope.unit
        found.append(or_(hit.family.in_(sorted(scope.families)), *of_unit))
    return found
