"""A table as text: .csv and .tsv, in the encoding that the file or its profile says."""

import csv
import io
from contextlib import closing
from itertools import chain

from app.imports.readers import file_type
from app.imports.readers.limits import CELL, COLUMNS, ROWS, Unusable, WrongLetters
from app.kernel.i18n.lazy_message import _

LINE = 1024 * 1024  # characters of one line
NO_LETTER = "\ufffd"  # what stands for bytes that are none
SEPARATORS = ",;\t|"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
UTF_8 = "utf-8"
# Each byte as one letter, for fonts that put Khmer in the place of Latin letters.
BYTES = "latin-1"
ENCODINGS = (UTF_8, "cp1252", BYTES)


def rows(path, encoding=""):
    """(number of the row, its cells) one after the other; empty lines are left out."""
    with open(path, "rb") as file:
        start = file.read(4096)
        file.seek(0)
        known = next((name for mark, name in MARKS if start.startswith(mark)), "") or file_type.sixteen_bits(
            start
        )
        with closing(_lines(file, known or encoding or UTF_8)) as lines:
            first = next(lines, "")
            yield from _numbered(csv.reader(chain((first,), lines), delimiter=_separator(first)))


def _numbered(reader):
    number, rows = 0, iter(reader)
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            text = _("Row %(row)s cannot be read: a quotation mark there is not closed.", row=number)
            raise Unusable(text) from None
        if number > ROWS:
            raise Unusable(_("The file has more than %(most)s rows. Send it in parts.", most=ROWS))
        if len(cells) > COLUMNS:
            raise Unusable(
                _(
                    "Row %(row)s has %(columns)s columns; at most %(most)s are read.",
                    row=number,
                    columns=len(cells),
                    most=COLUMNS,
                )
            )
        if any(len(cell) > CELL for cell in cells):
            raise Unusable(
                _("Row %(row)s has a cell of more than %(most)s characters.", row=number, most=CELL)
            )
        if any(cells):
            yield number, [cell if cell != "" else None for cell in cells]


def _lines(file, encoding):
    """The lines of the file as text; no more than one is held, and none is longer than it may be."""
    with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text:
        number = 0
        while line := text.readline(LINE):
            number += 1
            if len(line) == LINE:
                raise Unusable(_("Line %(line)s does not end. This is no table.", line=number))
            if NO_LETTER in line:
                raise WrongLetters(_wrong_letters(number, encoding))
            yield line


def _wrong_letters(number, encoding):
    return _(
        "Line %(line)s is not in the encoding %(encoding)s. Save the file as UTF-8, or choose the encoding in the"
        " profile.",
        line=number,
        encoding=encoding.upper(),
    )


def _separator(line):
    """The sign that parts the cells of the first row; a comma where there is but one column."""
    return max(SEPARATORS, key=lambda sign: (line.count(sign), -SEPARATORS.index(sign)))
