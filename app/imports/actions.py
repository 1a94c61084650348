"""Steps of an import: upload, trial run, approval by a second officer, fixes of rejected entries and their approval.

Reading, trial run and import run in background jobs. Only the import writes records.
"""
# commits: the reason why a file cannot be read, at the end of the trial run, and the approval of fixed rows

from dataclasses import replace
from itertools import islice

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from app import jobs
from app.corrections import separation_of_duties
from app.corrections.errors import NotAllowed
from app.extensions import db
from app.imports import (
    batch_writer,
    computed_columns,
    notifications,
    profiles,
    proposals,
    readers,
    rejected_entries,
    runner,
    saved_profiles,
    survey,
    target_fields,
    uploads,
)
from app.imports.entries import Entry, normalize_heading
from app.imports.models import (
    BEFORE_APPROVAL,
    CHECKED,
    ENTERED,
    FIXED,
    READ,
    REFUSED,
    RUNNING,
    WAITING,
    ImportEntry,
    ImportProfile,
    ImportRun,
)
from app.kernel import system_kind
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit, rollback
from app.kernel.schema.display import reader_language
from app.kernel.schema.rules import Problem
from app.kernel.text import dates

MAX_UNDO = 20  # earlier settings of an import
PREVIEW_ROWS = 3  # rows shown before anything is done
ALREADY_DONE = _("This step is already done, or another user did it. Check the current status.")
NEEDS_SECOND_OFFICER = _("A second officer must approve the import.")
CHANGED_ROWS = _("Another officer changed these rows in the meantime. Read them again.")
FROM_PRACTICE = _("V150: This file has practice data, not real data. It cannot be imported.")
CHECKED_ROWS = 200  # of an upload; the trial run checks all
RETURNED = _("Another officer returned this row. Compare it with the file.")


class StepRefused(Exception):
    """The step is not allowed now; the text is a message for the user."""


def create_import(user_id, stream, title, profile):
    """Save an upload and return its new import. Raise readers.UnreadableFile if it is not a table."""
    sha256, size = uploads.save_upload(stream)
    try:
        if not profile.columns:
            layout, encoding = readers.propose(uploads.get_path(sha256))
            profile = replace(profile, layout=layout, encoding=encoding)
        _check_table(sha256, profile)
    except readers.UnreadableFile:
        if db.session.scalar(select(ImportRun.id).where(ImportRun.sha256 == sha256).limit(1)) is None:
            uploads.delete_upload(sha256)
        raise
    if not profile.columns:
        surveys, _rows = survey.survey_file(sha256, profile)
        profile = proposals.propose(profile, surveys)
    run = ImportRun(
        title=title[:120],
        kind=profile.kind,
        settings=profile.settings,
        sha256=sha256,
        size=size,
        uploaded_by_id=user_id,
        read_by_id=user_id,
    )
    db.session.add(run)
    db.session.flush()
    _record_reading(run)
    return run


def _check_table(sha256, profile):
    """Raise readers.UnreadableFile if the file is not a table or has no data row."""
    table = readers.read_table(uploads.get_path(sha256), profile.encoding, profile.layout)
    rows = list(islice(_refuse_practice(table), CHECKED_ROWS))[:2]
    if not rows or not any(normalize_heading(cell) for cell in rows[0][1]):
        raise readers.UnreadableFile(_("The file is empty. Choose another file."))
    if len(rows) == 1:
        raise readers.UnreadableFile(_("The file has only headings and no data rows. Choose another file."))


def read_file_rows(run):
    return _refuse_practice(computed_columns.read_rows(uploads.get_path(run.sha256), run.profile))


def _refuse_practice(rows):
    """Return the rows. Raise readers.UnreadableFile at a row of a practice system, unless this is one."""
    return rows if system_kind.is_practice() else _iterate_real_rows(rows)


def _iterate_real_rows(rows):
    for number, cells in rows:
        if system_kind.is_from_practice("\t".join(cell for cell in cells if isinstance(cell, str))):
            raise readers.UnreadableFile(FROM_PRACTICE)
        yield number, cells


def read_preview(run):
    """Return (headings, first rows) of the file. Raise readers.UnreadableFile."""
    rows = list(islice(read_file_rows(run), PREVIEW_ROWS + 1))
    headings = [normalize_heading(cell) for cell in rows[0][1]] if rows else []
    return headings, rows[1:]


def choose_columns(run, profile, name, user_id):
    """Change the profile of a file that is not approved yet, and save it under `name` for later files.

    The user becomes the reader of the file, so another officer must approve it.
    """
    if name:
        profile = _with_name(profile, name)
    if profile.settings != run.settings:
        earlier = [*(run.earlier_settings or ()), run.settings][-MAX_UNDO:]
        _set_profile(run, profile, user_id, earlier)
    if name:
        saved_profiles.save(profile, name, user_id)
        recorder.record(db.session, "import.profile_saved", "import_run", run.id)


