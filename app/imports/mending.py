"""Mending what waits: the boxes of one entry, or a workbook of all of them that goes back in."""

import tempfile
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from flask_babel import force_locale, gettext
from sqlalchemy import select

from app.extensions import db
from app.imports import actions, meanings, reading, showing, targets
from app.imports.entries import named
from app.imports.models import WAITS, ImportEntry
from app.kernel.words import _

ENTRY, ROW, WHY = "entry", "row", "why"  # what the first columns of the sheet hold
LONGEST = 10_000
MOST_BACK = 20_000  # rows of one mended sheet


def keys_of(entry, more=()):
    """The targets that the file fills, those that are asked for, and `more` that somebody wants boxes of."""
    asked = {one["field"] for one in entry.problems or ()}
    filled = {key for _row, values in entry.values or () for key in values}
    profile = entry.run.profile
    return [
        key for key in targets.of_kind(entry.run.kind) if key in asked.union(filled, profile.columns, more)
    ]


def others_of(entry, more=()):
    """(what it belongs to, [(target, its name)]) of everything that has no box yet."""
    shown = set(keys_of(entry, more))
    return meanings.by_part([one for key, one in targets.of_kind(entry.run.kind).items() if key not in shown])


@dataclass(frozen=True)
class Box:
    """One box of an entry: what it shows in words, and for a code or a record its key, which its lookup finds."""

    name: str
    label: Any
    text: str
    bad: str
    long: bool
    lookup: str
    key: str


def _box(entry, name, target, text, bad):
    profile = entry.run.profile
    lookup = f"code.{target.codes}" if target.codes else target.lookup
    long = target.type == targets.LINES
    shown, key = meanings.shown(profile, target, text), meanings.kept(profile, target, text)
    return Box(name, target.label, shown, bad, long, lookup, key)


def boxes_of(entry, rows=None, more=()):
    """[(row, [its boxes])]; `rows` is what was typed so far, where that was not tried yet."""
    wrong = {}
    for one in entry.problems or ():
        if one["severity"] == "error":
            wrong.setdefault(one["field"], []).append(showing.problems_of(entry.run, [one])[0].text)
    known = targets.of_kind(entry.run.kind)
    return [
        (
            number,
            [
                _box(
                    entry,
                    f"{place}-{key}",
                    known[key],
                    values.get(key, ""),
                    " ".join(wrong.get(key, ())) if place == 0 or values.get(key) else "",
                )
                for key in keys_of(entry, more)
            ],
        )
        for place, (number, values) in enumerate(rows or entry.values or ())
    ]


def cells_typed(entry, form, more=()):
    """The values of an entry as somebody has mended them on its page."""
    return [
        [
            number,
            {
                key: _typed(entry, form, f"{place}-{key}", key, values)[:LONGEST]
                for key in keys_of(entry, more)
            },
        ]
        for place, (number, values) in enumerate(entry.values or ())
    ]


def _typed(entry, form, name, key, values):
    """The key that a lookup found, or the text that was typed in its place; what nobody touched stays as it was."""
    before, words = values.get(key, ""), form.get(f"{name}__text")
    if words is None:
        return form.get(name, before)
    shown = _box(entry, name, targets.of_kind(entry.run.kind)[key], before, "")
    chosen = form.get(name, "")
    if chosen and chosen != shown.key:
        return chosen
    return before if words == shown.text else words


def lines_of(entry, most=4):
    """The first values of an entry, by which somebody knows it again."""
    values, known, profile = (
        entry.values[0][1] if entry.values else {},
        targets.of_kind(entry.run.kind),
        entry.run.profile,
    )
    return [
        (
            showing.label_of(entry.run, key),
            meanings.shown(profile, known[key], text) if key in known else text,
        )
        for key, text in list(values.items())[:most]
    ]


