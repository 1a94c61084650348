"""Exports as text: .csv for sheets and old programs, JSON lines for programs. Several tables go into one .zip."""

import csv
import json
import re
from datetime import date, datetime
from decimal import Decimal
from zipfile import ZIP_DEFLATED, ZipFile

from app.exports import watermark
from app.exports.columns import MOMENT, TEXT
from app.kernel.text import dates

# What makes a sheet take a text for a formula, in its full width too. A sheet that parts cells by another sign than the comma
# begins a new one after it, within our quotes too.
DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
PARTS = re.compile(r"(^|[;|\t\r\n])(?=[=+\-@\t\r\n＝＋－＠])")
BUFFER = 1024 * 1024  # bytes
BOM = "\ufeff"  # without it Excel reads Khmer as Latin letters


def harmless(text):
    """A text that no sheet runs as a formula: an apostrophe before whatever in it may look like one."""
    return PARTS.sub(r"\1'", text) if text else text


def all_harmless(texts):
    # Written out, for it is asked for each cell; many columns are empty, and few hold one of these signs.
    whole = "".join(filter(None, texts))
    if not whole:
        return texts
    if ";" in whole or "|" in whole or "\t" in whole or "\r" in whole or "\n" in whole:
        return list(map(harmless, texts))
    return [f"'{text}" if text and text[0] in DANGEROUS else text for text in texts]


def _moments(values):
    return [value and str(value)[:16] for value in values] if any(values) else values


_AS_TEXT = {TEXT: all_harmless, MOMENT: _moments}


class CsvFiles:
    """The watermark is the first line, and its serial number the last column: a piece that was cut out names it too."""

    suffix, media_type = "csv", "text/csv; charset=utf-8"

    def __init__(self, folder, export, watched):
        self.folder, self.export, self.watched = folder, export, watched

    def write(self, sheets):
        """Write the file of the export, and give its path and media type."""
        return _together([self._one(sheet) for sheet in sheets], self)

    def _one(self, sheet):
        path = self.folder / f"{sheet.entity}.csv"
        with path.open("w", buffering=BUFFER, encoding="utf-8", newline="") as file:
            file.write(BOM)
            writer = csv.writer(file)
            writer.writerow([f"# {watermark.one_line(self.export)} · {watermark.warning()[1]}"])
            writer.writerow([*(harmless(column.label) for column in sheet.columns), self.export.serial])
            for column in sheet.columns:
                column.through(harmless)
            for part in sheet.parts():
                texts = [
                    _AS_TEXT.get(column.kind, list)(column.said(values))
                    for column, values in zip(sheet.columns, part, strict=True)
                ]
                writer.writerows(zip(*texts, [self.export.serial] * len(part[0]), strict=True))
                self.watched(len(part[0]), sheet)
        return path


class JsonLines:
    """The first line tells of the file, each further one is a row: names of fields, keys of codes (the offences
    of a case in words: their keys stand in rows of their own), dates as ISO.

    A moment says its offset: a program that is elsewhere would take it for one of its own hours.
    """

    suffix, media_type = "jsonl", "application/jsonl"

    def __init__(self, folder, export, watched):
        self.folder, self.export, self.watched = folder, export, watched

    def write(self, sheets):
        return _together([self._one(sheet) for sheet in sheets], self)

    def _one(self, sheet):
        path = self.folder / f"{sheet.entity}.jsonl"
        names = [column.name for column in sheet.columns]
        encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
        about = dict([*watermark.lines(self.export), watermark.warning()])
        with path.open("w", encoding="utf-8") as file:
            file.write(
                encode({"export": self.export.serial, "about": about, "fields": self._fields(sheet)}) + "\n"
            )
            for part in sheet.parts():
                plain = [column.plain(values) for column, values in zip(sheet.columns, part, strict=True)]
                rows = (dict(zip(names, row, strict=True)) for row in zip(*plain, strict=True))
                file.writelines(encode(row) + "\n" for row in rows)
                self.watched(len(part[0]), sheet)
        return path

    def _fields(self, sheet):
        return {column.name: column.label for column in sheet.columns}


def _plain(value):
    if isinstance(value, datetime):
        return value.replace(tzinfo=dates.CAMBODIA).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))


def _together(paths, writer):
    if len(paths) == 1:
        return paths[0], writer.media_type
    whole = writer.folder / "together.zip"
    with ZipFile(whole, "w", ZIP_DEFLATED) as packed:
        for path in paths:
            packed.write(path, path.name)
            path.unlink()
    return whole, "application/zip"