def undo_columns(run, user_id):
    """Restore the settings before the last change. Raise StepRefused if there are none."""
    earlier = list(run.earlier_settings or ())
    if not earlier:
        raise StepRefused(ALREADY_DONE)
    _set_profile(run, profiles.Profile.from_settings(earlier.pop()), user_id, earlier)


def propose_columns(run, user_id):
    """Propose the meaning of every column again, as for a new file."""
    profile = replace(run.profile, columns={}, limon=(), computed=())
    surveys, _rows = survey.survey_file(run.sha256, profile)
    choose_columns(run, proposals.propose(profile, surveys), "", user_id)


def _set_profile(run, profile, user_id, earlier):
    values = {"settings": profile.settings, "read_by_id": user_id, "read_at": dates.now()}
    _change_state(run, BEFORE_APPROVAL, state=READ, report=None, earlier_settings=earlier, **values)
    _record_reading(run)


def start_trial_run(run):
    """Start the trial run and return its job."""
    _change_state(run, BEFORE_APPROVAL, state=READ, report=None)
    return jobs.start_job(
        db.session, "import_check", title=_("Trial run of %(file)s", file=run.title), run=run.id
    )


def _record_reading(run):
    hashes = {"file": run.sha256, "mapping": run.mapping_hash}
    recorder.record(db.session, "import.read", "import_run", run.id, **hashes)


def require_second_officer(run, user):
    """Raise StepRefused if `user` uploaded or read the file, or shares a trait of one person with that officer."""
    if user.id in (run.uploaded_by_id, run.read_by_id):
        raise StepRefused(NEEDS_SECOND_OFFICER)
    try:
        separation_of_duties.require_different_person(user, run.uploaded_by, run.read_by)
    except NotAllowed as refusal:
        raise StepRefused(str(refusal)) from None


def approve_import(run, user, mapping_hash):
    """Approve the import as second officer, after its trial run, and start its job.

    `mapping_hash` is that of the page which the officer read.
    """
    require_second_officer(run, user)
    if mapping_hash != run.mapping_hash:
        raise StepRefused(ALREADY_DONE)
    _change_state(run, (CHECKED,), state=RUNNING, approved_by_id=user.id, approved_at=dates.now())
    hashes = {"file": run.sha256, "mapping": run.mapping_hash}
    recorder.record(db.session, "import.approved", "import_run", run.id, **hashes)
    return jobs.start_job(db.session, "import", title=_("Import of %(file)s", file=run.title), run=run.id)


def resume_import(run, user_id):
    """Restart a stopped import.

    Only the approving officer may do so, because records are written in their name.
    """
    if run.state != RUNNING or user_id != run.approved_by_id:
        raise StepRefused(ALREADY_DONE)
    return jobs.start_job(db.session, "import", title=_("Import of %(file)s", file=run.title), run=run.id)


def _change_state(run, states, **values):
    model = ImportRun
    statement = update(model).where(model.id == run.id, model.state.in_(states)).values(values)
    if db.session.execute(statement).rowcount != 1:
        raise StepRefused(ALREADY_DONE)
    notifications.finish_tasks(run.id)
    db.session.expire(run)


@jobs.register_kind(
    "import_check",
    label=_("Trial run of an import"),
    permission=("can_add", "Import"),
    record_page=("ImportView.show", "run"),
)
def _run_trial(work, run):
    import_run = db.session.get(ImportRun, run)
    mapping = import_run.mapping_hash
    try:
        # Counting the rows first takes an eighth of the trial run of a workbook, and almost nothing for a text file.
        profile = import_run.profile
        end_row = readers.find_last_row(uploads.get_path(import_run.sha256), profile.encoding, profile.layout)
        report_progress = _build_progress_callback(work, end_row)
        runner.run_trial(import_run, read_file_rows(import_run), report_progress, end_row)
    except readers.UnreadableFile as error:
        rollback()
        report = {"refused": rejected_entries.translate_to_all(error.message)}
        runner.save_trial(run, mapping, state=REFUSED, report=report)
        commit()
        raise jobs.JobRefused(str(error)) from None
    report = db.session.get(ImportRun, run).report
    report_progress(report["last_row"], _format_trial_result(report))


@jobs.register_kind(
    "import",
    label=_("Import"),
    permission=("can_approve", "Import"),
    record_page=("ImportView.show", "run"),
)
def _run_import(work, run):
    import_run = db.session.get(ImportRun, run)
    if import_run.state != RUNNING:
        return
    report_progress = _build_progress_callback(work, (import_run.report or {}).get("last_row", 1))
    report_progress(max(import_run.last_row, 1))  # a resumed import does not start at the first row
    try:
        runner.run_import(import_run, read_file_rows(import_run), report_progress)
    except readers.UnreadableFile as error:
        raise jobs.JobRefused(str(error)) from None
    import_run = db.session.get(ImportRun, run)
    uploads.delete_unless_needed(import_run.sha256)
    report_progress(import_run.last_row, format_result(import_run.entered, import_run.waiting))


