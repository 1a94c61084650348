"""Empty files in the layout of a supplied profile: the headings, and the values that the columns of a code list accept."""

import tempfile

import xlsxwriter
from flask_babel import gettext

from app.imports.target_fields import CODE
from app.kernel.schema import code_lists


def write_file(profile):
    """Return an open temporary workbook with the headings of the profile, and the values of its code lists."""
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115  (it goes with the answer)
    book = xlsxwriter.Workbook(file.name, {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True})
    sheet = book.add_worksheet(gettext("Rows"))
    sheet.set_column(0, len(profile.columns) - 1, 22)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(profile.columns.values()):
        sheet.write_string(0, column, heading, bold)
    lists = book.add_worksheet(gettext("Values"))
    lists.set_column(0, 3, 30)
    headings = (gettext("Column"), gettext("Value"), gettext("Name in Khmer"), gettext("Name in English"))
    for column, heading in enumerate(headings):
        lists.write_string(0, column, heading, bold)
    for row, line in enumerate(_iterate_values(profile), 1):
        for column, text in enumerate(line):
            lists.write_string(row, column, text or "")
    book.close()
    return file


def _iterate_values(profile):
    """Yield (heading, value, Khmer name, English name) of each value of the columns with a code list."""
    all_lists = code_lists.all_lists()
    for key, heading in profile.columns.items():
        target, own = profile.targets[key], profile.codes.get(key, {})
        if target.type == CODE:
            rows = all_lists.get(target.codes, {})
            values = own.items() or ((code, code) for code in code_lists.keys(target.codes))
            for value, code in values:
                if code in rows:
                    yield heading, value, rows[code].name_km, rows[code].name_en
