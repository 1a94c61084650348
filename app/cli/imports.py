"""The command `run.py import`: an officer reads a file with a saved profile; another officer approves it on screen.

It has no way to approve an import, so no one with a terminal gets around the second officer.
"""
# commits: the new import, before its trial run

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DONE_WELL, HAS_REJECTED, REFUSED = 0, 1, 2  # exit codes
WAIT_SECONDS = 1.0


def add_import_arguments(parser):
    """Add the arguments of `run.py import`."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--profile", required=True, help="name of a saved profile, or key of a shipped one")
    parser.add_argument(
        "--wait", action="store_true", help="wait for the approval on screen and the end of the import"
    )


def run_import(options):
    """Read FILE with a profile and make its trial run; another officer approves the import on screen.

    Exits 0 if all rows are valid, 1 if rows are to be fixed, 2 if the file was refused.
    """
    from flask_babel import force_locale

    from app.cli import setup

    # The sign-in of the officer reads the address of the request. Few terminals render Khmer.
    with setup.prepare_app(serves=True).test_request_context(), force_locale("en"):
        number = _read_file(options.file, _find_profile(options.profile), _sign_in_reader())
        report = _follow_trial(number)
        if options.wait:
            report = _follow_import(number)
    sys.exit(HAS_REJECTED if report["rejected"] else DONE_WELL)


def _refuse(message):
    print(message, file=sys.stderr)
    sys.exit(REFUSED)


def _find_profile(name):
    """Return the saved profile of this name, or the shipped one with this key."""
    from app.imports import actions, profiles, saved_profiles

    stored = next((one for one in saved_profiles.list_all() if one.name == name), None)
    if stored is None and name not in profiles.load_shipped():
        names = ", ".join([*profiles.load_shipped(), *(one.name for one in saved_profiles.list_all())])
        _refuse(f"There is no profile {name}. Profiles: {names}")
    return actions.find_profile(f"own-{stored.id}" if stored is not None else name)


def _sign_in_reader():
    """Ask the officer who reads the file to sign with password and second factor, and return the account."""
    from flask import current_app, g

    from app.accounts import entry_right
    from app.backup.restored_system import RestoreRefused, authenticate_officer
    from app.cli.backup import ask_officer
    from app.extensions import db
    from app.kernel.flask_login_patches import set_request_user

    try:
        user = authenticate_officer(*ask_officer("Officer who reads the file"), None)
    except RestoreRefused as error:
        _refuse(error)
    set_request_user(user)
    g.entry_right = entry_right.load_right(db.session, user)
    current_app.appbuilder.sm.set_actor(user, "")
    if not current_app.appbuilder.sm.has_access("can_add", "Import"):
        _refuse(f"{user.username} may not read files of earlier systems.")
    return user


def _read_file(path, profile, user):
    """Save the file as a new import and start its trial run; return its number."""
    from app.imports import actions, readers
    from app.kernel.database.transactions import commit

    try:
        with path.open("rb") as stream:
            run = actions.create_import(user.id, stream, path.name, profile)
        actions.start_trial_run(run)
    except OSError as error:
        _refuse(f"{path}: {error.strerror}")
    except readers.UnreadableFile as error:
        _refuse(error)
    number = run.id
    commit()
    return number


def _follow_trial(number):
    """Run the trial with its progress, and return how many rows are valid and rejected."""
    from app.extensions import db
    from app.imports.models import REFUSED as UNREADABLE
    from app.imports.models import ImportRun
    from app.jobs import run_job
    from app.jobs.models import Job

    jobs = db.session.query(Job).filter_by(kind="import_check").order_by(Job.id.desc())
    job = next(one for one in jobs if one.arguments.get("run") == number)
    job_id, app = job.id, _get_app()

    def work():
        with app.app_context():
            run_job(job_id)  # does nothing if a worker was first

    with ThreadPoolExecutor(1) as background:
        trial = background.submit(work)
        while (job := _reload(Job, job_id)).is_open and not (trial.done() and trial.exception()):
            _print_progress(f"Trial run: row {job.progress or 0} of {job.total or '?'}")
            time.sleep(WAIT_SECONDS)
        trial.result()
    run = _reload(ImportRun, number)
    if run.state == UNREADABLE:
        _refuse(run.report["refused"]["en"])
    if job.is_unsuccessful:
        _refuse(job.problem or "The trial run was stopped.")
    counts = {name: run.report.get(name, 0) for name in ("right", "known", "wrong")}
    print(
        f"Import {number}: {counts['right']} valid, {counts['wrong']} invalid, {counts['known']} already registered."
        " Another officer must approve it on the page «Imports»."
    )
    return {"rejected": counts["wrong"]}


def _follow_import(number):
    """Wait until another officer has approved the import and it is over; return how many rows are rejected."""
    from app.imports.models import CHECKED, DONE, RUNNING, ImportRun

    while (run := _reload(ImportRun, number)).state != DONE:
        if run.state not in (CHECKED, RUNNING):
            _refuse(f"Another officer reads import {number} in another way now. Approve it on the page.")
        step = "Waiting for the approval" if run.state == CHECKED else f"Import: row {run.last_row}"
        _print_progress(f"{step} of {(run.report or {}).get('end_row', '?')}" if run.last_row else step)
        time.sleep(WAIT_SECONDS)
    rejected = run.waiting + run.fixed
    print(
        f"Import {number} is over: {run.entered} imported, {rejected} to fix, {run.known} already registered."
    )
    return {"rejected": rejected}


def _get_app():
    from flask import current_app

    return current_app._get_current_object()


def _reload(model, pk):
    """Return the row as it is stored now."""
    from app.extensions import db
    from app.kernel.database.transactions import rollback

    rollback()
    return db.session.get(model, pk, populate_existing=True)


def _print_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="", file=sys.stderr, flush=True)