def _build_progress_callback(work, last_row):
    """Return a function that reports the last processed row to the job.

    Row 1 of a file holds the headings.
    """
    work.set_total(last_row - 1)
    return lambda row, message="": work.report_progress(row - 1, message)


def _format_trial_result(report):
    """Return the result of a trial run as a message."""
    valid, invalid = (
        dates.format_number(report.get(name, 0), reader_language()) for name in ("right", "wrong")
    )
    return gettext("Valid: %(right)s. Invalid: %(wrong)s.", right=valid, wrong=invalid)


def format_result(entered, waiting):
    """Return the counts of entered and rejected entries as a message."""
    entered, waiting = (dates.format_number(count, reader_language()) for count in (entered, waiting))
    return gettext("In E-Crime: %(done)s. Rows to fix: %(left)s.", done=entered, left=waiting)


# Rejected entries


def format_fix_result(fixed, waiting):
    """Return the counts of fixed and rejected entries as a message."""
    fixed, waiting = (dates.format_number(count, reader_language()) for count in (fixed, waiting))
    return gettext("Fixed, to be approved: %(done)s. Rows to fix: %(left)s.", done=fixed, left=waiting)


def fix_entry(entry, cells):
    """Check an entry with other values: [[row, {target: text}]].

    Return whether it is fixed now. Another officer must approve it.
    """
    runner.fix_entries(entry.run_id, get_fix_profile(entry.run), [_build_entry(cells, entry.id)])
    return db.session.get(ImportEntry, entry.id, populate_existing=True).state != WAITING


def _build_entry(cells, entry_id):
    rows = [(number, {key: text or None for key, text in values.items()}) for number, values in cells]
    return Entry(rows, id=entry_id)


def approve_fixes(run, user, ids, shown_hash):
    """Import fixed entries, and return how many are registered. Raise StepRefused.

    `shown_hash` is that of the values on the page which the officer read.
    """
    entries = batch_writer.load_entries(run.id, ids, FIXED)
    if len(entries) != len(ids) or batch_writer.hash_values(entries) != shown_hash:
        raise StepRefused(CHANGED_ROWS)
    try:
        separation_of_duties.require_different_person(user, *{entry.fixed_by for entry in entries})
    except NotAllowed as refusal:
        raise StepRefused(str(refusal)) from None
    run_id, profile = run.id, get_fix_profile(run)
    by_officer = {}  # built before the commit: another request may register the rows and delete their values
    for entry in entries:
        by_officer.setdefault(entry.fixed_by_id, []).append(_build_entry(entry.values, entry.id))
    recorder.record(
        db.session, "import.fixes_approved", "import_run", run_id, entries=len(ids), sha256=shown_hash
    )
    commit()
    try:
        for fixed_by_id, batch in by_officer.items():
            runner.import_batch(run_id, profile, batch, (fixed_by_id, user.id))
    except batch_writer.ConcurrentUpdate:
        rollback()
        raise StepRefused(CHANGED_ROWS) from None
    notifications.update_task_of_fixes(run_id)
    commit()
    return len(batch_writer.load_entries(run_id, ids, ENTERED))


def return_fix(entry):
    """Return a fixed entry to the rows to fix, with a note."""
    values = {"waiting": ImportRun.waiting + 1, "fixed": ImportRun.fixed - 1}
    db.session.execute(update(ImportRun).where(ImportRun.id == entry.run_id).values(values))
    if not batch_writer.load_entries(entry.run_id, [entry.id], FIXED):
        raise StepRefused(CHANGED_ROWS)
    entry.state = WAITING
    entry.problems = rejected_entries.serialize_problems([Problem("", RETURNED)])
    recorder.record(db.session, "import.fix_returned", "import_run", entry.run_id, row=entry.row)
    db.session.flush()
    notifications.update_task_of_fixes(entry.run_id)


def get_fix_profile(run):
    """Return the profile for rejected entries; their texts are already Unicode and keyed by target."""
    profile = run.profile
    return replace(profile, limon=())


def find_profile(key):
    """Return the profile of a form choice; None if unknown.

    A choice is a shipped profile, a saved one, or an empty one of a kind.
    """
    if key in profiles.load_shipped():
        return profiles.load_shipped()[key]
    if key.startswith("own-") and key[4:].isdecimal() and len(key) < 14:
        stored = db.session.get(ImportProfile, int(key[4:]))
        return _with_name(stored.profile, stored.name) if stored is not None else None
    kind = key.removeprefix("new-")
    return profiles.Profile(kind=kind, source="paper") if kind in target_fields.KINDS else None


def _with_name(profile, name):
    """Return the profile as a user's own under that name, which its next change keeps."""
    return replace(profile, key="", name_km=name, name_en=name)
