"""A table of the query builder as .csv, as a workbook and as a printout, each with how it is counted."""

import csv
import io

import xlsxwriter
from flask_babel import gettext

from app.exports.text_files import BOM, escape_formula
from app.kernel.i18n.locale import reader_language
from app.kernel.text import dates
from app.printouts.document import Printout, build_chart, build_facts, build_paragraphs, build_table
from app.statistics.query_builder import tables
from app.statistics.query_builder.tables import (
    build_rows,
    describe_filters,
    describe_period,
    describe_title,
    list_rules,
)

MAX_PRINTED_COLUMNS, MAX_PRINTED_ROWS = 12, 1_000
MAX_UPRIGHT_COLUMNS = 6  # a wider table is printed in landscape


def describe_answer(query, place, as_of):
    """Return (label, text) of what a table answers: area, period, filters and the time of the figures."""
    return [
        (gettext("Area"), place),
        (gettext("Period"), describe_period(query)),
        *describe_filters(query),
        (gettext("Figures of"), dates.format_datetime(as_of, reader_language())),
    ]


def write_csv(query, answer, place, as_of):
    """Return the table as text for a spreadsheet, with lines before it that say what it counts."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([f"# {describe_title(query)}"])
    for label, text in describe_answer(query, place, as_of):
        writer.writerow([f"# {label}: {text}"])
    for line in list_rules(query):
        writer.writerow([f"# {line}"])
    heads, rows = build_rows(query, answer, plain=True)
    for row in (heads, *rows):
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return BOM + out.getvalue()


def write_workbook(query, answer, place, as_of):
    """Return the table as an .xlsx workbook with a second sheet that says how it is counted."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(gettext("Table"))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 40)
    heads, rows = build_rows(query, answer, plain=True)
    for number, row in enumerate((heads, *rows)):
        sheet.write_row(number, 0, row, None if number else bold)
    about = book.add_worksheet(gettext("How it is counted")[:31])
    about.set_column(0, 0, 26)
    about.set_column(1, 1, 90)
    lines = [(describe_title(query), ""), *describe_answer(query, place, as_of)]
    for number, (label, text) in enumerate([*lines, *(("", line) for line in list_rules(query))]):
        about.write_string(number, 0, label, bold)
        about.write_string(number, 1, text)
    book.close()
    return out.getvalue()


def explain_refusal(answer):
    """Return why a table is not printed, or an empty text."""
    if len(answer.column_keys) > MAX_PRINTED_COLUMNS or len(answer.row_keys) > MAX_PRINTED_ROWS:
        return gettext("This table is too large for paper. Download it as an Excel file.")
    return ""


def build_printout(query, answer, shown, limits, place, as_of):
    """Return the table, with its chart if one is shown, as a printout."""
    heads, rows = build_rows(query, answer)
    parts = [build_facts(describe_answer(query, place, as_of), wide=True)]
    if shown != "table" and not tables.explain_refusal(query, answer, shown):
        charts = tables.draw_charts(query, answer, shown, limits)
        parts += [build_chart(wide, wide.title) for wide, _narrow in charts]
    widths = [(head, 0 if number else 1) for number, head in enumerate(heads)]
    parts.append(build_table(widths, rows, describe_title(query)))
    parts.append(build_paragraphs("\n".join(list_rules(query)), gettext("How it is counted")))
    return Printout(
        describe_title(query), "", tuple(parts), f"{place} · {describe_period(query)}",
        wide=len(heads) > MAX_UPRIGHT_COLUMNS,
    )  # fmt: skip
