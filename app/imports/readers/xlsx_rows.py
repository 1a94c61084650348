"""Reads the rows of one worksheet of a workbook. A merged cell gives its value to all its rows."""

import re
from collections import deque

from app.imports.readers import xlsx_cells, xlsx_shared_strings
from app.imports.readers.layout import find_sheet
from app.imports.readers.limits import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LONG,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    UnreadableCell,
    UnreadableFile,
)
from app.imports.readers.xlsx_parts import DAMAGED, PartReader, open_workbook, read_pieces
from app.imports.readers.xlsx_styles import CellStyles, WorkbookInfo
from app.kernel.i18n.lazy_message import _

REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
MERGED = re.compile(rb'mergeCell\s[^>]{0,80}?ref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"')
MAX_MERGED, MAX_TAG = 100_000, 200  # merged cells of a sheet, and bytes of one of their tags
RELATIONSHIPS_PART = "xl/_rels/workbook.xml.rels"


def list_sheets(path):
    """Return the names of the visible worksheets."""
    with open_workbook(path) as archive:
        return list(WorkbookInfo.load(archive).sheets)


def read_rows(path, sheet=""):
    """Yield (row number, cells); empty rows are skipped."""
    with open_workbook(path) as archive, xlsx_shared_strings.open_shared_strings(archive) as shared:
        workbook = WorkbookInfo.load(archive)
        part = _find_sheet(archive, workbook, sheet)
        merged = _find_merged(archive, part)
        worksheet = WorksheetReader(workbook, CellStyles.load(archive), shared, merged)
        for _piece in worksheet.parse_part(archive, part):
            while worksheet.ready:
                yield worksheet.ready.popleft()


def _find_merged(archive, part):
    """Return (first row, last row, column) of the merged cells with several rows, in order.

    A worksheet lists them after its rows.
    """
    found, rest = [], b""
    for piece in read_pieces(archive, part):
        text = rest + piece
        for match in MERGED.finditer(text):
            first, last = int(match[2]), int(match[3])
            if last > first:
                found.append((first, last, _parse_column(match[1].decode())))
        rest = text[-MAX_TAG:] if not MERGED.search(text[-MAX_TAG:]) else b""
        if len(found) > MAX_MERGED:
            raise UnreadableFile(
                _("The sheet has too many merged cells. Unmerge them and send the file again.")
            )
    return deque(sorted(set(found)))


class _RelationshipReader(PartReader):
    def __init__(self):
        super().__init__()
        self.targets = {}

    def start_element(self, name, attributes):
        if name.endswith(" Relationship"):
            self.targets[attributes.get("Id")] = attributes.get("Target", "")


def _find_sheet(archive, workbook, sheet):
    """Return the part name of the worksheet."""
    relationships = _RelationshipReader()
    for _piece in relationships.parse_part(archive, RELATIONSHIPS_PART):
        pass
    target = relationships.targets.get(workbook.sheets[find_sheet(list(workbook.sheets), sheet)], "")
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if name not in archive.namelist():
        raise UnreadableFile(DAMAGED)
    return name


class WorksheetReader(PartReader):
    """Parses a worksheet; `ready` holds complete rows that were not consumed yet."""

    def __init__(self, workbook, styles, shared, merged):
        super().__init__()
        self.workbook, self.styles, self.shared = workbook, styles, shared
        self.ready = deque()
        self.merged, self.open_merged = merged, []  # the second holds [last row, column, value]
        self.number, self.row, self.column = 0, [], -1
        self.kind, self.style, self.formula, self.text_pieces, self.in_value, self.length = (
            "n",
            0,
            False,
            [],
            False,
            0,
        )

    def start_element(self, name, attributes):
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "t"):
            self.in_value = True
            if name == "v":
                self.text_pieces, self.length = [], 0
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._row(attributes.get("r"))

    def end_element(self, name):
        if name in ("v", "t"):
            self.in_value = False
        elif name == "c":
            self._store_cell()
        elif name == "row" and any(value is not None for value in self.row):
            self._fill_merged()
            self.ready.append((self.number, self.row))

    def character_data(self, text):
        if self.in_value:
            self.length += len(text)
            if self.length <= MAX_CELL_LENGTH:
                self.text_pieces.append(text)

    def _row(self, number):
        number = int(number) if number and number.isdecimal() and len(number) < 9 else self.number + 1
        if number <= self.number:
            raise UnreadableFile(DAMAGED)  # rows must be in order
        if number > MAX_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS)
        self.number, self.row, self.column = number, [], -1

    def _cell(self, attributes):
        found = REFERENCE.fullmatch(attributes.get("r", ""))
        self.column = _parse_column(found[1]) if found else self.column + 1
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdecimal() and len(style) < 7 else 0
        self.kind, self.formula, self.text_pieces, self.length = attributes.get("t", "n"), False, [], 0

    def _store_cell(self):
        value = self._value("".join(self.text_pieces))
        if self.length > MAX_CELL_LENGTH:
            value = UnreadableCell(TOO_LONG)
        if value is not None and self.column >= MAX_COLUMNS:
            self.column, value = MAX_COLUMNS - 1, UnreadableCell(TOO_MANY_COLUMNS)
        if value is not None:
            self.row += [None] * (self.column + 1 - len(self.row))
            self.row[self.column] = value

    def _value(self, text):
        if text == "":
            return UnreadableCell(xlsx_cells.NO_RESULT) if self.formula else None
        if self.kind == "s":
            return xlsx_cells.read_shared(self.shared, text)
        return xlsx_cells.parse_value(
            self.kind, text, self.styles.is_date(self.style), self.workbook.since_1904
        )

    def _fill_merged(self):
        """Give this row the values of the merged cells that began in rows above."""
        self.open_merged = [one for one in self.open_merged if one[0] >= self.number]
        while self.merged and self.merged[0][0] <= self.number:
            first, last, column = self.merged.popleft()
            if first == self.number and column < len(self.row):
                self.open_merged.append([last, column, self.row[column]])
        for _last, column, value in self.open_merged:
            self.row += [None] * (column + 1 - len(self.row))
            if self.row[column] is None:
                self.row[column] = value


def _parse_column(letters):
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
