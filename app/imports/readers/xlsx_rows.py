"""Reads the rows of the first worksheet of a workbook."""

import re
from collections import deque

from app.imports.readers import xlsx_cells, xlsx_shared_strings
from app.imports.readers.limits import MAX_CELL_LENGTH, MAX_COLUMNS, MAX_ROWS, UnreadableCell, UnreadableFile
from app.imports.readers.xlsx_parts import DAMAGED, PartReader, open_workbook
from app.imports.readers.xlsx_styles import CellStyles, WorkbookInfo
from app.kernel.i18n.lazy_message import _

REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
AREA = re.compile("[A-Z]{1,3}([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})")
RELATIONSHIPS_PART = "xl/_rels/workbook.xml.rels"


def read_rows(path):
    """Yield (row number, cells); empty rows are skipped."""
    with open_workbook(path) as archive, xlsx_shared_strings.open_shared_strings(archive) as shared:
        workbook = WorkbookInfo.load(archive)
        worksheet = WorksheetReader(workbook, CellStyles.load(archive), shared)
        for _piece in worksheet.parse_part(archive, _find_first_sheet(archive, workbook)):
            while worksheet.ready:
                yield worksheet.ready.popleft()


class _RelationshipReader(PartReader):
    def __init__(self):
        super().__init__()
        self.targets = {}

    def start_element(self, name, attributes):
        if name.endswith(" Relationship"):
            self.targets[attributes.get("Id")] = attributes.get("Target", "")


def _find_first_sheet(archive, workbook):
    """Return the part name of the first visible worksheet."""
    relationships = _RelationshipReader()
    for _piece in relationships.parse_part(archive, RELATIONSHIPS_PART):
        pass
    target = relationships.targets.get(workbook.first_sheet, "")
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if name not in archive.namelist():
        raise UnreadableFile(DAMAGED)
    return name


class WorksheetReader(PartReader):
    """Parses a worksheet; `ready` holds complete rows that were not consumed yet."""

    def __init__(self, workbook, styles, shared):
        super().__init__()
        self.workbook, self.styles, self.shared = workbook, styles, shared
        self.ready = deque()
        self.number, self.row, self.column, self.first = 0, [], -1, 0
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
            self.in_value, self.text_pieces, self.length = True, self.text_pieces if name == "t" else [], 0
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._row(attributes.get("r"))
        elif name == "mergeCell":
            self._check_merged(attributes.get("ref", ""))

    def end_element(self, name):
        if name in ("v", "t"):
            self.in_value = False
        elif name == "c":
            self._store_cell()
        elif name == "row" and any(value is not None for value in self.row):
            self.first = self.first or self.number
            self.ready.append((self.number, self.row))

    def character_data(self, text):
        if self.in_value:
            self.length += len(text)
            if self.length > MAX_CELL_LENGTH:
                raise UnreadableFile(
                    _(
                        "Row %(row)s has a cell of more than %(most)s characters.",
                        row=self.number,
                        most=MAX_CELL_LENGTH,
                    )
                )
            self.text_pieces.append(text)

    def _row(self, number):
        number = int(number) if number and number.isdecimal() and len(number) < 9 else self.number + 1
        if number <= self.number:
            raise UnreadableFile(DAMAGED)  # rows must be in order
        if number > MAX_ROWS:
            raise UnreadableFile(
                _("The file has more than %(most)s rows. Split it and send the parts.", most=MAX_ROWS)
            )
        self.number, self.row, self.column = number, [], -1

    def _cell(self, attributes):
        found = REFERENCE.fullmatch(attributes.get("r", ""))
        self.column = _parse_column(found[1]) if found else self.column + 1
        if self.column >= MAX_COLUMNS:
            text = _(
                "Row %(row)s has more than %(most)s columns. Delete those that hold no data.",
                row=self.number,
                most=MAX_COLUMNS,
            )
            raise UnreadableFile(text)
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdecimal() and len(style) < 7 else 0
        self.kind, self.formula, self.text_pieces = attributes.get("t", "n"), False, []

    def _store_cell(self):
        value = self._value("".join(self.text_pieces))
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

    def _check_merged(self, area):
        """Raise UnreadableFile for merged cells below the first row, where rows lack values.

        Above it they are a title. Merged cells are listed at the end of a worksheet.
        """
        found = AREA.fullmatch(area)
        if found and int(found[2]) > self.first and int(found[2]) > int(found[1]):
            text = _(
                "The cells %(area)s are merged, so some rows have no value. Unmerge the cells and fill each row.",
                area=area,
            )
            raise UnreadableFile(text)


def _parse_column(letters):
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
