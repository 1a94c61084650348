"""Reads a table from an untrusted file row by row, in bounded memory and time, or rejects it.

`read_table(path, …)` detects the file type and returns the rows. Nothing that a file states is trusted: not
its name, not its declared sizes, not that it ends.
"""

from itertools import islice

from app.imports.readers import (
    csv_rows,
    export_archives,
    file_type,
    json_rows,
    layout,
    old_workbooks,
    xlsx_rows,
)
from app.imports.readers.layout import Layout
from app.imports.readers.limits import UnreadableCell, UnreadableFile

__all__ = [
    "Layout",
    "UnreadableCell",
    "UnreadableFile",
    "find_last_row",
    "list_sheets",
    "propose",
    "read_table",
]
PROPOSAL_ROWS, DEFAULT_LAYOUT = 200, Layout()


def read_table(path, encoding="", chosen=DEFAULT_LAYOUT):
    """Return the heading row, then the data rows, as (row number, [value, …]).

    A value is text, date, datetime, None or an `UnreadableCell`. `encoding` applies to a text without its
    own. Raises UnreadableFile, now or at the row with the problem.
    """
    return layout.apply_layout(_read_rows(path, encoding, chosen), chosen)


def _read_rows(path, encoding, chosen):
    kind = file_type.detect_type(path)
    if kind == file_type.WORKBOOK:
        return xlsx_rows.read_rows(path, chosen.sheet)
    if kind == file_type.OLD_WORKBOOK:
        return old_workbooks.read_rows(path, chosen.sheet)
    if kind == file_type.EXPORT:
        return export_archives.read_rows(path, chosen.sheet)
    if kind == file_type.JSON_LINES:
        return json_rows.read_rows(path)
    return csv_rows.read_rows(path, encoding, chosen.starts)


def find_last_row(path, encoding="", chosen=DEFAULT_LAYOUT):
    """Return the number of the last row of the file or sheet that is not empty, also outside the chosen range."""
    return max((number for number, _cells in _read_rows(path, encoding, chosen)), default=1)


def list_sheets(path):
    """Return the names of the visible sheets of a workbook, or of the tables of an export; a text has none."""
    modules = {
        file_type.WORKBOOK: xlsx_rows,
        file_type.OLD_WORKBOOK: old_workbooks,
        file_type.EXPORT: export_archives,
    }
    module = modules.get(file_type.detect_type(path))
    return module.list_sheets(path) if module is not None else []


def propose(path, sheet=""):
    """Return (layout, encoding) proposed for a file, from its first rows. Raise UnreadableFile."""
    encoding, starts = csv_rows.UTF_8, ()
    if file_type.detect_type(path) == file_type.TEXT:
        encoding, starts = csv_rows.propose_encoding(path), csv_rows.propose_starts(path)
    elif not sheet:
        sheet = _propose_sheet(path)
    chosen = Layout(sheet=sheet, starts=starts)
    number, count = layout.propose_headings(islice(_read_rows(path, encoding, chosen), PROPOSAL_ROWS))
    return chosen._replace(heading_row=number, heading_rows=count), encoding


def _propose_sheet(path):
    """Return the first sheet that looks like a table, not like a cover page."""
    names = list_sheets(path)
    for name in names:
        rows = list(islice(_read_rows(path, "", Layout(sheet=name)), layout.MAX_TITLE_ROWS))
        if sum(sum(cell is not None for cell in cells) > 2 for _number, cells in rows) > 1:
            return name
    return names[0] if names else ""
