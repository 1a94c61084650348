"""What waits of an import as a workbook, to be mended there: each row with its reasons, in the words of its reader."""

import tempfile

import xlsxwriter
from flask_babel import force_locale, gettext
from sqlalchemy import select

from app.extensions import db
from app.imports import code_mapping, page_data, target_fields
from app.imports.cell_labels import Words
from app.imports.models import WAITS, ImportEntry
from app.imports.rejected_entries import LANGUAGES

ENTRY, ROW, WHY = "entry", "row", "why"  # what the first columns hold
LONGEST = 10_000


def sheet_of(run):
    """(a workbook that goes when it is read, how many rows) of all entries that wait. Nothing in it is a formula."""
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115  (it goes with the answer)
    book = xlsxwriter.Workbook(
        file.name, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet, bold, count = (
        book.add_worksheet(gettext("Waiting to be mended")),
        book.add_format({"bold": True}),
        0,
    )
    known, words = target_fields.of_kind(run.kind), Words(run.profile)
    for column, word in enumerate((*_first(), *code_mapping.names(known).values())):
        sheet.write_string(0, column, word, bold)
    sheet.freeze_panes(1, 3)
    for entry in _waiting(run):
        problems = page_data.problems_of(run, entry.problems)
        why = " · ".join(f"{one.label}: {one.text}" if one.label else one.text for one in problems)
        for number, values in entry.values:
            count += 1
            sheet.write_string(count, 0, str(entry.id))
            sheet.write_string(count, 1, str(number))
            sheet.write_string(count, 2, why[:LONGEST])
            for column, (key, target) in enumerate(known.items(), start=3):
                if values.get(key):
                    sheet.write_string(count, column, words.shown(target, values[key]))
    book.close()
    return file, count


def keys_of(headings, known):
    """What the headings of a sheet stand for, in whichever language it was downloaded."""
    keys = {}
    for language in LANGUAGES:
        with force_locale(language):
            keys |= dict(zip(_first(), (ENTRY, ROW, WHY), strict=True))
            keys |= {word: key for key, word in code_mapping.names(known).items()}
    return [keys.get(one, "") for one in headings]


def _first():
    """The headings of the three columns before those of the file."""
    return [gettext("Entry"), gettext("Row"), gettext("What is wrong")]


def _waiting(run):
    last = 0
    found = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == WAITS)
    while some := db.session.scalars(
        found.where(ImportEntry.id > last).order_by(ImportEntry.id).limit(200)
    ).all():
        yield from some
        last = some[-1].id
