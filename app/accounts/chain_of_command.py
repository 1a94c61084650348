"""The chain of command: the units above a unit, and the chief responsible for it."""

from app.extensions import db
from app.reference.models import Unit
from app.reference.unit_paths import find_current_unit

CHIEF_ROLE = "Provincial chief"
NATIONAL_ROLE = "Criminal police monitor"  # for units without a provincial chief, and for all overdue work
CACHE_KEY = "units of the chain of command"  # in `session.info`


def _get_unit(code):
    """Return the unit, or the successor of a closed unit, loaded once in a transaction.

    The session refers to its objects weakly, and a scheduled job asks for the same unit thousands of times. So the
    unit is also stored in `session.info`.
    """
    unit = db.session.get(Unit, find_current_unit(code))
    db.session.info.setdefault(CACHE_KEY, set()).add(unit)
    return unit


def get_command_chain(unit_code):
    """Return the unit and the units above it in its province, nearest first. A department has none above it.

    The chain of a closed unit is that of its successor.
    """
    unit = _get_unit(unit_code) if unit_code else None
    if unit is None:
        return []
    chain = [unit]
    while unit.area_code and unit.parent_code:
        above = _get_unit(unit.parent_code)
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
