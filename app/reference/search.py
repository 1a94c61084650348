"""Finding places, units, courts, prisons and code words while somebody types (offences: `offence_search`).

Each answer is a list of {"id", "text", "detail", "mark", "icon"}, best first, in the reader's language.
`text` is the name, `mark` the [start, end] in it that was asked for (or None), `detail` tells it from its
like. Words may stand in any order, in either script. Nothing here is about a person: a question may stand
in a URL.
"""

from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists
from app.kernel.schema.code_lists import Code
from app.kernel.schema.display import language
from app.reference import name_folding
from app.reference.load import read
from app.reference.models import Court, Prison, Unit
from app.reference.offence_search import find_offences
from app.reference.place_index import joined, places

__all__ = [
    "find_codes",
    "find_courts",
    "find_offences",
    "find_places",
    "find_prisons",
    "find_units",
    "place_path",
]

EXACT, BEGINS, INSIDE, BESIDE = range(4)


def find_places(text, limit=8, prefer_area=None):
    """Villages, communes, districts and provinces by any part of their names, or by their code.

    Several words narrow down across the levels ("svay pao battambang"). On equal terms what lies in
    `prefer_area` (an official code) comes before the rest.
    """
    asked = name_folding.words(text)
    if not asked:
        return []
    index, reader = places(), language()
    return [_place(index, number, asked, reader) for number in index.find(asked, limit, prefer_area)]


def _place(index, number, asked, reader):
    entry = index.entries[number]
    shown = index.said(number, reader)
    mark = name_folding.mark(shown, asked)
    nest = joined([index.said(place, reader) for place in entry.lineage[1:]], reader)
    if mark is None and not asked[0].isdecimal():
        # Asked for in the other script: without that name nobody sees why this place was found.
        nest = " · ".join(filter(None, (entry.names["en" if reader == "km" else "km"], nest)))
    return _row(entry.code, shown, nest, mark, "map-pin")


def place_path(code, reader=None):
    """The address of a place in words, small to large, in the reader's language or in `reader` (km, en)."""
    return places().path(code, reader or language())


def find_units(text, limit=8):
    """Police units by any part of their names or of the unit above, which is the detail."""
    units = _units.get()

    def above(unit, reader):
        return _name(units[unit.parent_code].row, reader) if unit.parent_code else ""

    return _find_named(units, text, limit, above, "shield")


def find_courts(text, limit=8):
    """Courts by any part of their names or of a province they serve; the provinces are the detail."""
    return _find_named(_courts.get(), text, limit, _served, "gavel")


def find_prisons(text, limit=8):
    """Prisons by any part of their names or of their province, which is the detail."""
    return _find_named(_prisons.get(), text, limit, _province, "door-closed")


def find_codes(codes_name, text, limit=8, retired=False):
    """Words of a code list in force today: by either word, by key, or by `data/code_words.tsv`.

    With `retired` also what was in force once, behind the others of its rank; its detail says so.
    """
    in_force, known = dict(code_lists.choices(codes_name)), _codes.get()

    def detail(row, reader):
        return "" if row.key in in_force else gettext("no longer in force")

    offered = code_lists.ever(codes_name) if retired else in_force
    return _find_named({key: known[codes_name][key] for key in offered}, text, limit, detail, "list")


def _served(court, reader):
    # The Supreme Court serves all of them: nothing to tell it by.
    return " · ".join(place_path(area, reader) for area in court.area.split(",")) if court.appeal_code else ""


def _province(prison, reader):
    return place_path(prison.province_code, reader)


class Known(NamedTuple):
    """A row with the forms of its own names, each between spaces, and those of what it belongs to."""

    row: Any
    own: str
    beside: str = ""


def _find_named(known, text, limit, detail, icon):
    """The best of `known` (id → Known) in which every word of `text` occurs, in the names or beside them."""
    asked, reader, found = name_folding.words(text), language(), []
    if not asked:
        return []
    forms = name_folding.runs(asked)
    for place, (key, (row, own, beside)) in enumerate(known.items()):
        if all(word in own or f" {name_folding.fold(word)}" in own or word in beside for word in asked):
            found.append((_rank(own, forms, asked), place, key, row))
    found.sort(key=lambda hit: hit[:2])
    return [
        _row(key, _name(row, reader), detail(row, reader), name_folding.mark(_name(row, reader), asked), icon)
        for _how, _place, key, row in found[:limit]
    ]


def _rank(own, forms, asked):
    """How the part of the question that fits best stands in the names; last what only belongs to such a one."""
    for how, end in ((EXACT, " "), (BEGINS, "")):
        if any(f" {plain}{end}" in own or f" {folded}{end}" in own for _words, plain, folded in forms):
            return how
    return INSIDE if any(word in own for word in asked) else BESIDE


def _name(row, reader):
    return row.name_en if reader == "en" else row.name_km


def _row(key, text, detail, mark, icon):
    return {"id": key, "text": text, "detail": detail, "mark": mark, "icon": icon}


def _named(model, *order, beside=lambda row, rows: ()):
    """The rows of a small table, kept in memory; `beside(row, rows)` names what a row belongs to."""

    def read_all():
        with db.engine.connect() as connection:
            found = connection.execute(select(model.__table__).order_by(*order, model.code)).all()
        rows = {row.code: row for row in found}
        return {
            code: Known(row, _own(row.name_km, row.name_en, code), name_folding.variants(*beside(row, rows)))
            for code, row in rows.items()
        }

    return versioned_cache.Cached("reference", read_all)


def _own(*names):
    return f" {name_folding.variants(*names)} "


def _read_codes():
    street, lists = {}, {}
    for row in read("code_words"):
        street.setdefault((row["list"], row["key"]), []).append(row["words"])
    with db.engine.connect() as connection:
        for row in connection.execute(select(Code.__table__).order_by(Code.position, Code.id)):
            own = _own(row.name_km, row.name_en, row.key, *street.get((row.list, row.key), ()))
            lists.setdefault(row.list, {})[row.key] = Known(row, own)
    return lists


def _names_above(unit, units):
    above = units.get(unit.parent_code)
    return (above.name_km, above.name_en) if above else ()


# The wider the area of a unit, the earlier: a province before its districts.
_units = _named(Unit, func.length(func.coalesce(Unit.area_code, "")), beside=_names_above)
# The courts of first instance before those of appeal.
_courts = _named(
    Court, Court.level.desc(), beside=lambda court, _: (_served(court, "km"), _served(court, "en"))
)
_prisons = _named(Prison, beside=lambda prison, _: (_province(prison, "km"), _province(prison, "en")))
_codes = versioned_cache.Cached("codes", _read_codes)
