"""A table in a file of somebody's: read row by row, in bounded memory and time, and refused with a sentence.

`table_of(path, …)` says what the file really is and gives its rows. What a file holds is never trusted: not its name,
not the sizes it declares, not that it ends.
"""

from app.imports.readers import csv_rows, file_type, xlsx_rows
from app.imports.readers.limits import Bad, Unusable, WrongLetters

__all__ = ["Bad", "Unusable", "WrongLetters", "is_text", "table_of"]


def is_text(path):
    """Whether it is a .csv or .tsv, whose letters may be of an encoding that nobody can tell from the file."""
    return file_type.of(path) == file_type.TEXT


def table_of(path, encoding=""):
    """The rows of the file, each (number in the file, [value, …]): a text, a date, a moment, None, or a `Bad` cell.

    `encoding` is used for a text that does not say its own. Raises Unusable, now or at the row where it shows.
    """
    if file_type.of(path) == file_type.WORKBOOK:
        return xlsx_rows.rows(path)
    return csv_rows.rows(path, encoding)
