"""Processes a fixed spreadsheet that comes back: a small one at once, a larger one as a job.

Each entry is fixed once, batch by batch, each batch whole or not at all. An entry that is fixed or registered
by then, through this spreadsheet, another one or a page, stays unchanged. Another officer approves the fixes.
"""

from collections import Counter

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from app import jobs
from app.extensions import db
from app.imports import actions, page_data, readers, runner, uploads
from app.imports.fix_sheet_reader import FixSheet, has_more_rows
from app.imports.models import FIXED, WAITING, ImportEntry, ImportRun

MAX_DIRECT_ROWS = 250  # rows processed within the request
STILL_PROCESSING = _(
    "A fixed spreadsheet of this import is still being processed. Send this one when it is finished."
)


def receive_sheet(run, user_id, stream):
    """Return (fixed, still rejected) of a small spreadsheet, or the job of a larger one.

    The commit starts the job. Raise readers.UnreadableFile and actions.StepRefused.
    """
    name, sha256 = uploads.save_fix_sheet(stream)
    job = None
    try:
        is_large = has_more_rows(run, uploads.get_path(name), MAX_DIRECT_ROWS)
        sheet = None if is_large else FixSheet(run, uploads.get_path(name))
        running = _find_running_job(run)
        if running is not None:
            if running.arguments["sha256"] == sha256 and running.owner_id == user_id:
                return running
            raise actions.StepRefused(STILL_PROCESSING)
        if sheet is not None:
            return process_sheet(run, sheet)
        title = _("Fixed spreadsheet of %(file)s", file=run.title)
        job = jobs.start_job(
            db.session, uploads.FIX_SHEET_JOB, title=title, run=run.id, sheet=name, sha256=sha256
        )
        return job
    finally:
        if job is None:
            uploads.delete_upload(name)


def _find_running_job(run):
    """Return the job of another fixed spreadsheet of this import.

    The update locks the import row: a simultaneous request waits here until the first has committed.
    """
    db.session.execute(update(ImportRun).where(ImportRun.id == run.id).values(waiting=ImportRun.waiting))
    return page_data.find_running_job(run, uploads.FIX_SHEET_JOB)


def process_sheet(run, sheet, on_progress=lambda count: None):
    """Return (fixed, still rejected) of its entries. Raise readers.UnreadableFile."""
    run_id, profile, counts, processed = run.id, actions.get_fix_profile(run), Counter(), 0
    for ids in runner.split_batches(iter(sorted(sheet.rows))):
        entries = select(ImportEntry).where(ImportEntry.run_id == run_id, ImportEntry.id.in_(ids))
        query = entries.where(ImportEntry.state == WAITING).order_by(ImportEntry.id)
        runner.fix_entries(run_id, profile, [sheet.apply_to(entry) for entry in db.session.scalars(query)])
        states = entries.with_only_columns(ImportEntry.state, func.count()).group_by(ImportEntry.state)
        counts.update(dict(db.session.execute(states).all()))
        processed += len(ids)
        on_progress(processed)
    if not counts:
        raise readers.UnreadableFile(
            _(
                "No row of this spreadsheet is waiting in this import. Download the spreadsheet of this import."
            )
        )
    return counts[FIXED], counts[WAITING]


@jobs.register_kind(
    uploads.FIX_SHEET_JOB,
    label=_("Fixed spreadsheet of an import"),
    permission=("can_approve", "Import"),
    record_page=("RejectedEntryView.list", "run"),
)
def _run_sheet_job(work, run, sheet, sha256):
    path = uploads.get_path(sheet)
    if not path.exists():
        raise jobs.JobRefused(gettext("The file is no longer stored."))
    import_run = db.session.get(ImportRun, run)
    try:
        fix_sheet = FixSheet(import_run, path)
        work.set_total(len(fix_sheet.rows))
        result = actions.format_fix_result(*process_sheet(import_run, fix_sheet, work.report_progress))
    except readers.UnreadableFile as error:
        raise jobs.JobRefused(str(error)) from None
    work.report_progress(len(fix_sheet.rows), result)
    uploads.delete_upload(sheet)
