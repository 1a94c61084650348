"""Row filter of orders: the scope that makes an order visible.

The scope covers the area of the executing unit, the offence family, the unit that received the order, shared cases,
people opened through break-glass access, orders opened by a confirmed match, and orders that the session itself has moved
to another unit.
"""

from sqlalchemy import and_, exists, or_
from sqlalchemy.sql import column, table

from app.kernel.access.area import LEVELS, in_area

# A plain table: the session would add the row filter of the class to a condition on the class.
_orders = table(
    "court_order", *map(column, ("id", "unit_code", "family", "case_id", "person_id", *LEVELS.values()))
).c


def build_order_filter(columns, scope):
    """Return the condition for rows with the columns of an order, or None if the scope has no limit."""
    if scope.is_unrestricted or scope.is_nationwide:
        return None
    inside = [in_area(columns, scope.area)] if scope.area else []
    inside += [columns.family.in_(sorted(scope.offence_families))] if scope.offence_families else []
    outside = [columns.unit_code == scope.unit]
    outside += [columns.case_id.in_(sorted(scope.shared_case_ids))] if scope.shared_case_ids else []
    outside += [columns.person_id.in_(sorted(scope.break_glass_ids))] if scope.break_glass_ids else []
    opened = scope.moved_order_ids | scope.matched_order_ids
    outside += [columns.id.in_(sorted(opened))] if opened else []
    return or_(and_(*inside), *outside)


class OrderChild:
    """Mixin for rows linked to an order: they are visible where the order is visible."""

    __row_policy__ = "of_order"
    __parents__ = ("order",)

    def is_in_scope(self, _scope):
        """Return True for a loaded order: links to other orders were rejected."""
        return self.order is not None

    @classmethod
    def __row_filter__(cls, scope):
        within = build_order_filter(_orders, scope)
        return None if within is None else exists().where(_orders.id == cls.order_id, within)
