"""Row filter of orders: the scope that makes an order visible.

The scope covers the area of the executing unit, the offence family, the unit that received the order, shared cases,
people opened through break-glass access, orders opened by a confirmed match, and orders that the session itself has moved
to another unit. An officer who shows the photos of a line-up sees no order of its case meanwhile.

An order against a person below 18 is shown to all of them, but its person and scans only to some (`shows_minor`).
"""

from sqlalchemy import DateTime, and_, exists, or_, true
from sqlalchemy.sql import column, table

from app.kernel.access.area import LEVELS, exclude_blind, in_area, is_of_units

# A plain table: the session would add the row filter of the class to a condition on the class.
_orders = table(
    "court_order",
    *map(column, ("id", "unit_code", "family", "case_id", "person_id", *LEVELS.values())),
    *map(column, ("minor", "owner_unit_code", "recorded_by_id")),
    column("recorded_at", DateTime),
).c


def build_order_filter(columns, scope):
    """Return the condition for rows with the columns of an order, or None if the scope has no limit."""
    if scope.is_unrestricted:
        return None
    if scope.is_nationwide:
        return exclude_blind(None, columns.case_id, scope)
    inside = [in_area(columns, scope.area)] if scope.area else []
    inside += [columns.family.in_(sorted(scope.offence_families))] if scope.offence_families else []
    outside = [is_of_units(columns.unit_code, scope.units)]
    outside += [columns.case_id.in_(sorted(scope.shared_case_ids))] if scope.shared_case_ids else []
    outside += [columns.person_id.in_(sorted(scope.break_glass_ids))] if scope.break_glass_ids else []
    opened = scope.moved_order_ids | scope.matched_order_ids
    outside += [columns.id.in_(sorted(opened))] if opened else []
    return exclude_blind(or_(and_(*inside), *outside), columns.case_id, scope)


def exclude_blind_orders(condition, order_id, scope):
    """Return the row filter of rows with an order, without the orders of the cases that the reader may not see."""
    if not scope.blind_case_ids:
        return condition
    blind = exists().where(_orders.id == order_id, _orders.case_id.in_(sorted(scope.blind_case_ids)))
    return ~blind if condition is None else and_(condition, ~blind)


def shows_minor(order, scope):
    """Return whether the scope shows the name of a person below 18 on an order, as `people.visibility` shows the person."""
    if scope is None or scope.sees_minors:
        return scope is not None
    units, within = {order.unit_code, order.owner_unit_code}, scope.minors_within
    author, since = scope.entered_by or (None, None)
    return (
        (within is not None and (not units.isdisjoint(within.units) or is_within(order, within)))
        or not units.isdisjoint(scope.minors_held_by)
        or (author is not None and order.recorded_by_id == author and order.recorded_at >= since)
        or order.id in scope.matched_order_ids
        or order.person_id in scope.break_glass_ids
    )


def is_within(order, scope):
    """Return whether an order is in the area and of the offence families of the scope."""
    in_place = not scope.area or getattr(order, LEVELS[len(scope.area)]) == scope.area
    return in_place and (not scope.offence_families or order.family in scope.offence_families)


def _select_shown_minors(columns, scope):
    """Return the condition for orders of which the scope shows the person: `shows_minor` for a statement."""
    shown, within = [columns.minor.is_(False)], scope.minors_within
    units = columns.unit_code, columns.owner_unit_code
    if within is not None:
        inside = [in_area(columns, within.area)] if within.area else []
        inside += [columns.family.in_(sorted(within.offence_families))] if within.offence_families else []
        shown += [and_(true(), *inside), *(is_of_units(one, within.units) for one in units)]
    shown += [is_of_units(one, scope.minors_held_by) for one in units] if scope.minors_held_by else []
    if scope.entered_by is not None:
        author, since = scope.entered_by
        shown.append(and_(columns.recorded_by_id == author, columns.recorded_at >= since))
    shown += [columns.id.in_(sorted(scope.matched_order_ids))] if scope.matched_order_ids else []
    shown += [columns.person_id.in_(sorted(scope.break_glass_ids))] if scope.break_glass_ids else []
    return or_(*shown)


class OrderChild:
    """Mixin for rows linked to an order: they are visible where the order is visible."""

    __row_policy__ = "of_order"
    __parents__ = ("order",)
    __voided_with__ = ("order",)

    def is_in_scope(self, _scope):
        """Return True for a loaded order: links to other orders were rejected."""
        return self.order is not None

    @classmethod
    def __row_filter__(cls, scope):
        within = build_order_filter(_orders, scope)
        return None if within is None else exists().where(_orders.id == cls.order_id, within)


class OrderScan(OrderChild):
    """Mixin for scans of an order: they name the person, so they are visible where the person is."""

    @classmethod
    def __row_filter__(cls, scope):
        within = super().__row_filter__(scope)
        if scope.sees_minors or scope.is_unrestricted:
            return within
        shown = exists().where(_orders.id == cls.order_id, _select_shown_minors(_orders, scope))
        return shown if within is None else and_(within, shown)
