"""Exports rejected entries as a workbook, with problems and labels in the reader's language."""

import tempfile

import xlsxwriter
from flask_babel import force_locale, gettext
from sqlalchemy import select

from app.extensions import db
from app.imports import code_mapping, page_data, target_fields
from app.imports.cell_labels import CellLabels
from app.imports.models import WAITING, ImportEntry
from app.imports.rejected_entries import LANGUAGES

ENTRY, ROW, PROBLEMS = "entry", "row", "why"  # keys of the first three columns
MAX_CELL_LENGTH = 10_000


def build_workbook(run):
    """Return (open temporary workbook, row count) of all rejected entries. No cell is a formula."""
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115  (it goes with the answer)
    book = xlsxwriter.Workbook(
        file.name, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    worksheet, bold, count = (
        book.add_worksheet(gettext("Rows to fix")),
        book.add_format({"bold": True}),
        0,
    )
    targets, labels = target_fields.get_targets(run.kind), CellLabels(run.profile)
    for column, heading in enumerate((*_fixed_headings(), *code_mapping.name_targets(targets).values())):
        worksheet.write_string(0, column, heading, bold)
    worksheet.freeze_panes(1, 3)
    for entry in _load_waiting_entries(run):
        problems = page_data.format_problems(run, entry.problems)
        problem_text = " · ".join(
            f"{problem.label}: {problem.text}" if problem.label else problem.text for problem in problems
        )
        for number, values in entry.values:
            count += 1
            worksheet.write_string(count, 0, str(entry.id))
            worksheet.write_string(count, 1, str(number))
            worksheet.write_string(count, 2, problem_text[:MAX_CELL_LENGTH])
            for column, (key, target) in enumerate(targets.items(), start=3):
                if values.get(key):
                    worksheet.write_string(count, column, labels.format_cell(target, values[key]))
    book.close()
    return file, count


def parse_headings(headings, targets):
    """Return the key of each heading, in any language of the system; empty if unknown."""
    keys = {}
    for language in LANGUAGES:
        with force_locale(language):
            keys |= dict(zip(_fixed_headings(), (ENTRY, ROW, PROBLEMS), strict=True))
            keys |= {label: key for key, label in code_mapping.name_targets(targets).items()}
    return [keys.get(heading, "") for heading in headings]


def _fixed_headings():
    """Return the headings of the three columns before those of the file."""
    return [gettext("Entry"), gettext("Row"), gettext("Problems")]


def _load_waiting_entries(run):
    last_id = 0
    query = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == WAITING)
    while batch := db.session.scalars(
        query.where(ImportEntry.id > last_id).order_by(ImportEntry.id).limit(200)
    ).all():
        yield from batch
        last_id = batch[-1].id
