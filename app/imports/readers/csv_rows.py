"""Reads .csv, .tsv and fixed-width files in their own encoding or the encoding of the profile.

A bad byte, a long cell or a quotation mark that is not closed makes one cell or row unreadable, never the file.
"""

import csv
import io
from contextlib import closing
from itertools import chain, islice

from app.imports.readers import file_type, layout
from app.imports.readers.limits import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LONG,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    UnreadableCell,
    UnreadableFile,
)
from app.kernel.i18n.lazy_message import _

MAX_LINE_LENGTH = 1024 * 1024  # characters per line
MAX_QUOTED_LINES = 500  # lines of one cell
SCANNED_BYTES, SCANNED_LINES = 4 * 1024**2, 200  # of a file, for the proposals
REPLACEMENT = "\ufffd"  # the decoder puts it in place of invalid bytes
SEPARATORS = ",;\t|"
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
UTF_8 = "utf-8"
# One character per byte, for fonts that show Khmer glyphs for Latin letters.
LATIN_1 = "latin-1"
ENCODINGS = (UTF_8, "cp1252", LATIN_1)
UNCLOSED = _("A quotation mark in this row is not closed.")


def read_rows(path, encoding="", starts=()):
    """Yield (row number, cells); empty lines are skipped."""
    with open(path, "rb") as file:
        first_bytes = file.read(4096)
        file.seek(0)
        detected = _detect_encoding(first_bytes) or encoding or UTF_8
        with closing(_read_lines(file, detected)) as lines:
            first = next(lines, "")
            lines = chain((first,), lines) if first else lines
            split = (
                _split_by_width(lines, starts)
                if starts
                else _split_by_separator(lines, _detect_separator(first))
            )
            yield from _check_rows(split, detected)


def propose_encoding(path):
    """Return UTF-8, or the encoding of one byte per character if many lines of the file are not UTF-8."""
    with open(path, "rb") as file:
        content = file.read(SCANNED_BYTES)
    if _detect_encoding(content[:4096]):
        return UTF_8
    lines = content.splitlines()[: None if len(content) < SCANNED_BYTES else -1]
    wrong = sum(REPLACEMENT in line.decode(UTF_8, "replace") for line in lines)
    return LATIN_1 if wrong * 5 > len(lines) else UTF_8


def propose_starts(path):
    """Return the starts of the columns if the lines have no separator."""
    with open(path, "rb") as file:
        first_bytes = file.read(4096)
        file.seek(0)
        encoding = _detect_encoding(first_bytes) or propose_encoding(path)
        with closing(_read_lines(file, encoding)) as lines:
            first = list(islice(lines, SCANNED_LINES))
    separated = sum(any(separator in line for separator in SEPARATORS) for line in first)
    return layout.propose_starts(first) if separated * 2 < len(first) else ()


def _detect_encoding(first_bytes):
    marked = (name for signature, name in BYTE_ORDER_MARKS if first_bytes.startswith(signature))
    return next(marked, "") or file_type.detect_utf16(first_bytes)


def _check_rows(rows, encoding):
    for number, cells in enumerate(rows, 1):
        if number > MAX_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS)
        if len(cells) > MAX_COLUMNS:
            extra = [UnreadableCell(TOO_MANY_COLUMNS)] if any(cells[MAX_COLUMNS - 1 :]) else []
            cells = cells[: MAX_COLUMNS - 1] + extra
        if any(cells):
            yield number, [_to_cell(cell, encoding) for cell in cells]


def _to_cell(cell, encoding):
    if isinstance(cell, UnreadableCell):
        return cell
    if len(cell) > MAX_CELL_LENGTH:
        return UnreadableCell(TOO_LONG)
    if REPLACEMENT in cell:
        return UnreadableCell(_wrong_encoding_message(cell, encoding))
    return cell or None


def _wrong_encoding_message(cell, encoding):
    return _(
        "Character %(place)s of this cell is not in the encoding %(encoding)s. Enter the text again, or choose another"
        " encoding in the profile.",
        place=cell.index(REPLACEMENT) + 1,
        encoding=encoding.upper(),
    )


def _split_by_separator(lines, separator):
    """Yield the cells of each row. A row with an unclosed quotation mark is one bad cell; the next line is a row again."""
    pending = []
    while pending or (line := next(lines, "")):
        if pending:
            line = pending.pop(0)
        taken = [line]
        cells = _parse(line, separator)
        while _is_open(cells) and len(taken) < MAX_QUOTED_LINES and sum(map(len, taken)) < MAX_LINE_LENGTH:
            more = pending.pop(0) if pending else next(lines, "")
            if not more:
                break
            taken.append(more)
            if '"' in more:
                cells = _parse("".join(taken), separator)
        if _is_open(cells):
            cells, pending = [UnreadableCell(UNCLOSED)], taken[1:] + pending
        yield cells


def _parse(text, separator):
    if '"' not in text:
        return text.rstrip("\r\n").split(separator)
    text = text if text.endswith(("\n", "\r")) else text + "\n"
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:  # a cell of more than 131,072 characters
        return [UnreadableCell(TOO_LONG)]


def _is_open(cells):
    """Return whether a quotation mark is still open: only then the last cell holds the end of the line."""
    return bool(cells) and isinstance(cells[-1], str) and cells[-1].endswith(("\n", "\r"))


def _split_by_width(lines, starts):
    for line in lines:
        line = line.rstrip("\r\n")
        yield [line[begin:end].strip() for begin, end in zip(starts, (*starts[1:], None), strict=True)]


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
            yield line


def _detect_separator(line):
    """Return the most frequent separator of the first row, or a comma if there is only one column."""
    return max(SEPARATORS, key=lambda separator: (line.count(separator), -SEPARATORS.index(separator)))
