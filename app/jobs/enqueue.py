"""Starting and stopping jobs."""

from flask import g, has_request_context
from sqlalchemy import update
from sqlalchemy.orm import scoped_session

from app.extensions import db
from app.jobs import queue
from app.jobs.models import CANCELLED, RUNNING, WAITING, Job
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending
from app.kernel.text import dates

PENDING_JOBS = Pending(list)  # the ids that the commit puts into the queue


def start_job(session, kind, *, title, **arguments):
    """Add a job for the actor of `session` and return it. It starts after the session has committed."""
    session = session() if isinstance(session, scoped_session) else session
    actor = actor_of(session)
    job = Job(
        kind=kind,
        title=str(title)[:200],
        arguments=arguments,
        owner_id=actor.user_id,
        purpose=actor.purpose or None,
        case_number=actor.case_number or None,
        purpose_note=g.get("purpose_note") or None if has_request_context() else None,
        session_ref=actor.session_ref,
        address=actor.address,
        requested_at=dates.now(),
    )
    session.add(job)
    session.flush()
    PENDING_JOBS.get(session).append(job.id)
    return job


def enqueue_pending(session):
    """Start the jobs that the transaction has added."""
    for job_id in PENDING_JOBS.take(session):
        queue.enqueue_job(job_id)


def stop_job(job_id):
    """Cancel a job: at once if it waits, at its next step if it runs. An ended job does not change."""
    now, table = dates.now(), Job.__table__
    with db.engine.begin() as connection:
        this_job = update(table).where(table.c.id == job_id)
        waiting = this_job.where(table.c.state == WAITING)
        if not connection.execute(waiting.values(state=CANCELLED, ended_at=now)).rowcount:
            connection.execute(this_job.where(table.c.state == RUNNING).values(stop_requested_at=now))
