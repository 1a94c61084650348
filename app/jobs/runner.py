"""Running one job, as its owner: with his part of the register, his rights and his language."""

import logging
import threading
from contextlib import contextmanager
from dataclasses import replace

from flask import current_app, g
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.accounts import job_actor
from app.accounts.models import User
from app.extensions import db
from app.jobs import leases, notifications, registry, results
from app.jobs.job_context import Cancelled, Lost, Refused, Work
from app.jobs.models import CANCELLED, DONE, FAILED, UNIT, Job
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.text import dates

log = logging.getLogger(__name__)


def run_here(job_id):
    """Run a job in this process, if it waits. What a worker does; nobody else runs it meanwhile."""
    with _as_a_page():
        runner = leases.take(job_id)
        if runner is None:
            return
        try:
            with _beating(job_id, runner):
                _run(db.session.get(Job, job_id), runner)
        except Lost:
            db.session.rollback()
            log.warning("Job %d went on with another worker", job_id)
        except (
            BaseException
        ):  # the worker is told to end, or the database is gone: the job waits for the next one
            db.session.rollback()
            leases.give_back(job_id, runner)
            raise


def give_up_or_begin_again(job_id, runner):
    """The worker of a job has died: it waits again, or is given up where that has happened too often."""
    with _as_a_page():
        job = db.session.get(Job, job_id)
        if job.starts < leases.MOST_STARTS:
            db.session.rollback()
            leases.give_back(job_id, runner)
            return
        _speak_for(db.session.get(User, job.owner_id))
        _end(job, runner, FAILED, gettext("The computer ended this work too often. Tell the administrator."))


@contextmanager
def _as_a_page():
    """A context of its own in which rights, language and code lists answer as they do on a page, read once."""
    app = current_app._get_current_object()
    with app.app_context(), app.test_request_context():
        yield


def _speak_for(user):
    """Rights and language are those of `user` from now on."""
    g._login_user = g.user = user  # where Flask-Login and FAB look for the reader


@contextmanager
def _beating(job_id, runner):
    """Signs of life, as long as the block lasts."""
    app, over = current_app._get_current_object(), threading.Event()

    def beat():
        with app.app_context():
            while not over.wait(leases.BEAT):
                try:
                    leases.beat(job_id, runner)
                except SQLAlchemyError:
                    log.info("Job %d could not give a sign of life now", job_id)

    thread = threading.Thread(target=beat, name="heart of a job", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run(job, runner):
    owner, known = db.session.get(User, job.owner_id), registry.named(job.kind)
    _speak_for(owner)
    g.purpose_note = job.purpose_note or ""
    work = Work(job.id, runner, job.reached)
    try:
        state, problem = _outcome(job, owner, known, work)
        if state != DONE:
            db.session.rollback()
            work.result = None
        _end(job, runner, state, problem, work)
    finally:
        work.clear()


def _outcome(job, owner, known, work):
    """(the state in which it ends, the sentence for a failure)."""
    if not owner.is_active:
        return FAILED, gettext("The account of the owner is closed.")
    if known is None:
        return FAILED, gettext("This version of the register does not know work of this kind.")
    if not known.is_allowed:
        return FAILED, gettext("The right to this work was taken away.")
    act_as(db.session, _actor(job, owner))
    arguments = {name: value for name, value in job.arguments.items() if name != UNIT}
    try:
        work.write()
        known.act(work, **arguments)
        db.session.flush()
        return DONE, None
    except Cancelled:
        return CANCELLED, None
    except Refused as refusal:
        return FAILED, str(refusal)
    except HTTPException as refusal:  # what a page would have said
        return FAILED, str(refusal.description)
    except Lost:
        raise
    except Exception:
        db.session.rollback()  # a session that broke off in the middle tells nothing, not even of which job
        log.exception("Job %d (%s) ended by a fault", job.id, job.kind)
        return FAILED, gettext(
            "A fault ended this work. Tell the administrator the number %(number)s.", number=job.id
        )


def _actor(job, owner):
    """The owner; but what was opened to his eyes for minutes or hours is not opened to a file."""
    actor = job_actor.as_user(
        db.session,
        owner,
        session_mark=job.session_mark or "",
        address=job.address or "",
        purpose=job.purpose or "",
        case_number=job.case_number or "",
    )
    if actor.scope is None:
        return actor
    return replace(actor, scope=replace(actor.scope, opened=frozenset(), revealed=frozenset()))


def _end(job, runner, state, problem=None, work=None):
    """Write the end, what came of it, and the message to the owner, in one transaction with the job's last writes."""
    job_id, owner_id, title, kind = job.id, job.owner_id, job.title, job.kind
    db.session.flush()
    act_as(db.session, THE_REGISTER)
    values = {"state": state, "ended_at": dates.now(), "problem": (problem or "")[:400] or None}
    if work is not None:
        values |= work.told if state == DONE else work.told | {"words": None}  # what it was at is over
        if work.result is not None:
            values |= results.keep(work.result, dates.now() + registry.named(kind).keeps)
    if not db.session.execute(leases.mine(job_id, runner).values(values)).rowcount:
        raise Lost
    if state in (DONE, FAILED):
        notifications.ended(job_id, owner_id, title, state)
    db.session.commit()
