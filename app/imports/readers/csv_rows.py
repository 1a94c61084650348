"""Reads .csv and .tsv files in their own encoding or the encoding of the profile."""

import csv
import io
from contextlib import closing
from itertools import chain

from app.imports.readers import file_type
from app.imports.readers.limits import MAX_CELL_LENGTH, MAX_COLUMNS, MAX_ROWS, UnreadableFile, WrongEncoding
from app.kernel.i18n.lazy_message import _

MAX_LINE_LENGTH = 1024 * 1024  # characters per line
REPLACEMENT = "\ufffd"  # the decoder puts it in place of invalid bytes
SEPARATORS = ",;\t|"
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
UTF_8 = "utf-8"
# One character per byte, for fonts that show Khmer glyphs for Latin letters.
LATIN_1 = "latin-1"
ENCODINGS = (UTF_8, "cp1252", LATIN_1)


def read_rows(path, encoding=""):
    """Yield (row number, cells); empty lines are skipped."""
    with open(path, "rb") as file:
        first_bytes = file.read(4096)
        file.seek(0)
        detected = next(
            (
                encoding_name
                for signature, encoding_name in BYTE_ORDER_MARKS
                if first_bytes.startswith(signature)
            ),
            "",
        ) or file_type.detect_utf16(first_bytes)
        with closing(_read_lines(file, detected or encoding or UTF_8)) as lines:
            first = next(lines, "")
            yield from _check_rows(csv.reader(chain((first,), lines), delimiter=_detect_separator(first)))


def _check_rows(reader):
    number, rows = 0, iter(reader)
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            message = _(
                "Row %(row)s cannot be read because a quotation mark in it is not closed.", row=number
            )
            raise UnreadableFile(message) from None
        if number > MAX_ROWS:
            raise UnreadableFile(
                _("The file has more than %(most)s rows. Split it and send the parts.", most=MAX_ROWS)
            )
        if len(cells) > MAX_COLUMNS:
            raise UnreadableFile(
                _(
                    "Row %(row)s has %(columns)s columns; at most %(most)s are read.",
                    row=number,
                    columns=len(cells),
                    most=MAX_COLUMNS,
                )
            )
        if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
            raise UnreadableFile(
                _(
                    "Row %(row)s has a cell of more than %(most)s characters.",
                    row=number,
                    most=MAX_CELL_LENGTH,
                )
            )
        if any(cells):
            yield number, [cell if cell != "" else None for cell in cells]


def _read_lines(file, encoding):
    """Yield the lines as text; holds one line at a time and limits its length."""
    with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as stream:
        number = 0
        while line := stream.readline(MAX_LINE_LENGTH):
            number += 1
            if len(line) == MAX_LINE_LENGTH:
                raise UnreadableFile(
                    _(
                        "Line %(line)s has no end, so the file is not a valid table. Check the file.",
                        line=number,
                    )
                )
            if REPLACEMENT in line:
                raise WrongEncoding(_wrong_encoding_message(number, encoding))
            yield line


def _wrong_encoding_message(number, encoding):
    return _(
        "Line %(line)s is not in the encoding %(encoding)s. Save the file as UTF-8, or choose the encoding in the"
        " profile.",
        line=number,
        encoding=encoding.upper(),
    )


def _detect_separator(line):
    """Return the most frequent separator of the first row, or a comma if there is only one column."""
    return max(SEPARATORS, key=lambda separator: (line.count(separator), -SEPARATORS.index(separator)))
