"""Who sees a letter: the unit that writes it, the units that receive it, and the units with the whole area of one of them."""

from sqlalchemy import String, and_, column, exists, func, or_, select, table

from app.court_orders.row_filter import exclude_blind_orders
from app.kernel.access.area import exclude_blind, is_of_units

WITHDRAWN = "withdrawn"
# Plain tables: a criterion on the class would get its own row filter again.
_units = table("unit", column("code", String), column("area_code", String)).c
_letters = table("letter", column("id"), column("case_id"), column("order_id")).alias("named").c
_received = (
    table(
        "letter_recipient", column("letter_id"), column("to_unit_code"), column("state"), column("opened_at")
    )
    .alias("received")
    .c
)


def is_in_scope(unit_code, scope):
    """Return the condition that a unit is one of the scope, or in its area. The scope is not nationwide."""
    own = is_of_units(unit_code, scope.units)
    if scope.offence_families:
        return own
    inside = func.substr(_units.area_code, 1, len(scope.area)) == scope.area
    return or_(own, unit_code.in_(select(_units.code).where(inside)))


def filter_letters(letters, scope, is_opened=False):
    """Return the row filter of letters, or None if the scope has all of them. `letters` has their columns.

    No one sees a deleted draft. A receiver no longer sees a letter that was withdrawn. With `is_opened` it sees only what it has opened.
    """
    if scope.is_unrestricted:
        return None
    is_kept = _exclude_blind(letters.deleted_at.is_(None), letters, scope)
    if scope.is_nationwide:
        return is_kept
    is_received = exists().where(
        _received.letter_id == letters.id,
        is_in_scope(_received.to_unit_code, scope),
        _received.state != WITHDRAWN,
        *([_received.opened_at.is_not(None)] if is_opened else ()),
    )
    return and_(is_kept, or_(is_in_scope(letters.unit_code, scope), is_received))


def filter_recipients(recipients, scope):
    """Return the row filter of the recipients of letters, or None if the scope has all of them."""
    if scope.is_unrestricted or scope.is_nationwide:
        return None
    within = or_(is_in_scope(recipients.unit_code, scope), is_in_scope(recipients.to_unit_code, scope))
    if not scope.blind_case_ids:
        return within
    return and_(within, exists().where(_exclude_blind(_letters.id == recipients.letter_id, _letters, scope)))


def _exclude_blind(condition, letters, scope):
    """Return the condition without letters about a case whose line-up the reader shows to a witness, or its orders."""
    return exclude_blind_orders(exclude_blind(condition, letters.case_id, scope), letters.order_id, scope)
