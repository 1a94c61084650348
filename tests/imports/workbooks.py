"""Files as people send them, good and bad, for tests of the import."""

import io
import zipfile

import xlsxwriter


def workbook(path, rows, **options):
    """A workbook of these rows; a value that is a function writes its cell itself, by (sheet, row, column, book)."""
    book = xlsxwriter.Workbook(str(path), options)
    sheet = book.add_worksheet("Orders")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if callable(value):
                value(sheet, number, column, book)
            else:
                sheet.write(number, column, value)
    book.close()
    return path


def a_date(value, look="dd/mm/yyyy"):
    return lambda sheet, row, column, book: sheet.write_datetime(
        row, column, value, book.add_format({"num_format": look})
    )


def a_formula(text, result):
    return lambda sheet, row, column, _book: sheet.write_formula(row, column, text, None, result)


def with_part(path, name, change):
    """The workbook with one part changed: `change(bytes)` gives the new one; a part that is not there is empty."""
    with zipfile.ZipFile(path) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    parts[name] = change(parts.get(name, b""))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for one, content in parts.items():
            packed.writestr(one, content)
    path.write_bytes(held.getvalue())
    return path


def text(path, lines, encoding="utf-8", separator=","):
    path.write_bytes("".join(separator.join(line) + "\r\n" for line in lines).encode(encoding))
    return path
