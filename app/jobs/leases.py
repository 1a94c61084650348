"""Leases of jobs: at most one worker runs a job at a time, ensured by one compare-and-set UPDATE.

A worker that dies leaves its job `running`. This is detected by its process id on the same computer, or by its missing
heartbeat; then the job waits again. A job that ends its worker again and again fails.
"""

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import select, update

from app.extensions import db
from app.jobs.models import RUNNING, WAITING, Job
from app.kernel.text import dates

HEARTBEAT_SECONDS = 10  # between two heartbeats
LEASE_TIMEOUT = timedelta(minutes=3)
MAX_ATTEMPTS = 25  # without progress; then the job fails

_job = Job.__table__


def take_lease(job_id):
    """Take a waiting job. Return the name of its runner, or None if it does not wait (any more)."""
    now, runner = dates.now(), f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(4)}"
    statement = (
        update(_job)
        .where(_job.c.id == job_id, _job.c.state == WAITING)
        .values(state=RUNNING, runner=runner, started_at=now, heartbeat_at=now, attempts=_job.c.attempts + 1)
    )
    with db.engine.begin() as connection:
        return runner if connection.execute(statement).rowcount else None


def update_leased_job(job_id, runner):
    """Return an UPDATE of the job that changes nothing if another runner has it by now."""
    return update(_job).where(_job.c.id == job_id, _job.c.runner == runner, _job.c.state == RUNNING)


def send_heartbeat(job_id, runner):
    with db.engine.begin() as connection:
        connection.execute(update_leased_job(job_id, runner).values(heartbeat_at=dates.now()))


def release_lease(job_id, runner):
    """Let a job wait again that its runner does not finish."""
    with db.engine.begin() as connection:
        connection.execute(update_leased_job(job_id, runner).values(state=WAITING, runner=None))


def find_expired_leases():
    """Return (id, runner) of every job without a living worker."""
    running = select(_job.c.id, _job.c.runner, _job.c.heartbeat_at).where(_job.c.state == RUNNING)
    with db.engine.connect() as connection:
        rows = connection.execute(running).all()
    limit = dates.now() - LEASE_TIMEOUT
    return [(row.id, row.runner) for row in rows if row.heartbeat_at < limit or _is_process_gone(row.runner)]


def list_waiting_jobs():
    """Return the ids of waiting jobs, oldest first, at most 1,000."""
    with db.engine.connect() as connection:
        rows = select(_job.c.id).where(_job.c.state == WAITING).order_by(_job.c.id).limit(1000)
        return connection.execute(rows).scalars().all()


def _is_process_gone(runner):
    """Return whether the runner's process on this computer has ended. Other computers show only heartbeats."""
    host, pid, _token = runner.rsplit(":", 2)
    if host != socket.gethostname()[:50]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # the process id now belongs to another user
        return False
    return False
