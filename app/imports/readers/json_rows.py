"""Reads .jsonl files: one object a line, whose names are the headings."""

import json

from app.imports.readers.limits import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LONG,
    TOO_MANY_ROWS,
    UnreadableCell,
    UnreadableFile,
)
from app.kernel.i18n.lazy_message import _

MAX_LINE_BYTES = 1024 * 1024
ABOUT_EXPORT = {"export", "about", "fields"}  # names of the first line of an export
BAD_TEXT = _("This cell has half of a character. Enter the text again.")
BAD_LINE = _("This line is not a JSON object in UTF-8.")


def read_rows(path, labels=None):
    """Yield the headings, then (line number, cells). A line that is no object becomes a row with one bad cell.

    `labels` are the words for the names of the headings, if the first line does not have them.
    """
    headings, labels, is_described = {}, labels or {}, False
    for number, record in _read_objects(path):
        if number == 1 and record.keys() >= ABOUT_EXPORT and isinstance(record["fields"], dict):
            labels, is_described = record["fields"], True
            continue
        for name in record:
            headings.setdefault(name, len(headings))
    if not headings:
        raise UnreadableFile(_("The file is empty. Choose another file."))
    if len(headings) > MAX_COLUMNS:
        raise UnreadableFile(
            _(
                "The file has %(columns)s columns; at most %(most)s are read.",
                columns=len(headings),
                most=MAX_COLUMNS,
            )
        )
    yield 0, [_replace_surrogates(str(labels.get(name, name))) for name in headings]
    for number, record in _read_objects(path, UnreadableCell(BAD_LINE)):
        if isinstance(record, UnreadableCell):
            yield number, [record]
        elif not (number == 1 and is_described) and any(value is not None for value in record.values()):
            cells = [None] * len(headings)
            for name, value in record.items():
                cells[headings[name]] = _to_cell(value)
            yield number, cells


def _read_objects(path, bad=None):
    """Yield (line number, object); with `bad`, also that value for each line that is no object."""
    with open(path, "rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            if number > MAX_ROWS:
                raise UnreadableFile(TOO_MANY_ROWS)
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if isinstance(record, dict):
                yield number, record
            elif bad is not None:
                yield number, bad


def _to_cell(value):
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) > MAX_CELL_LENGTH:
        return UnreadableCell(TOO_LONG)
    return text if _replace_surrogates(text) == text else UnreadableCell(BAD_TEXT)


def _replace_surrogates(text):
    """Return the text without halves of characters, which JSON can state and no text can store."""
    return text.encode("utf-8", "replace").decode()
