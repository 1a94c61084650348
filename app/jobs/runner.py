"""Running one job with the scope, permissions and language of its owner."""
# unrestricted: runs a job as its owner
# commits: the end of a job

import logging
import threading
from contextlib import contextmanager
from dataclasses import replace

from flask import current_app, g
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.accounts import access_purpose, job_actor
from app.accounts.models import User
from app.extensions import db
from app.jobs import leases, notifications, registry, results
from app.jobs.job_context import JobCancelled, JobContext, JobRefused, LeaseLost
from app.jobs.models import CANCELLED, DONE, FAILED, Job
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import denied_requests
from app.kernel.database.transactions import commit, rollback
from app.kernel.flask_login_patches import set_request_user
from app.kernel.text import dates

log = logging.getLogger(__name__)


def run_job(job_id):
    """Run a job in this process if it waits. No other worker runs it at the same time."""
    with _request_context():
        runner = leases.take_lease(job_id)
        if runner is None:
            return
        try:
            with _keep_heartbeat(job_id, runner):
                _run_leased_job(db.session.get(Job, job_id), runner)
        except LeaseLost:
            rollback()
            log.warning("Job %d continued on another worker", job_id)
        except BaseException:  # the worker must end, or the database fails: the job waits for the next worker
            rollback()
            leases.release_lease(job_id, runner)
            raise


def restart_or_fail_job(job_id, runner):
    """Let a job of a dead worker wait again, or let it fail if that has happened too often."""
    with _request_context():
        job = db.session.get(Job, job_id)
        if job.attempts < leases.MAX_ATTEMPTS:
            rollback()
            leases.release_lease(job_id, runner)
            return
        _set_reader(db.session.get(User, job.owner_id))
        _finish_job(
            job,
            runner,
            FAILED,
            gettext("The computer interrupted this job too often. Contact the administrator."),
        )


@contextmanager
def _request_context():
    """Push an app and request context, so that permissions, language and code lists work as on a page."""
    app = current_app._get_current_object()
    with app.app_context(), app.test_request_context():
        yield


def _set_reader(user):
    """Make `user` the reader, with their permissions and language."""
    set_request_user(user)
    g.user = user  # read by FAB


@contextmanager
def _keep_heartbeat(job_id, runner):
    """Send heartbeats from a thread while the block runs."""
    app, ended = current_app._get_current_object(), threading.Event()

    def beat():
        with app.app_context():
            while not ended.wait(leases.HEARTBEAT_SECONDS):
                try:
                    leases.send_heartbeat(job_id, runner)
                except SQLAlchemyError:
                    log.info("Job %d could not send a heartbeat", job_id)

    thread = threading.Thread(target=beat, name="job heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _run_leased_job(job, runner):
    owner, kind = db.session.get(User, job.owner_id), registry.get_kind(job.kind)
    _set_reader(owner)
    g.purpose_note = job.purpose_note or ""
    work = JobContext(job.id, runner, job.progress)
    try:
        state, problem = _execute_job(job, owner, kind, work)
        if state != DONE:
            rollback()
            work.result = None
            denied_requests.report_reached_limit()
        _finish_job(job, runner, state, problem, work)
    finally:
        work.remove_folder()


def _execute_job(job, owner, kind, work):
    """Run the job and return (final state, error message or None)."""
    if not owner.is_active:
        return FAILED, gettext("The job owner's account is closed.")
    if kind is None:
        return FAILED, gettext("This version of the system does not support this type of job.")
    if not kind.is_allowed:
        return FAILED, gettext("The permission for this job was removed.")
    actor = _build_actor(job, owner)
    act_as(db.session, actor)
    work.access = results.describe_access(actor)
    try:
        work.write_progress()
        kind.act(work, **job.arguments)
        db.session.flush()
        return DONE, None
    except JobCancelled:
        return CANCELLED, None
    except JobRefused as refusal:
        return FAILED, str(refusal)
    except HTTPException as refusal:  # the message that a page would show
        return FAILED, str(refusal.description)
    except LeaseLost:
        raise
    except Exception:
        rollback()  # a failed session cannot even load the id of the job
        log.exception("Job %d (%s) failed with an error", job.id, job.kind)
        return FAILED, gettext(
            "This work stopped because of an error. Report number %(number)s to the administrator.",
            number=job.id,
        )


def _build_actor(job, owner):
    """Return the owner as actor, without break-glass access and revealed identities: they do not apply to files."""
    actor = job_actor.build_actor(
        db.session,
        owner,
        session_ref=job.session_ref or "",
        address=job.address or "",
        purpose=job.purpose or "",
        case_number=job.case_number or "",
        is_case_unknown=access_purpose.is_case_unknown(job.case_number),
    )
    if actor.scope is None:
        return actor
    return replace(actor, scope=replace(actor.scope, break_glass_ids=frozenset(), revealed_ids=frozenset()))


def _finish_job(job, runner, state, problem=None, work=None):
    """Write final state, result and notice to the owner, in the transaction of the job's last writes."""
    job_id, owner_id, title, kind = job.id, job.owner_id, job.title, job.kind
    db.session.flush()
    act_as(db.session, SYSTEM)
    values = {"state": state, "ended_at": dates.now(), "problem": (problem or "")[:400] or None}
    if work is not None:
        # The text of the current step does not apply any more if the job did not finish.
        values |= work.progress if state == DONE else work.progress | {"progress_text": None}
        if work.result is not None:
            until = dates.now() + registry.get_kind(kind).result_lifetime
            values |= results.store_result(work.result, until) | {"result_access": work.access}
    if not db.session.execute(leases.update_leased_job(job_id, runner).values(values)).rowcount:
        raise LeaseLost
    if state in (DONE, FAILED):
        notifications.notify_owner(job_id, owner_id, title, state)
    commit()
