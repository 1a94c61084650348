"""Search of places, units, courts, prisons and code list values while the user types (offences: `offence_search`).

Each result is a list of {"id", "text", "detail", "mark", "icon"}, best first, in the reader's language. `text`
is the name, `mark` the matching [start, end] in it (or None), `detail` distinguishes it from similar names.
Words match in any order, in either script. No data here is about a person, so a query may appear in a URL.
"""

from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists
from app.kernel.schema.code_lists import Code
from app.kernel.schema.display import reader_language
from app.kernel.schema.fields import split_keys
from app.reference import name_folding
from app.reference.models import Court, Prison, Unit, mark_ended
from app.reference.offence_search import find_offences
from app.reference.periods import has_ended, is_selectable
from app.reference.place_index import get_place_index, join_address

__all__ = [
    "find_codes",
    "count_units",
    "find_courts",
    "find_offences",
    "find_places",
    "find_prisons",
    "find_units",
    "find_units_below",
    "get_unit_area",
    "is_unit",
    "list_subunits",
    "format_place_path",
]

EXACT, BEGINS, INSIDE, RELATED = range(4)


def find_places(text, limit=8, prefer_area=None):
    """Return villages, communes, districts and provinces by part of their names, or by their code.

    Several words narrow down across the levels ("svay pao battambang"). Among equal matches those in `prefer_area`
    (an official code) come first.
    """
    words = name_folding.split_words(text)
    if not words:
        return []
    index, reader = get_place_index(), reader_language()
    return [
        _make_place_item(index, number, words, reader) for number in index.find(words, limit, prefer_area)
    ]


def _make_place_item(index, number, words, reader):
    entry = index.entries[number]
    shown = index.format_name(number, reader)
    mark = name_folding.find_match_span(shown, words)
    parents = join_address([index.format_name(place, reader) for place in entry.lineage[1:]], reader)
    if mark is None and not words[0].isdecimal():
        # The query was in the other script: show that name, so that the match is clear.
        parents = " · ".join(filter(None, (entry.names["en" if reader == "km" else "km"], parents)))
    return _make_item(entry.code, shown, parents, mark, "map-pin")


def format_place_path(code, reader=None):
    """Return the address of a place, small to large, in `reader` (km, en) or the reader's language."""
    return get_place_index().format_address(code, reader or reader_language())


def find_units(text, limit=8, ended=False):
    """Return police units by part of their names or of the unit above, which is the detail.

    With `ended` also the units that are closed; the detail says so.
    """
    units = _units.get()

    def detail(unit, reader):
        above = _get_name(units[unit.parent_code].row, reader) if unit.parent_code else ""
        return _note_end(unit, above)

    return _search_rows(units if ended else _list_selectable(units), text, limit, detail, "shield")


def find_units_below(code):
    """Return the codes of a unit, of all units below it and of the closed units that they replaced, sorted."""
    units, found = _units.get(), [code]
    children = {}
    for key, found_unit in units.items():
        children.setdefault(found_unit.row.parent_code, []).append(key)
        children.setdefault(found_unit.row.successor_code, []).append(key)
    for one in found:  # grows while it is read
        found += (child for child in children.get(one, ()) if child not in found)
    return sorted(found)


def count_units():
    """Return the number of all units."""
    return len(_units.get())


def is_unit(code):
    """Return True if a unit has this code."""
    return code in _units.get()


def list_subunits(code):
    """Return (code, name) of the units directly below a unit, sorted by code."""
    reader, units = reader_language(), _units.get()
    return sorted(
        (key, mark_ended(_get_name(one.row, reader), one.row))
        for key, one in units.items()
        if one.row.parent_code == code
    )


def get_unit_area(code):
    """Return the official code of the area of a unit; empty if it has none."""
    found = _units.get().get(code)
    return (found.row.area_code or "") if found else ""


def find_courts(text, limit=8):
    """Return courts by part of their names or of a province they serve; the provinces are the detail."""
    return _search_rows(_courts.get(), text, limit, _describe_court, "gavel")


def find_appeal_courts(text, limit=8):
    """Return courts above the courts of first instance, by part of their names or of a province they serve."""
    courts = _list_selectable(_courts.get())
    above = {key: row for key, row in courts.items() if row[0].level != "first_instance"}
    return _search_rows(above, text, limit, _format_provinces, "gavel")


def find_prisons(text, limit=8):
    """Return prisons by part of their names or of their province, which is the detail."""
    return _search_rows(_prisons.get(), text, limit, _format_province, "door-closed")


