"""The first sheet of a workbook, row by row."""

import re
from collections import deque

from app.imports.readers import xlsx_cells, xlsx_shared_strings
from app.imports.readers.limits import CELL, COLUMNS, ROWS, Bad, Unusable
from app.imports.readers.xlsx_parts import DAMAGED, Reader, opened
from app.imports.readers.xlsx_styles import Book, Styles
from app.kernel.i18n.lazy_message import _

REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
AREA = re.compile("[A-Z]{1,3}([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})")
RELATIONS = "xl/_rels/workbook.xml.rels"


def rows(path):
    """(number of the row, its cells) one after the other; empty rows are left out."""
    with opened(path) as packed, xlsx_shared_strings.shared(packed) as shared:
        book = Book.of(packed)
        sheet = Sheet(book, Styles.of(packed), shared)
        for _piece in sheet.read(packed, _first_sheet(packed, book)):
            while sheet.done:
                yield sheet.done.popleft()


class _Relations(Reader):
    def __init__(self):
        super().__init__()
        self.targets = {}

    def begins(self, name, attributes):
        if name.endswith(" Relationship"):
            self.targets[attributes.get("Id")] = attributes.get("Target", "")


def _first_sheet(packed, book):
    """The name of the part that holds the first sheet that is not hidden."""
    relations = _Relations()
    for _piece in relations.read(packed, RELATIONS):
        pass
    target = relations.targets.get(book.first, "")
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if name not in packed.namelist():
        raise Unusable(DAMAGED)
    return name


class Sheet(Reader):
    """The sheet as it is read; `done` holds the rows that are whole and were not taken yet."""

    def __init__(self, book, styles, shared):
        super().__init__()
        self.book, self.styles, self.shared = book, styles, shared
        self.done = deque()
        self.number, self.row, self.column, self.first = 0, [], -1, 0
        self.kind, self.style, self.formula, self.said, self.within, self.length = "n", 0, False, [], False, 0

    def begins(self, name, attributes):
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "t"):
            self.within, self.said, self.length = True, self.said if name == "t" else [], 0
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._row(attributes.get("r"))
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def ends(self, name):
        if name in ("v", "t"):
            self.within = False
        elif name == "c":
            self._put()
        elif name == "row" and any(value is not None for value in self.row):
            self.first = self.first or self.number
            self.done.append((self.number, self.row))

    def says(self, text):
        if self.within:
            self.length += len(text)
            if self.length > CELL:
                raise Unusable(
                    _("Row %(row)s has a cell of more than %(most)s characters.", row=self.number, most=CELL)
                )
            self.said.append(text)

    def _row(self, number):
        number = int(number) if number and number.isdecimal() and len(number) < 9 else self.number + 1
        if number <= self.number:
            raise Unusable(DAMAGED)  # rows come in their order
        if number > ROWS:
            raise Unusable(_("The file has more than %(most)s rows. Send it in parts.", most=ROWS))
        self.number, self.row, self.column = number, [], -1

    def _cell(self, attributes):
        found = REFERENCE.fullmatch(attributes.get("r", ""))
        self.column = _column(found[1]) if found else self.column + 1
        if self.column >= COLUMNS:
            text = _(
                "Row %(row)s has more than %(most)s columns. Delete those that hold no data.",
                row=self.number,
                most=COLUMNS,
            )
            raise Unusable(text)
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdecimal() and len(style) < 7 else 0
        self.kind, self.formula, self.said = attributes.get("t", "n"), False, []

    def _put(self):
        value = self._value("".join(self.said))
        if value is not None:
            self.row += [None] * (self.column + 1 - len(self.row))
            self.row[self.column] = value

    def _value(self, text):
        if text == "":
            return Bad(xlsx_cells.NO_RESULT) if self.formula else None
        if self.kind == "s":
            return xlsx_cells.shared(self.shared, text)
        return xlsx_cells.value(self.kind, text, self.styles.is_date(self.style), self.book.since_1904)

    def _merged(self, area):
        """Merged cells stand at the end of a sheet. Above the first row they are a title; below, a row lacks its values."""
        found = AREA.fullmatch(area)
        if found and int(found[2]) > self.first and int(found[2]) > int(found[1]):
            text = _(
                "The cells %(area)s are merged, so that rows lack their values. Part them, and fill each row.",
                area=area,
            )
            raise Unusable(text)


def _column(letters):
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
