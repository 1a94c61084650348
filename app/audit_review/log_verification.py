"""Verification of the whole audit log as background work. Its result is an event of the log itself."""
# commits: the result of a job is an event of its own

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app import jobs
from app.accounts.models import User
from app.audit_review.event_sentences import get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS
from app.extensions import db
from app.jobs.models import RUNNING, WAITING, Job
from app.kernel.audit import anchors, recorder, verify_chain
from app.kernel.audit.models import LOG_VERIFIED
from app.kernel.audit.recorder import AuditEvent
from app.kernel.database.transactions import commit
from app.kernel.schema.display import format_value

KIND = "audit_verification"
RESULTS = {
    verify_chain.VALID: _("unchanged"),
    verify_chain.TAMPERED: _("tampered with"),
    verify_chain.UNVERIFIABLE: _("not proved"),
}


def start_verification():
    """Return the job of the whole log: the one that waits or runs, or a new one. The caller commits."""
    open_jobs = Job.kind == KIND, Job.state.in_((WAITING, RUNNING))
    running = db.session.scalars(select(Job).where(*open_jobs, Job.owner_id == g.user.id)).first()
    return running or jobs.start_job(db.session, KIND, title=_("Verification of the audit log"))


@jobs.register_kind(KIND, label=_("Verification of the audit log"), permission=("can_list", "Log"))
def verify_log(work):
    finding = _verify()
    about = "audit_event", finding.seq or None
    recorder.record(db.session, LOG_VERIFIED, *about, outcome=finding.outcome, **finding.facts)
    commit()
    work.report_progress(finding.rows, describe_result(finding.status, finding.rows, finding.seq))


def find_last_result():
    """Return (text, whether the log is unchanged, time, name of the user) of the last verification, or None."""
    statement = (
        select(AuditEvent, *USER_NAME_COLUMNS)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.action == LOG_VERIFIED)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        return None
    event = row.AuditEvent
    text = describe_result(event.facts["status"], event.facts["rows"], event.entity_id)
    return text, event.facts["status"] == verify_chain.VALID, event.when, get_actor_name(row)


def describe_result(status, rows, seq):
    """Return the result as one line: how many entries were read, and the first one that was changed."""
    text = gettext("%(count)s entries: %(result)s", count=format_value(rows), result=RESULTS[status])
    return gettext("%(result)s at entry %(number)s", result=text, number=format_value(seq)) if seq else text


def _verify():
    """Return the Finding. Without readable anchors nothing is proved."""
    try:
        known = anchors.read_anchors()
    except FileNotFoundError:
        known = {}
    except (OSError, ValueError) as error:
        return verify_chain.Finding(verify_chain.UNVERIFIABLE, why=str(error))
    with db.engine.connect() as connection:
        verify_chain.begin_snapshot(connection)
        return verify_chain.verify_chain(connection, known)
