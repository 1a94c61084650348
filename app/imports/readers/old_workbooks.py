"""Reads .xls and .ods workbooks in a process with limits, because their parser is a library for untrusted files."""

import json
import tempfile
from collections import deque
from datetime import date, datetime
from pathlib import Path

from app.imports.readers import xlsx_cells
from app.imports.readers.layout import find_sheet
from app.imports.readers.limits import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    TOO_LONG,
    TOO_MANY_COLUMNS,
    UnreadableCell,
    UnreadableFile,
)
from app.imports.readers.xlsx_parts import DAMAGED, open_workbook, read_pieces
from app.kernel.files import limited_process
from app.kernel.i18n.lazy_message import _

SCRIPT = str(Path(__file__).with_name("workbook_script.py"))
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
PROTECTED = _("The workbook is protected by a password. Remove the password and send it again.")


def list_sheets(path):
    """Return the names of the visible sheets. Raise UnreadableFile."""
    with tempfile.TemporaryFile() as target:
        return _convert(path, target)


def read_rows(path, sheet=""):
    """Yield (row number, cells) of one sheet; empty rows are skipped."""
    with tempfile.TemporaryFile() as target:
        wanted, current = find_sheet(_convert(path, target), sheet), None
        target.seek(0)
        for line in target:
            values = json.loads(line)
            if isinstance(values, str):
                current = values
            elif current == wanted:
                yield values[0], [_to_cell(value) for value in _limit_columns(values[1:])]


def _refuse_bomb(path):
    """Raise UnreadableFile if the content of a zipped workbook is far larger than its file."""
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            return
    with open_workbook(path) as archive:
        deque(read_pieces(archive, "content.xml"), maxlen=0)


def _convert(path, target):
    _refuse_bomb(path)
    try:
        with open(path, "rb") as source:
            result = limited_process.run_script(SCRIPT, source, target)
    except limited_process.LimitExceeded:
        raise UnreadableFile(
            _("This workbook is damaged or too large to read. Save it as .xlsx and send the new file.")
        ) from None
    if result.get("protected"):
        raise UnreadableFile(PROTECTED)
    if not result.get("sheets"):
        raise UnreadableFile(DAMAGED)
    return result["sheets"]


def _limit_columns(values):
    return values if len(values) <= MAX_COLUMNS else [*values[: MAX_COLUMNS - 1], {"error": "columns"}]


def _to_cell(value):
    """Return the value of a cell that the script wrote."""
    if isinstance(value, dict):
        if "error" in value:
            return UnreadableCell(TOO_MANY_COLUMNS)
        moment = datetime.fromisoformat(value["date"])
        return moment if "T" in value["date"] else date(moment.year, moment.month, moment.day)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return xlsx_cells.format_number(value)
    if value in ERRORS:
        return UnreadableCell(xlsx_cells.CELL_ERROR)
    if value is not None and len(value) > MAX_CELL_LENGTH:
        return UnreadableCell(TOO_LONG)
    return value or None
