"""Reads the .zip of an export of this system: a file of each table, .csv or JSON lines, and their description.

The tables are the sheets. The headings of JSON lines are the words of the screens, which the description has.
"""

import json
import tempfile

from app.imports.readers import csv_rows, json_rows
from app.imports.readers.layout import find_sheet
from app.imports.readers.limits import UnreadableFile
from app.imports.readers.xlsx_parts import DAMAGED, open_workbook, read_pieces

DESCRIPTION = "datapackage.json"
MAX_DESCRIPTION_BYTES = 4 * 1024**2


def list_sheets(path):
    """Return the titles of the tables. Raise UnreadableFile."""
    return list(_read_tables(path))


def read_rows(path, sheet=""):
    """Yield (row number, cells) of one table."""
    tables = _read_tables(path)
    name, labels = tables[find_sheet(list(tables), sheet)]
    with tempfile.NamedTemporaryFile() as file:
        with open_workbook(path) as archive:
            for piece in read_pieces(archive, name):
                file.write(piece)
        file.flush()
        if name.endswith(".jsonl"):
            yield from json_rows.read_rows(file.name, labels)
        else:
            yield from csv_rows.read_rows(file.name)


def _read_tables(path):
    """Return title → (name of the file, {name of a field: its words}) of each table."""
    with open_workbook(path) as archive:
        content = b""
        for piece in read_pieces(archive, DESCRIPTION):
            content += piece
            if len(content) > MAX_DESCRIPTION_BYTES:
                raise UnreadableFile(DAMAGED)
        try:
            tables = {str(one["title"]): _describe(one) for one in json.loads(content)["resources"]}
        except (TypeError, AttributeError, RecursionError):
            tables = {}
    if not tables:
        raise UnreadableFile(DAMAGED)
    return tables


def _describe(resource):
    fields = resource["schema"]["fields"]
    return str(resource["path"]), {str(one["name"]): str(one["title"]) for one in fields if "title" in one}
