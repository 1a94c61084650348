"""Exports as .xlsx: one worksheet per table, frozen headings, typed dates and numbers.

Texts are always written as texts, so no cell can become a formula or a link. Rows are flushed to disk one by
one (`constant_memory`), so memory does not grow with the number of rows.
"""

from datetime import date

import xlsxwriter
from flask_babel import gettext

from app.exports import watermark
from app.exports.columns import DATE, MOMENT, NUMBER

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET_ROWS = 1_048_575  # of one worksheet, below its headings; further rows continue on the next one
PLAIN_STRINGS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EPOCH = date(1899, 12, 30).toordinal()
WIDTHS = {NUMBER: 10, DATE: 12, MOMENT: 17}
FORBIDDEN_SIGNS = str.maketrans("[]:*?/\\'", "        ")


class ExcelDays(dict):
    """Cache of day → Excel serial number."""

    def __missing__(self, day):
        number = self[day] = day.toordinal() - EPOCH
        return number


def _to_excel_moment(value):
    return value.toordinal() - EPOCH + (value.hour * 3600 + value.minute * 60 + value.second) / 86400


class XlsxWriter:
    """Writes a workbook: the tables, a worksheet that describes the file, and one with the codes used."""

    suffix, media_type = "xlsx", MEDIA_TYPE

    def __init__(self, folder, export, on_progress):
        self.path, self.export, self.on_progress = folder / "sheets.xlsx", export, on_progress
        options = {"constant_memory": True, "tmpdir": str(folder), **PLAIN_STRINGS}
        self.book = xlsxwriter.Workbook(str(self.path), options)
        self.heading = self.book.add_format(
            {"bold": True, "bg_color": "#E9EEF7", "text_wrap": True, "valign": "top"}
        )
        self.formats = {
            DATE: self.book.add_format({"num_format": "dd/mm/yyyy"}),
            MOMENT: self.book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        self.days, self.names = ExcelDays(), set()

    def write(self, tables):
        for table in tables:
            self._write_table(table)
        self._write_about(tables)
        self._write_legend(tables)
        self.book.set_properties(
            {"title": self.export.serial, "comments": watermark.format_line(self.export)}
        )
        self.book.close()
        return self.path, self.media_type

    def _add_worksheet(self, title):
        """Return a new worksheet with a valid, unique name."""
        title, number = title.translate(FORBIDDEN_SIGNS).strip() or "-", 1
        name = title[:31]
        while name.casefold() in self.names:
            number += 1
            name = f"{title[: 28 - len(str(number))]} ({number})"
        self.names.add(name.casefold())
        worksheet = self.book.add_worksheet(name)
        header_text = watermark.format_line(self.export).replace("&", "&&")[:230]
        worksheet.set_header(f"&L&8{header_text}", {"scale_with_doc": False})
        worksheet.set_landscape()
        return worksheet

    def _start_table(self, table):
        worksheet = self._add_worksheet(table.title)
        worksheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            worksheet.set_column(place, place, WIDTHS.get(column.kind, 22))
            worksheet.write_string(0, place, column.label, self.heading)
        return worksheet

    def _write_table(self, table):
        worksheet, row_number = self._start_table(table), 0
        for batch in table.iter_batches():
            cells = [
                self._convert_values(column, values)
                for column, values in zip(table.columns, batch, strict=True)
            ]
            for row in zip(*(values for _write, values, _style in cells), strict=True):
                if row_number == MAX_SHEET_ROWS:
                    worksheet, row_number = self._start_table(table), 0
                row_number += 1
                for place, value in enumerate(row):
                    if value is not None and value != "":
                        is_number, _values, cell_format = cells[place]
                        if is_number:
                            worksheet.write_number(row_number, place, value, cell_format)
                        else:
                            worksheet.write_string(row_number, place, value, cell_format)
            self.on_progress(len(batch[0]), table)

    def _convert_values(self, column, values):
        """Return (is number, values, cell format) of a column."""
        cell_format = self.formats.get(column.kind)
        if column.kind == DATE:
            return True, [value and self.days[value] for value in values], cell_format
        if column.kind == MOMENT:
            return True, [value and _to_excel_moment(value) for value in values], cell_format
        if column.kind == NUMBER:
            return True, values, cell_format
        return False, column.format_values(values), cell_format

    def _write_about(self, tables):
        worksheet = self._add_worksheet(gettext("About this file"))
        worksheet.set_column(0, 0, 26)
        worksheet.set_column(1, 1, 70)
        row_counts = [(table.title, str(table.rows)) for table in tables]
        for row, (label, value) in enumerate(
            [*watermark.build_lines(self.export), watermark.build_warning(), *row_counts]
        ):
            worksheet.write_string(row, 0, label, self.heading)
            worksheet.write_string(row, 1, value)

    def _write_legend(self, tables):
        worksheet, row_number = self._add_worksheet(gettext("Codes used")), 0
        worksheet.freeze_panes(1, 0)
        worksheet.set_column(0, 4, 26)
        headings = (
            gettext("Table"),
            gettext("Field"),
            gettext("Code"),
            gettext("Name in Khmer"),
            gettext("Name in English"),
        )
        for place, label in enumerate(headings):
            worksheet.write_string(0, place, label, self.heading)
        for table in tables:
            for column in table.columns:
                for words in column.legend:
                    row_number += 1
                    for place, word in enumerate((table.title, column.label, *words)):
                        worksheet.write_string(row_number, place, word)
