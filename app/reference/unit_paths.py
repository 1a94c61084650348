"""Cached names of a unit and all units above it, and the succession of closed units."""

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.display import reader_language
from app.reference.models import Unit
from app.reference.periods import has_ended


def _load():
    unit = Unit.__table__.c
    with db.engine.connect() as connection:
        columns = (
            unit.code,
            unit.name_km,
            unit.name_en,
            unit.parent_code,
            unit.area_code,
            unit.successor_code,
            unit.valid_to,
        )
        rows = connection.execute(select(*columns).order_by(unit.code)).all()
    return {row.code: row for row in rows}


def _group_by_successor():
    former = {}
    for row in _units.get().values():
        if row.successor_code:
            former[row.successor_code] = (*former.get(row.successor_code, ()), row.code)
    return former


_units = versioned_cache.VersionedCache("reference", _load)
_former_units = versioned_cache.VersionedCache("reference", _group_by_successor)


def find_unit_path(code):
    """Return the names from the highest unit down to the unit with this code, in the reader's language."""
    units, reader, found, seen = _units.get(), reader_language(), [], set()
    while code in units and code not in seen:
        seen.add(code)
        unit = units[code]
        found.append(unit.name_en if reader == "en" else unit.name_km)
        code = unit.parent_code
    return found[::-1]


def find_closed_units():
    """Return the codes of the units that exist no more."""
    return {code for code, unit in _units.get().items() if has_ended(unit)}


def find_former_units(code):
    """Return the codes of the closed units that this unit replaced, as a tuple."""
    return _former_units.get().get(code, ())


def find_current_unit(code):
    """Return the code of the unit that acts for this one: its successor if it is closed, else itself."""
    unit = _units.get().get(code)
    return unit.successor_code if unit is not None and unit.successor_code else code


def find_area(code):
    """Return the code of the area of a unit; None for a department or an unknown unit."""
    unit = _units.get().get(code)
    return unit.area_code if unit is not None else None


def find_acting_unit(code):
    """Return the row of the unit that acts for this one, or None: code, names, `parent_code` and `area_code`."""
    units = _units.get()
    unit = units.get(code)
    return units.get(unit.successor_code) if unit is not None and unit.successor_code else unit


def list_own_units(code):
    """Return the code of a unit and the codes of the closed units that it replaced."""
    return (code, *find_former_units(code))
