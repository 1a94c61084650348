"""Reads workbook settings: worksheets, date system, and cell formats that are dates."""

import re

from app.imports.readers.limits import UnreadableFile
from app.imports.readers.xlsx_parts import DAMAGED, RELATIONSHIPS, STRICT, PartReader

WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
LITERAL_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
MAX_FORMATS, MAX_SHEETS = 5_000, 200


class WorkbookInfo(PartReader):
    """The visible worksheets, name → relationship, and the date system."""

    def __init__(self):
        super().__init__()
        self.sheets, self.since_1904 = {}, False

    def start_element(self, name, attributes):
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif (
            name == "sheet"
            and attributes.get("state", "visible") == "visible"
            and len(self.sheets) < MAX_SHEETS
        ):
            spaces = (space for space in (RELATIONSHIPS, *STRICT) if f"{space} id" in attributes)
            for space in spaces:
                self.sheets.setdefault(attributes.get("name", ""), attributes[f"{space} id"])

    @classmethod
    def load(cls, archive):
        info = cls()
        for _piece in info.parse_part(archive, WORKBOOK):
            pass
        if not info.sheets:
            raise UnreadableFile(DAMAGED)
        return info


class CellStyles(PartReader):
    """The cell styles that show numbers as dates."""

    def __init__(self):
        super().__init__()
        self.custom_formats, self.date_styles, self.in_cell_formats, self.count = {}, set(), False, 0

    def start_element(self, name, attributes):
        number = attributes.get("numFmtId", "0")
        if name == "numFmt" and len(self.custom_formats) < MAX_FORMATS:
            self.custom_formats[number] = _is_date_format(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self.in_cell_formats = True
        elif name == "xf" and self.in_cell_formats:
            is_builtin_date = number.isdecimal() and len(number) < 9 and int(number) in DATE_FORMATS
            if self.custom_formats.get(number, is_builtin_date):
                self.date_styles.add(self.count)
            self.count += 1

    def end_element(self, name):
        if name == "cellXfs":
            self.in_cell_formats = False

    def is_date(self, style):
        return style in self.date_styles

    @classmethod
    def load(cls, archive):
        styles = cls()
        if STYLES in archive.namelist():
            for _piece in styles.parse_part(archive, STYLES):
                pass
        return styles


def _is_date_format(code):
    """Return whether a custom format has days or years, outside quotes and brackets."""
    return bool(re.search("[dy]", LITERAL_TEXT.sub("", code.lower())))
