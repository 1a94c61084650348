"""The report of an import: what became of each row of the file, as a workbook and as a PDF to sign.

Both have the same hash of the list of rows, so that the signed paper proves the workbook.
"""

import hashlib
from collections import Counter
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import xlsxwriter
from flask import request
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app import jobs
from app.extensions import db
from app.imports.acknowledgements import write_form
from app.imports.models import DONE, ImportRun
from app.imports.outcome_rows import LABELS, SKIPPED, TO_APPROVE, iterate_rows
from app.imports.profiles import get_source_title
from app.imports.row_outcomes import REJECTED
from app.kernel.actor import actor_of
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value, reader_language
from app.kernel.text.dates import format_number
from app.printouts.document import Printout, build_facts, build_note, build_table
from app.printouts.footer import build_frame_texts
from app.printouts.printed_copies import find_serial
from app.printouts.typesetting import LANGUAGE, typeset

KIND, XLSX, PDF, ANSWER = "import-report", "xlsx", "pdf", "answer"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {XLSX: XLSX_TYPE, PDF: "application/pdf", ANSWER: XLSX_TYPE}  # by format
MAX_PDF_LINES = 1_000  # lines of the signed list: about thirty pages
MAX_SHEET_ROWS = 1_000_000  # of one worksheet
PROGRESS_ROWS = 5_000
NOT_ACCEPTED = (REJECTED, TO_APPROVE)


def has_report(run):
    """Return whether the import is over and has the outcomes of its rows."""
    return run.state == DONE and run.read_rows is not None


def start_job(run, format):
    """Start the job that writes the report and return it."""
    title = gettext("Report of import %(number)s", number=run.id)
    return jobs.start_job(db.session, KIND, title=title, run=run.id, format=format, root=request.url_root)


@jobs.register_kind(
    KIND,
    label=_("Report of an import"),
    result_lifetime=timedelta(days=2),
    permission=("can_show", "Import"),
)
def write_report(work, run, format, root):
    """Write the report and log it as a printout."""
    import_run = db.session.get(ImportRun, run)
    if not has_report(import_run):
        raise jobs.JobRefused(gettext("This import has no report."))
    work.set_total(import_run.end_row)
    with force_locale(LANGUAGE if format == PDF else reader_language()):
        content = Content(import_run, work.report_progress)
        suffix = PDF if format == PDF else XLSX
        path, printout = work.folder / f"report.{suffix}", None
        if format == PDF:
            printout = build_printout(content)
        elif format == ANSWER:
            _write_answer(path, content)
        else:
            _write_workbook(path, content)
        number = access_log.log_print(
            ImportRun.__tablename__,
            run,
            [],
            paper=KIND,
            format=format,
            count=content.total,
            sha256=content.sha256,
        )
        if printout is not None:
            texts = build_frame_texts(current_user, actor_of(db.session), find_serial(number), root)
            path.write_bytes(typeset([printout], texts))
    work.report_progress(import_run.end_row)
    work.set_result(path, f"{KIND}-{run}-{number}.{suffix}", TYPES[format])


