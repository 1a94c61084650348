"""The units above a unit, and who answers for it."""

from app.extensions import db
from app.reference.models import Unit

CHIEF = "Provincial chief"
NATIONAL = "Criminal police monitor"  # watches over what has no provincial chief, and over all who are late
HELD = "units of lines"  # what a session keeps of this in `info`


def _unit(code):
    """The unit, read once in a transaction: a session forgets what nobody holds, and a clock asks for each of thousands."""
    unit = db.session.get(Unit, code)
    db.session.info.setdefault(HELD, set()).add(unit)
    return unit


def line_of(unit_code):
    """The unit of that code, then those above it in its province, the nearest first; a department stands alone."""
    unit = _unit(unit_code) if unit_code else None
    if unit is None:
        return []
    line = [unit]
    while unit.area_code and unit.parent_code:
        above = _unit(unit.parent_code)
        if (
            above is None
            or not above.area_code
            or above in line
            or not unit.area_code.startswith(above.area_code)
        ):
            break
        unit = above
        line.append(unit)
    return line


def is_of_owner(user, unit_code):
    """Whether `user` serves in the unit of that code, or above it in the same province."""
    if not unit_code or not user.unit_code:
        return False
    return user.unit_code == unit_code or user.unit_code in {unit.code for unit in line_of(unit_code)}


def chief_of(unit_code):
    """(role, code of the unit) of who answers for a unit: its provincial chief; of the nation where it has none."""
    line = line_of(unit_code)
    return (CHIEF, line[-1].code) if line and line[-1].area_code else (NATIONAL, None)
