"""Reads a table from an untrusted file row by row, in bounded memory and time, or rejects it.

`read_table(path, …)` detects the file type and returns the rows. Nothing that a file states is trusted: not
its name, not its declared sizes, not that it ends.
"""

from app.imports.readers import csv_rows, file_type, xlsx_rows
from app.imports.readers.limits import UnreadableCell, UnreadableFile, WrongEncoding

__all__ = ["UnreadableCell", "UnreadableFile", "WrongEncoding", "read_table"]


def read_table(path, encoding=""):
    """Return the rows as (row number, [value, …]).

    A value is text, date, datetime, None or an `UnreadableCell`. `encoding` applies to a text without its
    own. Raises UnreadableFile, now or at the row with the problem.
    """
    if file_type.detect_type(path) == file_type.WORKBOOK:
        return xlsx_rows.read_rows(path)
    return csv_rows.read_rows(path, encoding)
