"""The period in which a unit or a court exists, from its first to its last day."""

from app.kernel.text import dates


def has_ended(row):
    """Return whether a unit or court exists no more. A unit ends when its successor takes over."""
    is_replaced = getattr(row, "successor_code", None) is not None
    return is_replaced or (row.valid_to is not None and row.valid_to < dates.now().date())


def is_selectable(row):
    """Return whether a new record may name the unit or court."""
    return not has_ended(row) and (row.valid_from is None or row.valid_from <= dates.now().date())
