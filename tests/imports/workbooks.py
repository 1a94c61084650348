"""Workbooks and text files, valid and damaged, for the import tests."""

import io
import zipfile
from datetime import datetime

import xlsxwriter


def write_workbook(path, rows, **options):
    """Write a workbook; a cell may be a function, called with (sheet, row, column, book)."""
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": datetime(2026, 1, 1)})  # equal rows give equal bytes
    sheet = book.add_worksheet("Orders")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if callable(value):
                value(sheet, number, column, book)
            else:
                sheet.write(number, column, value)
    book.close()
    return path


def date_cell(value, number_format="dd/mm/yyyy"):
    return lambda sheet, row, column, book: sheet.write_datetime(
        row, column, value, book.add_format({"num_format": number_format})
    )


def formula_cell(text, result):
    return lambda sheet, row, column, _book: sheet.write_formula(row, column, text, None, result)


def change_part(path, name, change):
    """Replace one part of a workbook by `change(bytes)`; a missing part is empty."""
    with zipfile.ZipFile(path) as archive:
        parts = {part_name: archive.read(part_name) for part_name in archive.namelist()}
    parts[name] = change(parts.get(name, b""))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part_name, content in parts.items():
            archive.writestr(part_name, content)
    path.write_bytes(buffer.getvalue())
    return path


def write_text(path, lines, encoding="utf-8", separator=","):
    path.write_bytes("".join(separator.join(line) + "\r\n" for line in lines).encode(encoding))
    return path


def damage(rng, content):
    """Return the bytes of a file with a typical damage."""
    content, kind_of_damage = bytearray(content), rng.randrange(5)
    if kind_of_damage == 0:
        del content[rng.randrange(len(content)) :]
    elif kind_of_damage == 1:
        for _time in range(rng.randint(1, 40)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    elif kind_of_damage == 2:
        position = rng.randrange(len(content))
        del content[position : position + rng.randint(1, 200)]
    elif kind_of_damage == 3:
        position = rng.randrange(len(content))
        content[position:position] = rng.randbytes(rng.randint(1, 400))
    else:
        position = rng.randrange(len(content))
        content[position:position] = content[position : position + 300] * rng.randint(1, 20)
    return bytes(content)
