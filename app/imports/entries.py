"""Splits the rows of a file into entries and parses them; the rows of one case are one entry."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.imports import cell_values, computed_columns, target_fields
from app.imports.cell_values import DayOnly, InvalidCell, Reference, YearOnly, format_ambiguity
from app.imports.readers import UnreadableCell, UnreadableFile
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import ERROR, Problem
from app.kernel.text import khmer
from app.reference.models import Court, Law, Offence, Place, Unit

MAX_CASE_ROWS = 200  # rows of one case
REFERENCE_MODELS = {"place": Place, "offence": Offence, "court": Court, "unit": Unit, "law": Law}


@dataclass
class Entry:
    """Data of one main record and its related rows. `rows` are (number, {target: cell}) as in the file."""

    rows: list
    values: list = field(default_factory=list)  # {target: value} of each row
    problems: list = field(default_factory=list)
    fingerprint: str = ""
    built: Any = None  # BuiltEntry, once the records are built
    merged: dict = field(
        default_factory=dict
    )  # place of a row → the registered or earlier person that it names
    repeated: dict = field(default_factory=dict)  # place of a row → the row that it repeats
    matched: int = 0
    id: int | None = None  # id of the rejected entry that is imported again
    initial_problems: tuple = ()  # problems known before the cells are parsed

    def __post_init__(self):
        self.problems += self.initial_problems

    @property
    def row(self):
        return self.rows[0][0]

    @property
    def last_row(self):
        return self.rows[-1][0]

    @property
    def first(self):
        return self.values[0]

    @property
    def is_wrong(self):
        return any(problem.severity == ERROR for problem in self.problems)

    def add_problem(self, key, message, rule="", row=None):
        """Add an error; `row` is the row number in the file if one of several rows is concerned."""
        self.problems.append(Problem(key, message, rule, row=row))

    @property
    def fresh_copy(self):
        """Return a copy that is not parsed yet."""
        return Entry(self.rows, id=self.id, initial_problems=self.initial_problems)


class ColumnPositions:
    """Positions of the targets in a row, by the first row of the file.

    Raise UnreadableFile if a column is missing.
    """

    def __init__(self, profile, cells):
        names = [normalize_heading(cell) for cell in cells]
        missing = [name for name in profile.columns.values() if name not in names]
        if missing:
            text = _(
                "The file has no column «%(name)s», which the profile uses. Choose another profile.",
                name=missing[0],
            )
            raise UnreadableFile(text)
        self.width = len(names)
        self.places = {key: names.index(name) for key, name in profile.columns.items()}

    def cells(self, row):
        """Return target → cell of a row. A bad row, or one with more cells than headings, has its error under ""."""
        cells = {key: row[place] if place < len(row) else None for key, place in self.places.items()}
        error = _find_row_error(row, self.width)
        return cells | {"": error} if error else cells


def _find_row_error(row, width):
    """Return an UnreadableCell for a row whose cells cannot be assigned to the columns, or None."""
    if len(row) == 1 and isinstance(row[0], UnreadableCell) and width > 1:
        return row[0]
    extra = [cell for cell in row[width:] if cell is not None]
    return computed_columns.build_extra_error(extra) if extra else None


def normalize_heading(cell):
    """Return a heading in the form that is compared."""
    return " ".join(str(cell).split()) if cell is not None else ""


def split_entries(profile, rows, after=0):
    """Yield the entries of the file in the rows after row `after`."""
    rows = iter(rows)
    _number, cells = next(rows, (0, []))
    heading, pending = ColumnPositions(profile, cells), []
    for number, row in rows:
        if number <= after:
            continue
        cells = heading.cells(row)
        if pending and not _is_same_case(profile, pending[-1][1], cells):
            yield Entry(pending)
            pending = []
        pending.append((number, cells))
    if pending:
        yield Entry(pending)


def _is_same_case(profile, first_row, second_row):
    key = "case.old"
    return (
        profile.kind == target_fields.CASES
        and first_row.get(key) is not None
        and first_row.get(key) == second_row.get(key)
    )


def parse_entries(profile, entries):
    """Set the values of these entries, including fixed values; invalid cells become problems."""
    cache = {}  # many cells of a file repeat
    for entry in entries:
        entry.values = [_parse_row(profile, entry, *row, cache) for row in entry.rows]
        entry.fingerprint = compute_fingerprint(profile, entry, cache)
        if len(entry.rows) > MAX_CASE_ROWS:
            entry.add_problem("case.old", _("One case has more than %(most)s rows.", most=MAX_CASE_ROWS))
    _resolve_references(entries)


def _parse_row(profile, entry, number, cells, cache):
    """Return target → value of a row.

    Its cells override the fixed values of the profile, so that a correction of the row takes effect.
    """
    found, wrong = {}, {}
    for source in (profile.fixed, cells):
        for key, cell in source.items():
            if cell is None:
                continue
            cache_key = (key, cell) if isinstance(cell, str) else None
            result = cache.get(cache_key)
            if result is None:
                result = _parse_cell(profile, key, cell)
                if cache_key is not None:
                    cache[cache_key] = result
            value, error = result
            if error is not None:
                wrong[key] = error
            elif value is not None:
                found[key] = value
                wrong.pop(key, None)
    for key, error in wrong.items():
        entry.add_problem(key, error.message, error.rule, number)
    return _mark_days_without_time(found)


def _mark_days_without_time(values):
    """Return the values with plain times, and the flags that say which of them are only days."""
    flags = {}
    for key, value in list(values.items()):
        if isinstance(value, YearOnly):
            del values[key]
            flags |= _store_year(key.partition(".")[0], int(value))
        if isinstance(value, DayOnly):
            part, _dot, name = key.partition(".")
            values[key] = datetime(value.year, value.month, value.day)
            flag = target_fields.MODELS[part].__day_flags__.get(name)
            flags |= {f"{part}.{flag}": True} if flag else {}
    return flags | values


def _store_year(part, year):
    """Return the columns for a year of birth without day and month."""
    if hasattr(target_fields.MODELS[part], "birth_year"):
        return {f"{part}.birth_year": year, f"{part}.birth_precision": "year"}
    return {f"{part}.born_on": date(year, 1, 1)}


def _parse_cell(profile, key, cell):
    """Return (value, None) or (None, InvalidCell) of a cell."""
    if key == "":
        return None, InvalidCell(cell.message)
    try:
        return cell_values.parse_cell(profile, profile.targets[key], cell), None
    except InvalidCell as error:
        return None, error


def compute_fingerprint(profile, entry, cache):
    """Return a hash that is equal for equal rows of one source system, in any file and column order."""
    rows = [
        sorted(
            (key, text)
            for key, cell in cells.items()
            if cell is not None and (text := _normalize(cell, cache))
        )
        for _number, cells in entry.rows
    ]
    text = json.dumps([profile.source, profile.kind, rows], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _normalize(cell, cache):
    text = str(cell)
    if text not in cache:
        try:
            cache[text] = khmer.normalize(text)
        except khmer.InvalidText:
            cache[text] = text
    return cache[text]


def _resolve_references(entries):
    """Replace references by their records, found by code or by an unambiguous name."""
    wanted = {}
    for value in (value for entry in entries for row in entry.values for value in row.values()):
        if isinstance(value, Reference):
            wanted.setdefault(value.lookup, {})[value.key] = value.name
    found_records = {
        lookup: _find_records(REFERENCE_MODELS[lookup], names) for lookup, names in wanted.items()
    }
    for entry in entries:
        for (number, _cells), row in zip(entry.rows, entry.values, strict=True):
            for key, value in list(row.items()):
                if isinstance(value, Reference):
                    matches = found_records[value.lookup].get(value.key, ())
                    if len(matches) == 1:
                        row[key] = matches[0]
                        continue
                    del row[key]
                    codes = [record.code for record in matches]
                    message = format_ambiguity(value.name, codes) if codes else value.unknown_error.message
                    entry.add_problem(key, message, row=number)


def _find_records(model, names_by_code):
    """Return code → [record of that code], or all records with the name given for the code."""
    found = {record.code: [record] for record in _select_records(model, model.code.in_(names_by_code))}
    names = {name: key for key, name in names_by_code.items() if key not in found}
    if names:
        for record in _select_records(model, or_(model.name_km.in_(names), model.name_en.in_(names))):
            for name in names.keys() & {record.name_km, record.name_en}:
                found.setdefault(names[name], []).append(record)
    return found


def _select_records(model, condition):
    statement = select(model).where(condition)
    if model is Offence:
        statement = statement.options(joinedload(Offence.law))
    return db.session.scalars(statement).unique().all()
