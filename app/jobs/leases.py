"""Which worker runs a job: at most one at a time, by one statement that compares and sets.

A worker that has died leaves its job `running`. It is known by its process, on the same computer, or by its heart that
has stopped; then the job waits again. One that kills its worker again and again is given up.
"""

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import select, update

from app.extensions import db
from app.jobs.models import RUNNING, WAITING, Job
from app.kernel.text import dates

BEAT = 10  # seconds between two signs of life
DEAD_AFTER = timedelta(minutes=3)
MOST_STARTS = 25  # without any step forward; after these a job is given up

_job = Job.__table__


def take(job_id):
    """Begin a job that waits. Gives the name of its runner, or None where it does not wait, or not any more."""
    now, runner = dates.now(), f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(4)}"
    begun = (
        update(_job)
        .where(_job.c.id == job_id, _job.c.state == WAITING)
        .values(state=RUNNING, runner=runner, started_at=now, heartbeat_at=now, starts=_job.c.starts + 1)
    )
    with db.engine.begin() as connection:
        return runner if connection.execute(begun).rowcount else None


def mine(job_id, runner):
    """An UPDATE of a job that does nothing where another runner has it by now."""
    return update(_job).where(_job.c.id == job_id, _job.c.runner == runner, _job.c.state == RUNNING)


def beat(job_id, runner):
    with db.engine.begin() as connection:
        connection.execute(mine(job_id, runner).values(heartbeat_at=dates.now()))


def give_back(job_id, runner):
    """Let a job wait again that its runner does not end."""
    with db.engine.begin() as connection:
        connection.execute(mine(job_id, runner).values(state=WAITING, runner=None))


def of_the_dead():
    """(number, runner) of every job whose worker has died."""
    running = select(_job.c.id, _job.c.runner, _job.c.heartbeat_at).where(_job.c.state == RUNNING)
    with db.engine.connect() as connection:
        rows = connection.execute(running).all()
    over = dates.now() - DEAD_AFTER
    return [(row.id, row.runner) for row in rows if row.heartbeat_at < over or _is_dead(row.runner)]


def waiting():
    """The numbers of all jobs that wait, the oldest first."""
    with db.engine.connect() as connection:
        rows = select(_job.c.id).where(_job.c.state == WAITING).order_by(_job.c.id).limit(1000)
        return connection.execute(rows).scalars().all()


def _is_dead(runner):
    """Whether the process of a runner of this computer is gone. Of another computer only the heart tells."""
    host, pid, _token = runner.rsplit(":", 2)
    if host != socket.gethostname()[:50]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it is there, and somebody else's by now
        return False
    return False
