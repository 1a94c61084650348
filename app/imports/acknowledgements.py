"""Acknowledgements of exchanged files: counts, rejected rows, and the hash of the file, as one table.

The same table goes both ways. A receiver without E-Crime fills in the form of an export; an import writes the table for the sender
of its file. A line has the counts of a table, or one rejected row.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.imports import readers
from app.imports.entries import normalize_heading
from app.imports.readers import UnreadableFile
from app.kernel.schema.display import reader_language
from app.kernel.text import khmer
from app.kernel.text.dates import format_number

HEADINGS = {
    "serial": _("Serial number"),
    "sha256": _("SHA-256 of the file"),
    "table": _("Table"),
    "received": _("Rows received"),
    "accepted": _("Rows accepted"),
    "record": _("Rejected row"),
    "reason": _("Reason"),
}
KEY = re.compile(r"\(([a-z0-9]+)\)$")  # a heading ends with its key, in any language
NUMBER = re.compile(r"[0-9]{1,9}")
MAX_REJECTED, MAX_TEXT, MOST_ROWS = 5_000, 400, 999_999_999


class AcknowledgementRefused(Exception):
    """The file is no acknowledgement of this export; the text is a message for the user."""


@dataclass
class Acknowledgement:
    """What a receiver states: counts, and [table, record, reason] of each rejected row."""

    received: int = 0
    accepted: int = 0
    rejected: list = field(default_factory=list)


def write_form(path, serial, sha256, counts, rejected=()):
    """Write the table: (table, rows received, rows accepted or None) and (table, record, reason)."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options | {"tmpdir": str(Path(path).parent)})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True, "text_wrap": True})
    sheet.set_column(0, len(HEADINGS) - 1, 24)
    sheet.freeze_panes(1, 0)
    for at, (key, label) in enumerate(HEADINGS.items()):
        sheet.write_string(0, at, f"{label} ({key})", bold)
    lines = [(name, received, accepted, "", "") for name, received, accepted in counts]
    lines += [(name, None, None, record, reason) for name, record, reason in rejected]
    for row, line in enumerate(lines, 1):
        for at, value in enumerate((serial, sha256, *line)):
            if isinstance(value, int):
                sheet.write_number(row, at, value)
            elif value:
                sheet.write_string(row, at, value[:MAX_TEXT])
    book.close()


def read_form(path, serial, sha256):
    """Return the Acknowledgement of the file with this serial number and hash. Raise AcknowledgementRefused."""
    found = Acknowledgement()
    try:
        for number, line in _read_lines(path):
            _check_file(line, serial, sha256)
            if line["record"] or line["reason"]:
                found.rejected.append([line[name][:MAX_TEXT] for name in ("table", "record", "reason")])
            else:
                counts = [khmer.to_latin_digits(line[name]) for name in ("received", "accepted")]
                if not all(map(NUMBER.fullmatch, counts)) or found.received + int(counts[0]) > MOST_ROWS:
                    row = format_number(number, reader_language())
                    text = gettext("Enter the rows received and accepted as numbers in row %(row)s.", row=row)
                    raise AcknowledgementRefused(text)
                found.received += int(counts[0])
                found.accepted += int(counts[1])
            if len(found.rejected) > MAX_REJECTED:
                most = format_number(MAX_REJECTED, reader_language())
                text = gettext("The form has more than %(most)s rejected rows.", most=most)
                raise AcknowledgementRefused(text)
    except UnreadableFile:
        raise AcknowledgementRefused(_explain_no_form()) from None
    if found.received - found.accepted != len(found.rejected):
        counts = {"rejected": len(found.rejected), "received": found.received, "accepted": found.accepted}
        text = gettext(
            "The form has %(rejected)s rejected rows, but %(received)s rows were received and %(accepted)s were accepted.",
            **{name: format_number(count, reader_language()) for name, count in counts.items()},
        )
        raise AcknowledgementRefused(text)
    return found


def _read_lines(path):
    """Yield (row number, {key: text}) of the lines of a form."""
    rows = readers.read_table(path, "utf-8")
    matches = [KEY.search(normalize_heading(cell)) for cell in next(rows, (0, []))[1]]
    places = {match[1]: at for at, match in enumerate(matches) if match}
    if not HEADINGS.keys() <= places.keys():
        raise AcknowledgementRefused(_explain_no_form())
    for number, cells in rows:
        line = {
            key: _text(cells[at]) if at < len(cells) else "" for key, at in places.items() if key in HEADINGS
        }
        if any(line.values()):
            yield number, line


def _text(cell):
    return "" if cell is None else " ".join(str(cell).split())


def _check_file(line, serial, sha256):
    """Raise AcknowledgementRefused if the line is about another file."""
    if line["serial"] != serial or line["sha256"].lower() != sha256:
        text = gettext(
            "This acknowledgement is about another file: «%(serial)s».", serial=line["serial"][:40]
        )
        raise AcknowledgementRefused(text)


def _explain_no_form():
    return gettext("This file is not the form of an acknowledgement.")
