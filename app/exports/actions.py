"""Steps of an export: request, job, and approval by a second person above the row limit."""

from datetime import timedelta

from sqlalchemy import select

from app import jobs
from app.exports import limits, notifications
from app.exports.models import APPROVED, CREATED, REFUSED, REQUESTED, Export, ExportAnswer
from app.extensions import db
from app.jobs.models import Job
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.database.transactions import lock_rows
from app.kernel.text import dates

APPROVAL_DURATION = timedelta(days=7)


def request_export(what, title, format, case_number, **arguments):
    """Create an export, start its job and return it."""
    actor = actor_of(db.session)
    export = Export(
        subject=what,
        title=str(title)[:160],
        arguments=arguments,
        format=format,
        requested_by_id=actor.user_id,
        unit_code=actor.unit_code,
        requested_at=dates.now(),
        purpose=actor.purpose,
        case_number=case_number,
        max_rows=limits.get_row_limit(),
        state=CREATED,
    )
    db.session.add(export)
    db.session.flush()
    start_job(export)
    return export


def start_job(export):
    """Start the job that writes the file."""
    job = jobs.start_job(db.session, "export", title=f"{export.serial} · {export.title}", number=export.id)
    job.purpose, job.case_number = export.purpose, export.case_number
    export.state, export.job_id = CREATED, job.id
    export.rows = None  # the row count of an export over the limit is stale


def lock_export(export):
    """Lock the export until the commit and read it again, so that of two simultaneous requests one acts."""
    lock_rows(db.session, Export, [export.id])
    db.session.refresh(export)


def request_approval(export, reason):
    """Request approval by a second person for more rows than the role may export."""
    export.state, export.reason = REQUESTED, reason
    _record_event(export, "requested", reason)
    notifications.notify_approver(export)


def record_decision(export, user, approves, decision):
    """Record the decision of the second person and notify the requester."""
    decided_at = dates.now()
    export.state = APPROVED if approves else REFUSED
    export.decided_by_id, export.decided_at, export.decision = user.id, decided_at, decision
    if approves:
        export.max_rows = min(export.rows or export.max_rows, limits.ROW_LIMIT_WITH_APPROVAL)
        export.approved_until = decided_at + APPROVAL_DURATION
    _record_event(export, export.state, decision)
    notifications.notify_requester(export)


def is_reusable(export):
    """Return whether the job of the export is open or successful.

    A failed or stopped export may be requested again.
    """
    job = db.session.get(Job, export.job_id) if export.job_id else None
    return job is None or not job.is_unsuccessful


def can_start_job(export):
    """Return whether the export is approved and the approval has not expired."""
    return export.state == APPROVED and export.approved_until > dates.now()


def find_answer(export):
    """Return the newest acknowledgement of the receiver, or None."""
    query = select(ExportAnswer).where(ExportAnswer.export_id == export.id)
    return db.session.scalar(query.order_by(ExportAnswer.id.desc()).limit(1))


def record_answer(export, user, received, accepted, rejected, sha256):
    """Record the acknowledgement of the receiver; `sha256` is that of its file."""
    db.session.add(
        ExportAnswer(
            export_id=export.id, received=received, accepted=accepted, rejected=rejected, sha256=sha256,
            recorded_by_id=user.id, recorded_at=dates.now(),
        )
    )  # fmt: skip
    recorder.record(
        db.session, "export.acknowledged", "export", export.id, received=received, accepted=accepted, sha256=sha256
    )  # fmt: skip


def _record_event(export, step, reason):
    recorder.record(
        db.session, f"export.{step}", "export", export.id, case=export.case_number, private={"reason": reason}
    )
