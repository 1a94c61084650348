"""Writes the cells of a workbook as JSON lines: the name of a sheet, then its rows. A script of `limited_process`.

A merged cell gives its value to all its rows. It imports nothing of ours.
"""

import json
import os
import sys
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum


def _encode(value):
    if isinstance(value, (datetime, date)):
        midnight = isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0)
        return {"date": (value.date() if midnight else value).isoformat()}
    if value is None or value == "":
        return None
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def _fill_merged(row, number, ranges, values):
    for (first, column), (last, _last_column) in ranges:
        if first <= number <= last and column < len(row):
            if number == first:
                values[first, column] = row[column]
            elif row[column] is None:
                row[column] = values.get((first, column))


def _write_sheet(sheet, output):
    ranges = [one for one in sheet.merged_cell_ranges or () if one[1][0] > one[0][0]]
    values, number = {}, (sheet.start or (0, 0))[0]
    margin = [None] * (sheet.start or (0, 0))[1]
    for cells in sheet.iter_rows():
        row = margin + [_encode(value) for value in cells]
        if any(value is not None for value in row):
            _fill_merged(row, number, ranges, values)
            while row[-1] is None:
                row.pop()
            output.write(json.dumps([number + 1, *row]) + "\n")
        number += 1


def main():
    """Convert the workbook of the standard input."""
    try:
        book = CalamineWorkbook.from_filelike(os.fdopen(0, "rb", closefd=False))
        names = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        with os.fdopen(1, "w", encoding="utf-8", closefd=False) as output:
            for name in names:
                output.write(json.dumps(name) + "\n")
                _write_sheet(book.get_sheet_by_name(name), output)
        result = {"sheets": names}
    except PasswordError:
        result = {"protected": True}
    except CalamineError:
        result = {"sheets": []}
    sys.stderr.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