class Content:
    """The rows of the report, their counts, and the hash of the list. The rows are read again for each use."""

    def __init__(self, run, on_progress):
        self.run, self.counts, digest = run, Counter(), hashlib.sha256()
        for row in iterate_rows(run):
            self.counts[row.outcome] += 1
            digest.update(f"{row.row}\t{row.outcome}\t{row.record}\n".encode())
            if row.row % PROGRESS_ROWS == 0:
                on_progress(min(row.row, run.end_row) // 2)
        self.sha256 = digest.hexdigest()

    @property
    def total(self):
        return self.counts.total()

    @property
    def unaccounted(self):
        """Return how many rows were read and have no outcome."""
        return self.run.read_rows - (self.total - self.counts[SKIPPED])

    @property
    def facts(self):
        """Return (label, value) of the file and of the officers."""
        run = self.run
        return [
            (gettext("Imported file"), run.title),
            (gettext("Sheet"), run.profile.layout.sheet),
            (gettext("Contents"), code_lists.label("import_kind", run.kind)),
            (gettext("Source system"), get_source_title(run.profile.source)),
            (gettext("SHA-256 of the file"), run.sha256),
            (gettext("SHA-256 of the column mapping"), run.mapping_hash),
            (gettext("SHA-256 of the list of rows"), self.sha256),
            (gettext("Read by"), f"{_name(run.read_by)} · {format_value(run.read_at)}"),
            (gettext("Approved by"), f"{_name(run.approved_by)} · {format_value(run.approved_at)}"),
            (gettext("Ended at"), format_value(run.ended_at)),
        ]

    @property
    def results(self):
        """Return (label, number) of each outcome and of all rows; a row without an outcome is counted too."""
        counted = [(str(label), self.counts[key]) for key, label in LABELS.items() if self.counts[key]]
        return [
            *counted,
            (gettext("Rows without an outcome"), self.unaccounted),
            (gettext("All rows of the file"), self.total + self.unaccounted),
        ]

    def list_groups(self):
        """Return (first row, last row, outcome, remark) for rows in sequence with one outcome and remark."""
        groups = []
        for (outcome, remark), rows in groupby(
            iterate_rows(self.run), key=lambda row: (row.outcome, row.remark)
        ):
            rows = [row.row for row in rows]
            groups.append((rows[0], rows[-1], outcome, remark))
        return groups


def _name(user):
    return user.name_km or user.get_full_name()


def _write_workbook(path, content):
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options | {"tmpdir": str(path.parent)})
    bold = book.add_format({"bold": True})
    summary = book.add_worksheet(gettext("Summary"))
    summary.set_column(0, 0, 60)
    summary.set_column(1, 1, 70)
    for at, (label, value) in enumerate([*content.facts, *content.results]):
        summary.write_string(at, 0, str(label), bold)
        summary.write(at, 1, value)
    sheet, at = None, 0
    for row in iterate_rows(content.run):
        if sheet is None or at == MAX_SHEET_ROWS:
            sheet, at = _add_list(book, bold), 0
        at += 1
        sheet.write_number(at, 0, row.row)
        for column, text in enumerate((str(LABELS[row.outcome]), row.record or "", row.remark), start=1):
            sheet.write_string(at, column, text[:10_000])
    book.close()


def _write_answer(path, content):
    """Write the acknowledgement for the sender of the file: what is not registered yet counts as rejected."""
    run = content.run
    received = content.total - content.counts[SKIPPED]
    rejected = [
        ("", gettext("Row %(row)s", row=str(row.row)), row.remark or str(LABELS[row.outcome]))
        for row in iterate_rows(run)
        if row.outcome in NOT_ACCEPTED
    ]
    counts = [(run.profile.layout.sheet or run.title, received, received - len(rejected))]
    write_form(path, Path(run.title).stem, run.sha256, counts, rejected)


def _add_list(book, bold):
    number = len(book.worksheets())
    sheet = book.add_worksheet(gettext("Rows of the file") + (f" ({number})" if number > 1 else ""))
    for column, heading in enumerate(
        (gettext("Row"), gettext("Outcome"), gettext("Record"), gettext("Note"))
    ):
        sheet.write_string(0, column, heading, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 3, 50)
    return sheet


def build_printout(content):
    """Return the report to sign; its list has a line for rows in sequence with one outcome."""
    language, run, groups = reader_language(), content.run, content.list_groups()
    lines = [
        (_format_range(first, last), str(LABELS[outcome]), remark) for first, last, outcome, remark in groups
    ]
    heads = [(gettext("Rows"), 0), (gettext("Outcome"), 1), (gettext("Note"), 1)]
    counted = [(label, format_number(number, language)) for label, number in content.results]
    parts = [
        build_facts(content.facts, gettext("Imported file"), wide=True),
        build_table([(gettext("Outcome"), 1), (gettext("Rows"), 0)], counted, gettext("Rows by outcome")),
        build_table(heads, lines, gettext("Outcome of each row")),
    ]
    if len(groups) > MAX_PDF_LINES:
        text = gettext("The list goes on. The workbook with the same SHA-256 of the list has all rows.")
        parts.append(build_note(text))
    return Printout(
        title=gettext("Report of an import"),
        number=f"IMP-{run.id:06d}",
        parts=tuple(parts),
        signers=(gettext("Officer who read the file"), gettext("Officer who approved the import")),
    )


def _format_range(first, last):
    language = reader_language()
    numbers = dict.fromkeys((format_number(first, language), format_number(last, language)))
    return "–".join(numbers)
