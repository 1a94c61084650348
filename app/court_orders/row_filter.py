"""Which orders are somebody's part: by the area of the unit that searches, by family, by the unit that received it,
by a case that was shared and a person who was opened."""

from sqlalchemy import and_, exists, or_
from sqlalchemy.sql import column, table

from app.kernel.access.area import LEVELS, lies_in

# The bare table: a criterion that named the class would be bounded by its own criterion again.
_orders = table(
    "court_order", *map(column, ("id", "unit_code", "family", "case_id", "person_id", *LEVELS.values()))
).c


def order_within(columns, scope):
    """The criterion for rows with the columns of an order; None where all are seen."""
    if scope.everything or scope.whole:
        return None
    bounds = [lies_in(columns, scope.area)] if scope.area else []
    bounds += [columns.family.in_(sorted(scope.families))] if scope.families else []
    beyond = [columns.unit_code == scope.unit]
    beyond += [columns.case_id.in_(sorted(scope.shared))] if scope.shared else []
    beyond += [columns.person_id.in_(sorted(scope.opened))] if scope.opened else []
    return or_(and_(*bounds), *beyond)


class OfOrder:
    """A row that hangs on an order is seen where the order is."""

    @classmethod
    def __within__(cls, scope):
        within = order_within(_orders, scope)
        return None if within is None else exists().where(_orders.id == cls.order_id, within)
