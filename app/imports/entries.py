"""The entries of a file: its rows read by a profile, those of one case together."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.imports import cell_values, target_fields
from app.imports.cell_values import Reference, Unclear, of_several
from app.imports.readers import Unusable
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import ERROR, Problem
from app.kernel.text import khmer
from app.reference.models import Court, Law, Offence, Place, Unit

MOST_ROWS = 200  # of one case
LOOKED_UP = {"place": Place, "offence": Offence, "court": Court, "unit": Unit, "law": Law}


@dataclass
class Entry:
    """What becomes one record with all that hangs on it. `rows` are (number, {target: cell}) as they came."""

    rows: list
    cell_values: list = field(default_factory=list)  # of each row {target: value}
    problems: list = field(default_factory=list)
    fingerprint: str = ""
    made: Any = None  # the records, once they are built
    matched: int = 0
    id: int | None = None  # of the entry that waited and is tried again
    beforehand: tuple = ()  # what is wrong with it before its cells are read

    def __post_init__(self):
        self.problems += self.beforehand

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

    def say(self, key, sentence, rule="", row=None):
        """`row` where one row of several is meant, by its number in the file."""
        self.problems.append(Problem(key, sentence, rule, row=row))

    @property
    def afresh(self):
        """The same, as nobody has read it yet."""
        return Entry(self.rows, id=self.id, beforehand=self.beforehand)


class Heading:
    """Where in a row each target stands, by the first row of the file. Raises Unusable where a column is missing."""

    def __init__(self, profile, cells):
        names = [named(cell) for cell in cells]
        missing = [name for name in profile.columns.values() if name not in names]
        if missing:
            text = _(
                "The file has no column «%(name)s», which the profile names. Choose another profile.",
                name=missing[0],
            )
            raise Unusable(text)
        self.places = {key: names.index(name) for key, name in profile.columns.items()}

    def cells(self, row):
        return {key: row[place] if place < len(row) else None for key, place in self.places.items()}


def named(cell):
    """A heading as it is compared."""
    return " ".join(str(cell).split()) if cell is not None else ""


def of_table(profile, rows, after=0):
    """Every entry of the file whose rows lie behind row `after`."""
    rows = iter(rows)
    _number, cells = next(rows, (0, []))
    heading, held = Heading(profile, cells), []
    for number, row in rows:
        if number <= after:
            continue
        cells = heading.cells(row)
        if held and not _same_case(profile, held[-1][1], cells):
            yield Entry(held)
            held = []
        held.append((number, cells))
    if held:
        yield Entry(held)


def _same_case(profile, one, other):
    key = "case.old"
    return profile.kind == target_fields.CASES and one.get(key) is not None and one.get(key) == other.get(key)


def read(profile, entries):
    """Fill the values of these entries, with what is the same for all rows; what is unclear becomes a problem."""
    seen = {}  # many cells of a file say the same
    for entry in entries:
        entry.values = [_row(profile, entry, *row, seen) for row in entry.rows]
        entry.fingerprint = fingerprint(profile, entry, seen)
        if len(entry.rows) > MOST_ROWS:
            entry.say("case.old", _("One case has more than %(most)s rows.", most=MOST_ROWS))
    _look_up(entries)


def _row(profile, entry, number, cells, seen):
    """What the row itself says goes before what is the same for all rows, so that mending it is heard."""
    found, wrong = {}, {}
    for source in (profile.fixed, cells):
        for key, cell in source.items():
            if cell is None:
                continue
            asked = (key, cell) if isinstance(cell, str) else None
            told = seen.get(asked)
            if told is None:
                told = _told(profile, key, cell)
                if asked is not None:
                    seen[asked] = told
            value, unclear = told
            if unclear is not None:
                wrong[key] = unclear
            elif value is not None:
                found[key] = value
                wrong.pop(key, None)
    for key, unclear in wrong.items():
        entry.say(key, unclear.sentence, unclear.rule, number)
    return found


def _told(profile, key, cell):
    """(the value of a cell, why it has none)."""
    try:
        return cell_values.read(profile, profile.targets[key], cell), None
    except Unclear as fault:
        return None, fault


def fingerprint(profile, entry, seen):
    """The same for the same rows of the same register, in whichever file and order of columns they come."""
    told = [
        sorted(
            (key, text) for key, cell in cells.items() if cell is not None and (text := _plain(cell, seen))
        )
        for _number, cells in entry.rows
    ]
    text = json.dumps([profile.source, profile.kind, told], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(cell, seen):
    text = str(cell)
    if text not in seen:
        try:
            seen[text] = khmer.normal(text)
        except khmer.Refused:
            seen[text] = text
    return seen[text]


def _look_up(entries):
    """Put the records of the reference data in the place of their codes, or of a name that one of them alone bears."""
    asked = {}
    for value in (value for entry in entries for row in entry.values for value in row.values()):
        if isinstance(value, Reference):
            asked.setdefault(value.lookup, {})[value.key] = value.name
    there = {lookup: _found(LOOKED_UP[lookup], names) for lookup, names in asked.items()}
    for entry in entries:
        for (number, _cells), row in zip(entry.rows, entry.values, strict=True):
            for key, value in list(row.items()):
                if isinstance(value, Reference):
                    found = there[value.lookup].get(value.key, ())
                    if len(found) == 1:
                        row[key] = found[0]
                        continue
                    del row[key]
                    codes = [one.code for one in found]
                    told = of_several(value.name, codes) if codes else value.unknown.sentence
                    entry.say(key, told, row=number)


def _found(model, asked):
    """code → the record of that code, else all records that bear its name; `asked` is code → name."""
    found = {one.code: [one] for one in _read(model, model.code.in_(asked))}
    names = {name: key for key, name in asked.items() if key not in found}
    if names:
        for one in _read(model, or_(model.name_km.in_(names), model.name_en.in_(names))):
            for name in names.keys() & {one.name_km, one.name_en}:
                found.setdefault(names[name], []).append(one)
    return found


def _read(model, condition):
    statement = select(model).where(condition)
    if model is Offence:
        statement = statement.options(joinedload(Offence.law))
    return db.session.scalars(statement).unique().all()
