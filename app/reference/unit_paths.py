"""Cached names of a unit and all units above it."""

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.display import reader_language
from app.reference.models import Unit


def _load():
    unit = Unit.__table__.c
    with db.engine.connect() as connection:
        rows = connection.execute(select(unit.code, unit.name_km, unit.name_en, unit.parent_code)).all()
    return {row.code: row for row in rows}


_units = versioned_cache.VersionedCache("reference", _load)


def find_unit_path(code):
    """Return the names from the highest unit down to the unit with this code, in the reader's language."""
    units, reader, found, seen = _units.get(), reader_language(), [], set()
    while code in units and code not in seen:
        seen.add(code)
        unit = units[code]
        found.append(unit.name_en if reader == "en" else unit.name_km)
        code = unit.parent_code
    return found[::-1]
