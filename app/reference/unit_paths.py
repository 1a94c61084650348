"""The names of a unit and of all units above it, from memory."""

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.display import language
from app.reference.models import Unit


def _load():
    unit = Unit.__table__.c
    with db.engine.connect() as connection:
        rows = connection.execute(select(unit.code, unit.name_km, unit.name_en, unit.parent_code)).all()
    return {row.code: row for row in rows}


_units = versioned_cache.Cached("reference", _load)


def lineage(code):
    """The names from the highest unit down to the one of that code, in the reader's language."""
    units, reader, found, seen = _units.get(), language(), [], set()
    while code in units and code not in seen:
        seen.add(code)
        unit = units[code]
        found.append(unit.name_en if reader == "en" else unit.name_km)
        code = unit.parent_code
    return found[::-1]