def sheet_of(run):
    """(a workbook that goes when it is read, how many rows) of all entries that wait. Nothing in it is a formula."""
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115  (it goes with the answer)
    book = xlsxwriter.Workbook(
        file.name, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet, bold, count = book.add_worksheet(), book.add_format({"bold": True}), 0
    keys = list(targets.of_kind(run.kind))
    for column, word in enumerate((*_first(), *meanings.names(targets.of_kind(run.kind)).values())):
        sheet.write_string(0, column, word, bold)
    sheet.freeze_panes(1, 3)
    for entry in _waiting(run):
        problems = showing.problems_of(run, entry.problems)
        why = " · ".join(f"{one.label}: {one.text}" if one.label else one.text for one in problems)
        for number, values in entry.values:
            count += 1
            sheet.write_string(count, 0, str(entry.id))
            sheet.write_string(count, 1, str(number))
            sheet.write_string(count, 2, why[:LONGEST])
            for column, key in enumerate(keys, start=3):
                if values.get(key):
                    sheet.write_string(count, column, values[key])
    book.close()
    return file, count


def _waiting(run):
    last = 0
    found = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == WAITS)
    while some := db.session.scalars(
        found.where(ImportEntry.id > last).order_by(ImportEntry.id).limit(200)
    ).all():
        yield from some
        last = some[-1].id


def sheet_back(run, stream):
    """(how many came in, how many still wait) of a mended sheet. Only what waits in this import is touched."""
    with tempfile.NamedTemporaryFile() as file:
        while chunk := stream.read(1024 * 1024):
            file.write(chunk)
        file.flush()
        mended, there = _read_back(run, file.name)
    again = {
        entry.id: _with_the_rest(entry, mended[entry.id], there)
        for entry in _waiting(run)
        if entry.id in mended
    }
    if not again:
        raise reading.Unusable(_("No row of this sheet waits in this import. Download its own sheet."))
    actions.mend_all(run, again)
    left = sum(entry.id in again for entry in _waiting(run))
    return len(again) - left, left


def _with_the_rest(entry, rows, there):
    """The rows of a sheet, with what the entry holds of the columns that somebody took out of it."""
    held = dict(entry.values)
    return [
        [number, {key: text for key, text in held.get(number, {}).items() if key not in there} | values]
        for number, values in rows
    ]


def _first():
    """The headings of the three columns before those of the file."""
    return [gettext("Entry"), gettext("Row"), gettext("What is wrong")]


def _keys(headings, known):
    """What the headings stand for, in whichever language the sheet was downloaded."""
    keys = {}
    for language in ("km", "en"):
        with force_locale(language):
            keys |= dict(zip(_first(), (ENTRY, ROW, WHY), strict=True))
            keys |= {word: key for key, word in meanings.names(known).items()}
    return [keys.get(one, "") for one in headings]


def _read_back(run, path):
    """({entry: its rows}, the targets that the sheet has a column of)."""
    rows, known = reading.table_of(path), targets.of_kind(run.kind)
    headings = _keys([named(cell) for cell in next(rows, (0, []))[1]], known)
    if headings[:3] != [ENTRY, ROW, WHY]:
        raise reading.Unusable(
            _("This is not the sheet of what waits. Download it anew, and leave its first row as it is.")
        )
    found = {}
    for count, (_number, cells) in enumerate(rows):
        if count > MOST_BACK:
            raise reading.Unusable(
                _("The file has more than %(most)s rows. Send it in parts.", most=MOST_BACK)
            )
        told = {name: cells[place] if place < len(cells) else None for place, name in enumerate(headings)}
        entry, row = str(told[ENTRY] or ""), str(told[ROW] or "")
        if not (entry.isdecimal() and row.isdecimal() and len(entry) < 10 and len(row) < 9):
            raise reading.Unusable(_("The first two columns must stay as they are."))
        values = {key: str(cell) for key, cell in told.items() if key in known and cell is not None}
        found.setdefault(int(entry), []).append([int(row), values])
    return found, known.keys() & headings
