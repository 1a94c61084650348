"""Limits of reading, and the errors for unreadable files and cells."""

from dataclasses import dataclass
from typing import Any

from app.kernel.i18n.lazy_message import _

MAX_ROWS = 1_048_576  # limit of spreadsheet programs
MAX_COLUMNS = 200
MAX_CELL_LENGTH = 32_767  # characters; spreadsheet programs store no more
MAX_PARTS = 2_000  # files in a workbook
MAX_PART_BYTES = 4 * 1024**3  # bytes of one part of a workbook, uncompressed
MIN_RATIO_BYTES = 16 * 1024**2  # bytes below which the compression ratio is not checked
MAX_RATIO = 300  # the XML of a spreadsheet is rarely compressed more than 50 times
MAX_STRINGS = 4_000_000  # distinct texts of a workbook
CHUNK_SIZE = 64 * 1024
TOO_LONG = _("This cell has more than %(most)s characters.", most=MAX_CELL_LENGTH)
TOO_MANY_COLUMNS = _(
    "This row has more than %(most)s columns. Delete those that hold no data.", most=MAX_COLUMNS
)
TOO_MANY_ROWS = _("The file has more than %(most)s rows. Split it and send the parts.", most=MAX_ROWS)


class UnreadableFile(ValueError):
    """The file cannot be read to its end; the text says what is wrong, where, and what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message

    def __str__(self):
        return str(self.message)


@dataclass(frozen=True)
class UnreadableCell:
    """A cell without a usable value; `message` says why. The other cells of its row are valid."""

    message: Any

    def __str__(self):
        return ""
