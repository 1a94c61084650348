"""Work list of a unit: open orders by age, offence class, next step and due date, with counts.

Every query uses an index that begins with the user's scope and the state. A count reads the index alone and stops at
its limit.
"""
# unrestricted: counts and selects ids within the reader's scope through an index; shows no row

from dataclasses import asdict, dataclass, replace

from flask_babel import lazy_gettext as _
from sqlalchemy import false, or_, select
from sqlalchemy.orm import joinedload

from app.court_orders import due_dates, state_machine
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.models.matches import OPEN_STATES, in_states
from app.kernel.access.area import in_area, is_of_units
from app.kernel.audit.access_log import find_unregistered
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.reference.search import find_units_below, is_unit
from app.reference.unit_paths import list_own_units

order_columns, match_columns = CourtOrder.__table__.c, OrderMatch.__table__.c
LISTS = {
    "active": _("Not yet executed"),
    "overdue": _("Overdue"),
    "check": _("To be checked"),
    "assign": _("To be assigned"),
    "validate": _("To be validated"),
    "return": _("To be returned"),
    "suspended": _("Do not execute"),
}


@dataclass(frozen=True)
class WorklistQuery:
    """Selection of a work list: which list, age band, offence class, and whether only the user's unit.

    `unit` is the code of another unit: only its orders and those of the units below it.
    """

    list: str = "active"
    band: str = ""
    offence_class: str = ""
    own: bool = False
    unit: str = ""

    @classmethod
    def from_args(cls, args):
        """Return the query in the URL arguments. Unknown values are ignored."""
        choices = {"list": LISTS, "band": [key for key, _most, _words in due_dates.BANDS],
                  "offence_class": code_lists.keys("offence_class")}  # fmt: skip
        known = {name: args[name] for name, values in choices.items() if args.get(name) in values}
        unit = args.get("unit", "")
        return cls(**known, own=args.get("own") == "1", unit=unit if is_unit(unit) else "")

    @property
    def args(self):
        """Return the query as URL arguments."""
        return {
            name: value for name, value in (asdict(self) | {"own": "1" if self.own else ""}).items() if value
        }


def _scope_conditions(scope):
    """Return the conditions of the user's scope on the columns of an order. The case is not considered."""
    if scope is None:
        return [false()]
    if scope.is_unrestricted:
        return []
    found = [in_area(order_columns, scope.area)] if scope.area else []
    return found + (
        [order_columns.family.in_(sorted(scope.offence_families))] if scope.offence_families else []
    )


def build_conditions(query, scope):
    """Return (conditions of the list, columns of its sort order)."""
    today = dates.now().date()
    status = {
        "check": state_machine.RECEIVED,
        "return": state_machine.EXECUTED,
        "suspended": state_machine.SUSPENDED,
    }.get(query.list, state_machine.ACTIVE)
    found = [*_scope_conditions(scope), order_columns.voided_at.is_(None)]
    # An order with this next step is always active.
    found.append(
        order_columns.next_step == "assign" if query.list == "assign" else order_columns.status == status
    )
    order = (order_columns.issued_on, order_columns.id)
    if query.list in ("overdue", "return"):
        order = (order_columns.due_on, order_columns.id)
    if query.list == "overdue":
        found.append(order_columns.due_on < today)
    elif query.list == "validate":
        found.append(order_columns.validate_by < today)
        order = (order_columns.validate_by, order_columns.id)
    if query.band:
        latest, earliest = due_dates.issue_dates_in(query.band)
        found.append(order_columns.issued_on <= latest)
        found += [order_columns.issued_on >= earliest] if earliest else []
    if query.offence_class:
        found.append(order_columns.offence_class == query.offence_class)
    return found, order


def select_ids(query, scope, own_unit):
    """Return the statement for the ids of a list, oldest or most overdue first. An index alone answers it.

    It uses the plain table, like the counts. With the row filter of the session, PostgreSQL estimates the list as very
    short and reads and sorts all of it.
    """
    if query.own and scope is not None:
        # The area of an order is the area of its unit in charge. No index covers a condition on both.
        scope = replace(scope, area="")
    found, order = build_conditions(query, scope)
    if query.own:
        found.append(order_columns.owner_unit_code.in_(list_own_units(own_unit)))
    elif query.unit:  # within the area of the scope, because any code may be in the URL
        found.append(order_columns.owner_unit_code.in_(find_units_below(query.unit)))
    return select(order_columns.id).where(*found).order_by(*order)


def select_orders(query, scope, ids):
    """Return the statement for the orders with these ids, in the order of the list."""
    _found, order = build_conditions(query, scope)
    people = joinedload(CourtOrder.person), joinedload(CourtOrder.case)  # decide whether the person is sought
    return select(CourtOrder).where(order_columns.id.in_(ids)).options(*people).order_by(*order)


def select_counted_orders(query, scope):
    """Return the statement for the ids of the orders of a query, which a dashboard card counts.

    It uses the plain table: no index holds the columns of the row filter, so every row would be read. The conditions are
    already narrower than the row filter.
    """
    return select(order_columns.id).where(*build_conditions(query, scope)[0])


def find_people(orders):
    """Return the people of a list of orders for its event: their ids, and the orders that name a person without a record."""
    others = [order for order in orders if order.person_id is None]
    people = [order.person_id for order in orders if order.person_id is not None]
    return {"people": people, "unregistered": find_unregistered(others)}


def select_match_ids(states, scope):
    """Return the statement for the ids of matches in these states in the user's area, in list order.

    It uses an index alone and the plain table, like the list of orders.
    """
    return (
        select(match_columns.id)
        .where(*_match_conditions(states, scope))
        .order_by(*_match_order(states, match_columns))
    )


def select_matches(states, ids):
    """Return the statement for the matches with these ids, each with its order if the user can see it."""
    found = select(OrderMatch, CourtOrder).outerjoin(CourtOrder, CourtOrder.id == OrderMatch.order_id)
    return found.where(OrderMatch.id.in_(ids)).order_by(*_match_order(states, OrderMatch))


def _match_order(states, columns):
    """Return the sort columns: the earliest deadline first, and the latest first for answered matches."""
    order = columns.due_at, columns.id
    return order if states is OPEN_STATES else [column.desc() for column in order]


def _match_conditions(states, scope):
    if scope is None:
        return [false()]
    found = [in_states(states, match_columns), *([in_area(match_columns, scope.area)] if scope.area else [])]
    if scope.offence_families and not scope.is_unrestricted:
        units = match_columns.unit_code, match_columns.owner_unit_code
        own_unit = (is_of_units(one, scope.units) for one in units)
        found.append(or_(match_columns.family.in_(sorted(scope.offence_families)), *own_unit))
    return found
