"""Job that writes the file of an export with the scope, rights and masks of the requesting officer."""
# unrestricted: narrows the scope of the officer
# commits: the refusal of an export that exceeds the row limit

import hashlib
from dataclasses import replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import TooManyRequests

from app import jobs
from app.exports import datasets, limits
from app.exports.models import EXCHANGE, OVER_LIMIT, Export
from app.exports.text_files import CsvWriter, JsonLinesWriter
from app.exports.xlsx_files import XlsxWriter
from app.extensions import db
from app.kernel.actor import act_as, actor_of
from app.kernel.audit import access_log
from app.kernel.database.transactions import commit, rollback
from app.kernel.schema.display import reader_language
from app.kernel.text import dates

FORMATS = {"xlsx": XlsxWriter, "csv": CsvWriter, "jsonl": JsonLinesWriter}


@jobs.register_kind(
    "export",
    label=_("Export"),
    permission=("can_export", "Export"),
    record_page=("ExportView.show", "number"),
)
def run_export(work, number):
    actor = actor_of(db.session)
    act_as(db.session, replace(actor, scope=actor.scope.without_minors()))  # no export names them
    export = db.session.get(Export, number)
    is_approved = export.decided_by_id is not None
    if is_approved and not limits.is_approval_valid(export):
        raise jobs.JobRefused(
            gettext(
                "The approval is no longer valid: your unit or the role of the approver has changed. Request the export again."
            )
        )
    tables = list(datasets.build_tables(export))
    written = _write_file(work, export, tables)
    if written is None:
        _reject_export(export, tables)
    path, media_type = written
    datasets.require_rows(
        tables if export.subject == EXCHANGE else tables[:1]
    )  # a related row needs its main record
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    rows = sum(table.rows for table in tables)
    people, unregistered = (
        sorted(set().union(*(getattr(table, name) for table in tables)))
        for name in ("people", "unregistered")
    )
    rollback()  # the audit entry is committed in its own transaction before the file can be downloaded
    try:
        access_log.log_export(
            export.__tablename__, number, people, unregistered=unregistered, number=export.serial, format=export.format,
            count=rows, sha256=sha256, approved=is_approved, tables=[table.audit_facts for table in tables],
        )  # fmt: skip
    except TooManyRequests:
        _reject_export(export, tables, gettext("You may not see so many people in a day. Ask for approval."))
    export.rows, export.sha256 = rows, sha256
    export.arguments = {name: value for name, value in export.arguments.items() if name != "filters"}
    suffix = "zip" if media_type == "application/zip" else export.format
    work.report_progress(rows, _format_row_count(rows))
    work.set_result(path, f"{export.serial}.{suffix}", media_type)


class _TooManyRows(Exception):
    """The file exceeds the row limit of the role."""


def _write_file(work, export, tables):
    """Return (path, media type), or None if the file exceeds the row limit.

    All reading has ended on return: on SQLite an open cursor prevents its session from writing new rows.
    """
    written = 0

    def count_rows(rows, table):
        """Count the rows written and report progress; raise _TooManyRows above the limit."""
        nonlocal written
        written += rows
        if written > export.max_rows:
            raise _TooManyRows
        work.report_progress(written, f"{table.title} · {_format_row_count(written)}")

    try:
        return FORMATS[export.format](work.folder, export, count_rows).write(tables)
    except _TooManyRows:
        return None


def _reject_export(export, tables, reason=None):
    rollback()
    export.state, export.rows = OVER_LIMIT, sum(table.count() for table in tables)
    commit()
    limit = dates.format_number(export.max_rows, reader_language())
    raise jobs.JobRefused(
        reason
        or gettext("The list has more than %(most)s rows. Narrow the list, or ask for approval.", most=limit)
    )


def _format_row_count(rows):
    return gettext("%(rows)s rows", rows=dates.format_number(rows, reader_language()))
