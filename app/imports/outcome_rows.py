"""The outcomes of the rows of an import as its report shows them, from row 1 of the file to its last row."""

import json
from bisect import bisect_right
from collections import deque
from typing import NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import page_data, target_fields
from app.imports.models import ENTERED, FIXED, ImportEntry, ImportOutcomes
from app.imports.row_outcomes import IMPORTED, KNOWN, MERGED, REJECTED, REPEATED
from app.kernel.schema.display import reader_language
from app.kernel.text.dates import format_number
from app.people.models import Person

AFTER_FIX, TO_APPROVE, SKIPPED = "after_fix", "to_approve", "skipped"  # outcomes that are not stored
LABELS = {
    IMPORTED: _("Imported"),
    MERGED: _("Imported, merged with a registered person"),
    AFTER_FIX: _("Imported after a fix"),
    TO_APPROVE: _("Fixed, to be approved"),
    REJECTED: _("Rejected, to be fixed"),
    KNOWN: _("Duplicate of an imported row"),
    REPEATED: _("Repeats a row of the same case"),
    SKIPPED: _("Skipped: title, heading, empty row or row outside the chosen range"),
}
BATCHES_READ = 20  # batches in memory at a time


class RowOutcome(NamedTuple):
    """What became of one row: its outcome, the number of its record, and why or of what."""

    row: int
    outcome: str
    record: str = ""
    remark: str = ""


def iterate_rows(run):
    """Yield the RowOutcome of each row of the file, from row 1 to its last row."""
    reached = 0
    for lines, entries, people in _iterate_batches(run):
        for first, last, outcome, about in lines:
            yield from _iterate_skipped(reached, first)
            for row in range(first, last + 1):
                yield _describe(run, row, outcome, about, entries, people)
            reached = max(reached, last)
    yield from _iterate_skipped(reached, (run.end_row or 0) + 1)


def _iterate_skipped(reached, following):
    for row in range(reached + 1, following):
        yield RowOutcome(row, SKIPPED)


def _iterate_batches(run):
    """Yield (lines, entries, people) of the batches in the order of the file."""
    query = select(ImportOutcomes.id, ImportOutcomes.lines).where(ImportOutcomes.run_id == run.id)
    last_id = 0
    while found := db.session.execute(
        query.where(ImportOutcomes.id > last_id).order_by(ImportOutcomes.id).limit(BATCHES_READ)
    ).all():
        last_id = found[-1][0]
        lines = [line for _id, text in found for line in json.loads(text)]
        people = {about for _first, _last, outcome, about in lines if outcome == MERGED}
        yield lines, _Entries(run, lines[0][0], max(line[1] for line in lines)), _find_people(people)


def _find_people(ids):
    """Return id → number of the people that the reader may see."""
    found = db.session.scalars(select(Person.id).where(Person.id.in_(ids))) if ids else ()
    return {pk: Person.format_number(pk) for pk in found}


class _Entries:
    """The entries of a part of a file, found by row. Several entries of one row are found one after the other."""

    def __init__(self, run, first, last):
        entry = ImportEntry
        query = (
            select(entry.row, entry.state, entry.fixed_by_id, entry.entity_id, entry.problems)
            .where(entry.run_id == run.id, entry.row.between(first, last))
            .order_by(entry.row, entry.id)
        )
        self.of_row = {}
        for found in db.session.execute(query):
            self.of_row.setdefault(found.row, deque()).append(found)
        self.rows = sorted(self.of_row)
        ids = {one.entity_id for entries in self.of_row.values() for one in entries if one.entity_id}
        self.numbers = _find_numbers(run.kind, ids)

    def find(self, row, is_rejected):
        """Return the entry with this row, or None."""
        at = bisect_right(self.rows, row) - 1
        found = self.of_row[self.rows[at]] if at >= 0 else ()
        # An entry that was rejected has the officer who fixed it, or no record yet.
        fits = [one for one in found if is_rejected == (one.fixed_by_id is not None or one.state != ENTERED)]
        if len(fits) > 1:
            found.remove(fits[0])
        return fits[0] if fits else None


def _find_numbers(kind, ids):
    """Return id → number of the records of these entries that the reader may see."""
    if not ids:
        return {}
    if kind == target_fields.CASES:
        query = select(Case.id, Case.number).where(Case.id.in_(ids))
    elif kind == target_fields.ORDERS:
        query = select(CourtOrder.id, CourtOrder.number).where(CourtOrder.id.in_(ids))
    else:
        row = Involvement
        query = select(row.id, row.person_id, Case.number).join(Case, Case.id == row.case_id)
        found = db.session.execute(query.where(row.id.in_(ids)))
        return {pk: f"{Person.format_number(person)} · {number}" for pk, person, number in found}
    return dict(db.session.execute(query).all())


def _describe(run, row, outcome, about, entries, people):
    if outcome == KNOWN:
        number, of_row = about
        row_text = _format_row(of_row)
        remark = (
            row_text
            if number == run.id
            else gettext("Import %(number)s · %(row)s", number=str(number), row=row_text)
        )
        return RowOutcome(row, outcome, "", remark)
    entry = entries.find(row, outcome == REJECTED)
    record = entries.numbers.get(entry.entity_id, "") if entry is not None else ""
    if outcome == MERGED:
        return RowOutcome(row, outcome, record, people.get(about, ""))
    if outcome == REPEATED:
        return RowOutcome(row, outcome, record, _format_row(about))
    if outcome == REJECTED and entry is not None:
        outcome = {ENTERED: AFTER_FIX, FIXED: TO_APPROVE}.get(entry.state, REJECTED)
        if outcome == REJECTED:
            problems = page_data.format_problems(run, entry.problems, row)
            texts = (
                f"{one.label}: {one.text}" if one.label else one.text for one in problems if one.is_error
            )
            return RowOutcome(row, outcome, "", " · ".join(texts))
    return RowOutcome(row, outcome, record)


def _format_row(row):
    return gettext("Row %(row)s", row=format_number(row, reader_language()))
