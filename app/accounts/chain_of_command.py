"""The chain of command: the units above a unit, and the chief responsible for it."""

from app.reference.unit_paths import find_acting_unit

CHIEF_ROLE = "Provincial chief"
NATIONAL_ROLE = "Criminal police monitor"  # for units without a provincial chief, and for all overdue work


def get_command_chain(unit_code):
    """Return the unit and the units above it in its province, nearest first. A department has none above it.

    The chain of a closed unit is that of its successor.
    """
    unit = find_acting_unit(unit_code) if unit_code else None
    if unit is None:
        return []
    chain = [unit]
    while unit.area_code and unit.parent_code:
        above = find_acting_unit(unit.parent_code)
        if (
            above is None
            or not above.area_code
            or above in chain
            or not unit.area_code.startswith(above.area_code)
        ):
            break
        unit = above
        chain.append(unit)
    return chain


def is_in_command_chain(user, unit_code):
    """Return whether `user` serves in the unit of that code, or above it in the same province."""
    if not unit_code or not user.unit_code:
        return False
    return user.unit_code == unit_code or user.unit_code in {
        unit.code for unit in get_command_chain(unit_code)
    }


def find_responsible_chief(unit_code):
    """Return (role, unit code) responsible for a unit: its provincial chief, else the national monitor."""
    chain = get_command_chain(unit_code)
    return (CHIEF_ROLE, chain[-1].code) if chain and chain[-1].area_code else (NATIONAL_ROLE, None)
