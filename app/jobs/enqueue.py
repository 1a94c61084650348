"""Asking for a job, and asking that it stops."""

from flask import g, has_request_context
from sqlalchemy import event, update
from sqlalchemy.orm import Session, scoped_session

from app.extensions import db
from app.jobs import queue
from app.jobs.models import CANCELLED, RUNNING, UNIT, WAITING, Job
from app.kernel.actor import actor_of
from app.kernel.text import dates

ASKED = "jobs asked for"  # in the `info` of a session: the numbers of those that its commit sends off


def start(session, kind, *, title, **arguments):
    """Add a job of that kind for whoever acts in `session`; it begins once the session has committed. Gives the Job."""
    session = session() if isinstance(session, scoped_session) else session
    actor = actor_of(session)
    job = Job(
        kind=kind,
        title=str(title)[:200],
        arguments=arguments | {UNIT: actor.unit_code},
        owner_id=actor.user_id,
        purpose=actor.purpose or None,
        case_number=actor.case_number or None,
        purpose_note=g.get("purpose_note") or None if has_request_context() else None,
        session_mark=actor.session_mark,
        address=actor.address,
        asked_at=dates.now(),
    )
    session.add(job)
    session.flush()
    session.info.setdefault(ASKED, []).append(job.id)
    return job


@event.listens_for(Session, "after_commit")
def _send_off(session):
    for job_id in session.info.pop(ASKED, ()):
        queue.put(job_id)


@event.listens_for(Session, "after_rollback")
def _forget(session):
    session.info.pop(ASKED, None)


def stop(job_id):
    """Stop a job: one that waits at once, one that runs at its next step. One that has ended stays as it is."""
    now, table = dates.now(), Job.__table__
    with db.engine.begin() as connection:
        of_it = update(table).where(table.c.id == job_id)
        waiting = of_it.where(table.c.state == WAITING)
        if not connection.execute(waiting.values(state=CANCELLED, ended_at=now)).rowcount:
            connection.execute(of_it.where(table.c.state == RUNNING).values(stop_asked_at=now))
