"""Exports as text: a .zip with a file of each table, .csv or JSON lines, and the description of these files.

Any program reads the files: a .csv begins with its headings, and each line of a .jsonl is a row. What the export is, and
what its fields mean, is in `datapackage.json` (Frictionless Data Package).
"""

import csv
import hashlib
import json
import re
from datetime import date, datetime
from decimal import Decimal
from zipfile import ZIP_DEFLATED, ZipFile

from flask_babel import gettext

from app.exports import watermark
from app.exports.columns import CODE, DATE, FLAG, LINK, MOMENT, NUMBER, TEXT
from app.kernel.text import dates

# Signs that start a formula in a spreadsheet, also as full-width characters. A spreadsheet that separates
# cells by another sign than the comma starts a new cell after that sign, even within quotes.
FORMULA_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")
CELL_STARTS = re.compile(r"(^|[;|\t\r\n])(?=[=+\-@\t\r\n＝＋－＠])")
BUFFER_SIZE = 1024 * 1024  # bytes
BOM = "\ufeff"  # without it, Excel reads Khmer as Latin letters


def escape_formula(text):
    """Return the text with an apostrophe before each part that could run as a formula."""
    return CELL_STARTS.sub(r"\1'", text) if text else text


def escape_formulas(texts):
    """Return the texts of a column with formulas escaped."""
    # Fast path: called for every cell. Many columns are empty, and few contain one of these signs.
    joined = "".join(filter(None, texts))
    if not joined:
        return texts
    if ";" in joined or "|" in joined or "\t" in joined or "\r" in joined or "\n" in joined:
        return list(map(escape_formula, texts))
    return [f"'{text}" if text and text[0] in FORMULA_SIGNS else text for text in texts]


def _format_moments(values):
    return [value and str(value)[:16] for value in values] if any(values) else values


# Kind of a column → its type in a data package.
FIELD_TYPES = {
    NUMBER: {"type": "number"},
    DATE: {"type": "date"},
    MOMENT: {"type": "datetime", "format": "%Y-%m-%d %H:%M"},
} | dict.fromkeys((TEXT, CODE, FLAG, LINK), {"type": "string"})
_TEXT_FORMATS = {TEXT: escape_formulas, MOMENT: _format_moments}


class CsvWriter:
    """Writes CSV. The last column is the serial number of the export, so each excerpt is traceable."""

    suffix, media_type = "csv", "text/csv"

    def __init__(self, folder, export, on_progress):
        self.folder, self.export, self.on_progress = folder, export, on_progress

    def write(self, tables):
        """Write the file of the export; return its path and media type."""
        return _pack_files({self._write_table(table): table for table in tables}, self)

    def _write_table(self, table):
        path = self.folder / f"{table.entity}.csv"
        with path.open("w", buffering=BUFFER_SIZE, encoding="utf-8", newline="") as file:
            file.write(BOM)
            writer = csv.writer(file)
            writer.writerow([field["name"] for field in self.describe_fields(table)])
            for column in table.columns:
                column.set_transform(escape_formula)
            for batch in table.iter_batches():
                texts = [
                    _TEXT_FORMATS.get(column.kind, list)(column.format_values(values))
                    for column, values in zip(table.columns, batch, strict=True)
                ]
                writer.writerows(zip(*texts, [self.export.serial] * len(batch[0]), strict=True))
                self.on_progress(len(batch[0]), table)
        return path

    def describe_fields(self, table):
        """Return the fields of the file; their names are its headings."""
        fields = [
            {"name": escape_formula(column.label), **FIELD_TYPES[column.kind]} for column in table.columns
        ]
        return [*fields, {"name": gettext("Serial number"), "type": "string"}]


class JsonLinesWriter:
    """Writes JSON lines: each line is a row.

    Rows hold field names, code keys and ISO dates. The offences of a case are texts, because their keys are
    in rows of their own. Timestamps have an offset, so that programs in other time zones read them
    correctly.
    """

    suffix, media_type = "jsonl", "application/jsonl"

    def __init__(self, folder, export, on_progress):
        self.folder, self.export, self.on_progress = folder, export, on_progress

    def write(self, tables):
        return _pack_files({self._write_table(table): table for table in tables}, self)

    def _write_table(self, table):
        path = self.folder / f"{table.entity}.jsonl"
        names = [column.name for column in table.columns]
        encode = json.JSONEncoder(ensure_ascii=False, default=_encode_value).encode
        with path.open("w", encoding="utf-8") as file:
            for batch in table.iter_batches():
                values_by_column = [
                    column.raw_values(values) for column, values in zip(table.columns, batch, strict=True)
                ]
                rows = (dict(zip(names, row, strict=True)) for row in zip(*values_by_column, strict=True))
                file.writelines(encode(row) + "\n" for row in rows)
                self.on_progress(len(batch[0]), table)
        return path

    def describe_fields(self, table):
        """Return the fields of each line, with the words of the screens."""
        types = FIELD_TYPES | {FLAG: {"type": "boolean"}, MOMENT: {"type": "datetime"}}
        return [
            {"name": column.name, "title": column.label, **types[column.kind]} for column in table.columns
        ]


def _encode_value(value):
    if isinstance(value, datetime):
        return dates.format_iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))


def _pack_files(tables_by_path, writer):
    """Return the path and the media type of the archive with these files and their description."""
    archive = writer.folder / "together.zip"
    description = json.dumps(_describe(tables_by_path, writer), ensure_ascii=False, indent=1)
    with ZipFile(archive, "w", ZIP_DEFLATED) as zip_file:
        for path in tables_by_path:
            zip_file.write(path, path.name)
            path.unlink()
        zip_file.writestr("datapackage.json", description)
    return archive, "application/zip"


def _describe(tables_by_path, writer):
    """Return the description of the files: who exported them when and why, and the fields and the hash of each."""
    export = writer.export
    return {
        "profile": "tabular-data-package",
        "name": export.serial.lower(),
        "created": dates.format_iso(dates.now()),
        "title": export.serial,
        "description": " · ".join((watermark.format_line(export), watermark.build_warning()[1])),
        "about": dict([*watermark.build_lines(export), watermark.build_warning()]),
        "resources": [
            {
                "name": table.entity,
                "title": table.title,
                "path": path.name,
                "format": writer.suffix,
                "mediatype": writer.media_type,
                "encoding": "utf-8",
                "rows": table.rows,
                "bytes": path.stat().st_size,
                "hash": f"sha256:{_hash_file(path)}",
                "profile": "tabular-data-resource",
                "schema": {"fields": writer.describe_fields(table)},
            }
            for path, table in tables_by_path.items()
        ],
    }


def _hash_file(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