def find_codes(codes_name, text, limit=8, retired=False):
    """Return values of a code list in force today: by either name, by key, or by synonym.

    With `retired` also values no longer in force, after the others of equal rank; the detail marks them.
    """
    in_force, known = dict(code_lists.choices(codes_name)), _codes.get()

    def detail(row, reader):
        return "" if row.key in in_force else gettext("no longer in force")

    offered = code_lists.choices_with_retired(codes_name) if retired else in_force
    return _search_rows({key: known[codes_name][key] for key in offered}, text, limit, detail, "list")


def _format_provinces(court, reader):
    # The Supreme Court serves all provinces, so they distinguish nothing.
    return (
        " · ".join(format_place_path(area, reader) for area in court.area.split(","))
        if court.appeal_code
        else ""
    )


def _describe_court(court, reader):
    return _note_end(court, _format_provinces(court, reader))


def _note_end(row, detail):
    return " · ".join(filter(None, (detail, gettext("closed") if has_ended(row) else "")))


def _list_selectable(known):
    return {key: found for key, found in known.items() if is_selectable(found.row)}


def _format_province(prison, reader):
    return format_place_path(prison.province_code, reader)


class SearchRow(NamedTuple):
    """A row with the forms of its own names, each between spaces, and those of its parents."""

    row: Any
    own: str
    related: str = ""


def _search_rows(known, text, limit, detail, icon):
    """Return the best of `known` (id → SearchRow) in which every word of `text` occurs."""
    words, reader, found = name_folding.split_words(text), reader_language(), []
    if not words:
        return []
    forms = name_folding.build_word_runs(words)
    for place, (key, (row, own, related)) in enumerate(known.items()):
        if all(word in own or f" {name_folding.fold(word)}" in own or word in related for word in words):
            found.append((_rank(own, forms, words), place, key, row))
    found.sort(key=lambda match: match[:2])
    return [
        _make_item(
            key,
            _get_name(row, reader),
            detail(row, reader),
            name_folding.find_match_span(_get_name(row, reader), words),
            icon,
        )
        for _how, _place, key, row in found[:limit]
    ]


def _rank(own, forms, words):
    """Return how well the best part of the query matches the names; the last rank is a match in the parents only."""
    for how, end in ((EXACT, " "), (BEGINS, "")):
        if any(f" {plain}{end}" in own or f" {folded}{end}" in own for _words, plain, folded in forms):
            return how
    return INSIDE if any(word in own for word in words) else RELATED


def _get_name(row, reader):
    return row.name_en if reader == "en" else row.name_km


def _make_item(key, text, detail, mark, icon):
    return {"id": key, "text": text, "detail": detail, "mark": mark, "icon": icon}


def _cache_rows(model, *order, related=lambda row, rows: ()):
    """Return the cached rows of a small table; `related(row, rows)` gives the names of its parents."""

    def load_rows():
        with db.engine.connect() as connection:
            found = connection.execute(select(model.__table__).order_by(*order, model.code)).all()
        rows = {row.code: row for row in found}
        return {
            code: SearchRow(
                row,
                _build_own_names(row.name_km, row.name_en, code),
                name_folding.build_variants(*related(row, rows)),
            )
            for code, row in rows.items()
        }

    return versioned_cache.VersionedCache("reference", load_rows)


def _build_own_names(*names):
    return f" {name_folding.build_variants(*names)} "


def _load_codes():
    lists = {}
    with db.engine.connect() as connection:
        for row in connection.execute(select(Code.__table__).order_by(*code_lists.ORDER)):
            own = _build_own_names(row.name_km, row.name_en, row.key, *split_keys(row.synonyms))
            lists.setdefault(row.list, {})[row.key] = SearchRow(row, own)
    return lists


def _get_names_above(unit, units):
    above = units.get(unit.parent_code)
    return (above.name_km, above.name_en) if above else ()


# Wider areas first: a province before its districts.
_units = _cache_rows(Unit, func.length(func.coalesce(Unit.area_code, "")), related=_get_names_above)
# Courts of first instance before those of appeal, those with a last day after the others.
_courts = _cache_rows(
    Court,
    Court.valid_to.is_not(None),
    Court.level.desc(),
    related=lambda court, _: (_format_provinces(court, "km"), _format_provinces(court, "en")),
)
_prisons = _cache_rows(
    Prison, related=lambda prison, _: (_format_province(prison, "km"), _format_province(prison, "en"))
)
_codes = versioned_cache.VersionedCache("codes", _load_codes)
