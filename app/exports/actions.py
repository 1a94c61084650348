"""The steps of an export: it is asked for, made by a job, and above the limit approved by a second person."""

from datetime import timedelta

from app import jobs
from app.exports import limits, notifications
from app.exports.models import APPROVED, ASKED, MADE, REFUSED, Export
from app.extensions import db
from app.jobs.models import Job
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.text import dates

APPROVED_FOR = timedelta(days=7)


def ask(what, title, format, case_number, **arguments):
    """Ask for an export and send its job off. Gives the Export."""
    actor = actor_of(db.session)
    export = Export(
        what=what,
        title=str(title)[:160],
        arguments=arguments,
        format=format,
        asked_by_id=actor.user_id,
        unit_code=actor.unit_code,
        asked_at=dates.now(),
        purpose=actor.purpose,
        case_number=case_number,
        most_rows=limits.of_reader(),
        state=MADE,
    )
    db.session.add(export)
    db.session.flush()
    begin(export)
    return export


def begin(export):
    """Send the job off that makes the file."""
    job = jobs.start(db.session, "export", title=f"{export.serial} · {export.title}", number=export.id)
    job.purpose, job.case_number = export.purpose, export.case_number
    export.state, export.job_id, export.rows = MADE, job.id, None  # rows: counted where they were too many


def ask_for_more(export, reason):
    """Ask a second person for more rows than the role may take."""
    export.state, export.reason = ASKED, reason
    _note(export, "asked", reason)
    notifications.asked(export)


def decide(export, user, approves, decision):
    now = dates.now()
    export.state = APPROVED if approves else REFUSED
    export.decided_by_id, export.decided_at, export.decision = user.id, now, decision
    if approves:
        export.most_rows, export.approved_until = limits.WITH_APPROVAL, now + APPROVED_FOR
    _note(export, export.state, decision)
    notifications.decided(export)


def came_to_something(export):
    """Whether its job still counts: what failed or was stopped may be asked for again."""
    job = db.session.get(Job, export.job_id) if export.job_id else None
    return job is None or not job.came_to_nothing


def can_begin(export):
    """Whether its owner may have it made now, by an approval that still counts."""
    return export.state == APPROVED and export.approved_until > dates.now()


def _note(export, step, words):
    recorder.note(
        db.session, f"export.{step}", "export", export.id, case=export.case_number, private={"reason": words}
    )
