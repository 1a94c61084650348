"""A mended sheet as it is read: the rows of each entry beside what the entry holds. Nothing is left out by guessing."""

from itertools import islice

from app.imports import readers, target_fields
from app.imports.cell_labels import Words
from app.imports.entries import Entry, named
from app.imports.fix_sheet_export import ENTRY, ROW, WHY, keys_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

MOST = 20_000  # rows of one sheet
ALL_EMPTY = _("The sheet has emptied every row of this entry. Nothing was changed.")


class MendedSheet:
    """`rows` are {entry: [(row, {target: cell})]}. Raises reading.Unusable."""

    def __init__(self, run, path):
        self.known, self.words = target_fields.of_kind(run.kind), Words(run.profile)
        rows = readers.table_of(path)
        headings = _headings(rows, self.known)
        self.there, self.rows = self.known.keys() & headings, {}
        for count, (_number, cells) in enumerate(rows, 1):
            if count > MOST:
                raise readers.Unusable(
                    _("The file has more than %(most)s rows. Send it in parts.", most=MOST)
                )
            told = dict(zip(headings, cells, strict=False))
            entry, row = str(told.get(ENTRY) or ""), str(told.get(ROW) or "")
            if not (entry.isdecimal() and row.isdecimal() and len(entry) < 10 and len(row) < 9):
                raise readers.Unusable(_("The first two columns must stay as they are."))
            cells = {key: told[key] for key in self.known if told.get(key) is not None}
            self.rows.setdefault(int(entry), []).append((int(row), cells))

    def mended(self, entry):
        """The entry that waits, with the values of the sheet, to be tried again."""
        held, sent, problems = dict(entry.values), {}, []
        for number, cells in self.rows[entry.id]:
            if number in sent:
                problems.append(Problem("", _twice(number)))
            sent.setdefault(number, self._values(held.get(number, {}), cells))
        problems += [Problem("", _gone(number)) for number in held if number not in sent]
        emptied = {number for number, values in sent.items() if not values and held.get(number, True)}
        rows = [(number, values) for number, values in sorted((held | sent).items()) if number not in emptied]
        if not rows:
            rows, problems = entry.values, [Problem("", ALL_EMPTY)]
        return Entry(
            rows=[(number, values) for number, values in rows], id=entry.id, beforehand=tuple(problems)
        )

    def _values(self, held, cells):
        """Those of the sheet, and what is held of the columns that somebody took out of it."""
        values = {key: text for key, text in held.items() if key not in self.there}
        for key, cell in cells.items():
            is_bad = isinstance(cell, readers.Bad)
            values[key] = cell if is_bad else self.words.kept(self.known[key], str(cell), held.get(key, ""))
        return {key: values[key] for key in self.known if key in values}


def has_more_than(run, path, most):
    """Whether the sheet has more rows than so many; reads no more of it. Raises reading.Unusable."""
    rows = readers.table_of(path)
    _headings(rows, target_fields.of_kind(run.kind))
    return len(list(islice(rows, most + 1))) > most


def _headings(rows, known):
    headings = keys_of([named(cell) for cell in next(rows, (0, []))[1]], known)
    if headings[:3] != [ENTRY, ROW, WHY]:
        raise readers.Unusable(
            _("This is not the sheet of what waits. Download it anew, and leave its first row as it is.")
        )
    return headings


def _gone(row):
    return _(
        "Row %(row)s is missing in the sheet. Nothing is left out by that: put it back. If it is not to come in, "
        "leave its first two columns and empty the others.",
        row=row,
    )


def _twice(row):
    return _("Row %(row)s stands in the sheet twice. Leave one; a new row has a number of its own.", row=row)
