"""What a workbook says of itself: its first sheet, since when its days are counted, which formats are dates."""

import re

from app.imports.readers.limits import Unusable
from app.imports.readers.xlsx_parts import DAMAGED, LINKS, STRICT, Reader

WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
FORMATS = 5_000


class Book(Reader):
    """The first sheet that is shown, and the system of its dates."""

    def __init__(self):
        super().__init__()
        self.first, self.since_1904 = None, False

    def begins(self, name, attributes):
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet" and self.first is None and attributes.get("state", "visible") == "visible":
            self.first = next(
                (attributes[f"{space} id"] for space in (LINKS, *STRICT) if f"{space} id" in attributes), None
            )

    @classmethod
    def of(cls, packed):
        book = cls()
        for _piece in book.read(packed, WORKBOOK):
            pass
        if book.first is None:
            raise Unusable(DAMAGED)
        return book


class Styles(Reader):
    """Which styles of cells show their number as a date."""

    def __init__(self):
        super().__init__()
        self.own, self.dates, self.among_cells, self.count = {}, set(), False, 0

    def begins(self, name, attributes):
        number = attributes.get("numFmtId", "0")
        if name == "numFmt" and len(self.own) < FORMATS:
            self.own[number] = _is_date(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self.among_cells = True
        elif name == "xf" and self.among_cells:
            known = number.isdecimal() and len(number) < 9 and int(number) in DATE_FORMATS
            if self.own.get(number, known):
                self.dates.add(self.count)
            self.count += 1

    def ends(self, name):
        if name == "cellXfs":
            self.among_cells = False

    def is_date(self, style):
        return style in self.dates

    @classmethod
    def of(cls, packed):
        styles = cls()
        if STYLES in packed.namelist():
            for _piece in styles.read(packed, STYLES):
                pass
        return styles


def _is_date(code):
    """Whether a format of one's own writes days or years; what stands in quotes or brackets does not count."""
    return bool(re.search("[dy]", QUOTED.sub("", code.lower())))
