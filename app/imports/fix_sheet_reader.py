"""Reads a fixed spreadsheet and merges its rows with the stored rejected entries.

A missing row is never guessed.
"""

from itertools import islice

from app.imports import readers, target_fields
from app.imports.cell_labels import CellLabels
from app.imports.entries import Entry, normalize_heading
from app.imports.fix_sheet_export import ENTRY, PROBLEMS, ROW, parse_headings
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

MAX_ROWS = 20_000  # rows of one spreadsheet
ALL_ROWS_CLEARED = _("The spreadsheet clears every row of this entry. Nothing was changed.")


class FixSheet:
    """A fixed spreadsheet; `rows` are {entry id: [(row, {target: cell})]}.

    Raise readers.UnreadableFile.
    """

    def __init__(self, run, path):
        self.targets, self.labels = target_fields.get_targets(run.kind), CellLabels(run.profile)
        rows = readers.read_table(path)
        headings = _read_headings(rows, self.targets)
        self.columns, self.rows = self.targets.keys() & headings, {}
        for count, (_number, cells) in enumerate(rows, 1):
            if count > MAX_ROWS:
                raise readers.UnreadableFile(
                    _("The file has more than %(most)s rows. Split it and send the parts.", most=MAX_ROWS)
                )
            cells_by_key = dict(zip(headings, cells, strict=False))
            entry, row = str(cells_by_key.get(ENTRY) or ""), str(cells_by_key.get(ROW) or "")
            if not (entry.isdecimal() and row.isdecimal() and len(entry) < 10 and len(row) < 9):
                raise readers.UnreadableFile(_("Do not change the first two columns."))
            cells = {key: cells_by_key[key] for key in self.targets if cells_by_key.get(key) is not None}
            self.rows.setdefault(int(entry), []).append((int(row), cells))

    def apply_to(self, entry):
        """Return the rejected entry with the values of the spreadsheet, to be imported again."""
        stored, received, problems = dict(entry.values), {}, []
        for number, cells in self.rows[entry.id]:
            if number in received:
                problems.append(Problem("", _duplicate_row_message(number)))
            received.setdefault(number, self._values(stored.get(number, {}), cells))
        problems += [Problem("", _missing_row_message(number)) for number in stored if number not in received]
        cleared = {number for number, values in received.items() if not values and stored.get(number, True)}
        rows = [
            (number, values)
            for number, values in sorted((stored | received).items())
            if number not in cleared
        ]
        if not rows:
            rows, problems = entry.values, [Problem("", ALL_ROWS_CLEARED)]
        return Entry(
            rows=[(number, values) for number, values in rows], id=entry.id, initial_problems=tuple(problems)
        )

    def _values(self, stored, cells):
        """Return the values of the spreadsheet, and the stored ones of columns deleted from it."""
        values = {key: text for key, text in stored.items() if key not in self.columns}
        for key, cell in cells.items():
            is_bad = isinstance(cell, readers.UnreadableCell)
            values[key] = (
                cell if is_bad else self.labels.parse_cell(self.targets[key], str(cell), stored.get(key, ""))
            )
        return {key: values[key] for key in self.targets if key in values}


def has_more_rows(run, path, limit):
    """Return whether the spreadsheet has more rows than `limit`, without reading further.

    Raise readers.UnreadableFile.
    """
    rows = readers.read_table(path)
    _read_headings(rows, target_fields.get_targets(run.kind))
    return len(list(islice(rows, limit + 1))) > limit


def _read_headings(rows, targets):
    keys = parse_headings([normalize_heading(cell) for cell in next(rows, (0, []))[1]], targets)
    if keys[:3] != [ENTRY, ROW, PROBLEMS]:
        raise readers.UnreadableFile(
            _(
                "This is not the spreadsheet of rows to fix. Download it again and keep its first row unchanged."
            )
        )
    return keys


def _missing_row_message(row):
    return _(
        "Row %(row)s is missing from the sheet. Deleting a row does not skip it. Restore it, or keep its first two columns and clear the rest to skip it.",
        row=row,
    )


def _duplicate_row_message(row):
    return _(
        "Row %(row)s appears in the spreadsheet twice. Keep one. A new row needs its own number.", row=row
    )
