"""Who answers for a unit: the one to whom a message about it goes beside the unit itself."""

from app.extensions import db
from app.reference.models import Unit

CHIEF = "Provincial chief"
NATIONAL = "Criminal police monitor"  # watches over what has no provincial chief, and over all who are late


def line_of(unit_code):
    """The unit of that code, then those above it in its province, the nearest first; a department stands alone."""
    unit = db.session.get(Unit, unit_code) if unit_code else None
    if unit is None:
        return []
    line = [unit]
    while unit.area_code and unit.parent_code:
        above = db.session.get(Unit, unit.parent_code)
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


def chief_of(unit_code):
    """(role, code of the unit) of who answers for a unit: its provincial chief; of the nation where it has none."""
    line = line_of(unit_code)
    return (CHIEF, line[-1].code) if line and line[-1].area_code else (NATIONAL, None)
