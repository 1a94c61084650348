"""Exports as .xlsx: one sheet for each table, Khmer headings that stay in sight, dates and numbers in their own type.

A text is written as a text, whatever it begins with: no cell can become a formula or a link. Rows go to the disk one by
one (`constant_memory`), so that a million of them take the memory of one.
"""

from datetime import date

import xlsxwriter
from flask_babel import gettext

from app.exports import watermark
from app.exports.columns import DATE, MOMENT, NUMBER

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of one sheet, below its headings; more go on in the next
NO_MAGIC = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EPOCH = date(1899, 12, 30).toordinal()
WIDTHS = {NUMBER: 10, DATE: 12, MOMENT: 17}
FORBIDDEN = str.maketrans("[]:*?/\\'", "        ")


class Days(dict):
    """A day → the number by which Excel knows it."""

    def __missing__(self, day):
        number = self[day] = day.toordinal() - EPOCH
        return number


def _moment(value):
    return value.toordinal() - EPOCH + (value.hour * 3600 + value.minute * 60 + value.second) / 86400


class XlsxFile:
    """The first sheet tells of the file, the last explains the codes that were used."""

    suffix, media_type = "xlsx", MEDIA_TYPE

    def __init__(self, folder, export, watched):
        self.path, self.export, self.watched = folder / "sheets.xlsx", export, watched
        options = {"constant_memory": True, "tmpdir": str(folder), **NO_MAGIC}
        self.book = xlsxwriter.Workbook(str(self.path), options)
        self.heading = self.book.add_format(
            {"bold": True, "bg_color": "#E9EEF7", "text_wrap": True, "valign": "top"}
        )
        self.formats = {
            DATE: self.book.add_format({"num_format": "dd/mm/yyyy"}),
            MOMENT: self.book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        self.days, self.names = Days(), set()

    def write(self, sheets):
        about = self._add(gettext("About this file"))
        for number, sheet in enumerate(sheets):
            self._table(sheet, first=number == 0)
        self._about(about, sheets)
        self._legend(sheets)
        self.book.set_properties({"title": self.export.serial, "comments": watermark.one_line(self.export)})
        self.book.close()
        return self.path, self.media_type

    def _add(self, title):
        """A new sheet, under a name that Excel takes and no other sheet has."""
        title, number = title.translate(FORBIDDEN).strip() or "-", 1
        name = title[:31]
        while name.casefold() in self.names:
            number += 1
            name = f"{title[: 28 - len(str(number))]} ({number})"
        self.names.add(name.casefold())
        made = self.book.add_worksheet(name)
        printed = watermark.one_line(self.export).replace("&", "&&")[:230]
        made.set_header(f"&L&8{printed}", {"scale_with_doc": False})
        made.set_landscape()
        return made

    def _begin(self, sheet):
        made = self._add(sheet.title)
        made.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            made.set_column(place, place, WIDTHS.get(column.kind, 22))
            made.write_string(0, place, column.label, self.heading)
        return made

    def _table(self, sheet, first):
        made, at = self._begin(sheet), 0
        if first:
            made.activate()
        for part in sheet.parts():
            cells = [self._cells(column, values) for column, values in zip(sheet.columns, part, strict=True)]
            for row in zip(*(values for _write, values, _look in cells), strict=True):
                if at == MOST_ROWS:
                    made, at = self._begin(sheet), 0
                at += 1
                for place, value in enumerate(row):
                    if value is not None and value != "":
                        kind, _values, look = cells[place]
                        if kind:
                            made.write_number(at, place, value, look)
                        else:
                            made.write_string(at, place, value, look)
            self.watched(len(part[0]), sheet)

    def _cells(self, column, values):
        """(whether they are numbers, the values, their format)."""
        look = self.formats.get(column.kind)
        if column.kind == DATE:
            return True, [value and self.days[value] for value in values], look
        if column.kind == MOMENT:
            return True, [value and _moment(value) for value in values], look
        if column.kind == NUMBER:
            return True, values, look
        return False, column.said(values), look

    def _about(self, made, sheets):
        made.set_column(0, 0, 26)
        made.set_column(1, 1, 70)
        tables = [(sheet.title, str(sheet.rows)) for sheet in sheets]
        for row, (label, words) in enumerate([*watermark.lines(self.export), watermark.warning(), *tables]):
            made.write_string(row, 0, label, self.heading)
            made.write_string(row, 1, words)

    def _legend(self, sheets):
        made, at = self._add(gettext("Codes used")), 0
        made.freeze_panes(1, 0)
        made.set_column(0, 4, 26)
        headings = (
            gettext("Table"),
            gettext("Field"),
            gettext("Code"),
            gettext("Name in Khmer"),
            gettext("Name in English"),
        )
        for place, label in enumerate(headings):
            made.write_string(0, place, label, self.heading)
        for sheet in sheets:
            for column in sheet.columns:
                for words in column.legend:
                    at += 1
                    for place, word in enumerate((sheet.title, column.label, *words)):
                        made.write_string(at, place, word)
