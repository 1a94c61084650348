"""The scheduler: one thread of a server process runs the jobs that are due after some time, independent of any user.

app/wiring.py lists the jobs. `python3 run.py deadlines` runs every job of the system once. A job commits step by step and
skips the steps that another process has already taken, so several processes may run it.
"""
# unrestricted: runs scheduled jobs as the system

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.extensions import db
from app.kernel.actor import SYSTEM, act_as

log = logging.getLogger(__name__)

_jobs = []
listeners = []  # functions of (name of a job, whether its run succeeded)


@dataclass(frozen=True)
class ScheduledJob:
    """A function `run(session)` that takes all steps that are due and returns their number; `every` is in seconds.

    The command runs the job too, unless the job looks after a server process.
    """

    name: str
    run: Callable
    every: int = 60
    of_process: bool = False


def set_jobs(*jobs):
    """Set the jobs of the scheduler."""
    _jobs[:] = jobs


def list_jobs():
    """Return all jobs."""
    return tuple(_jobs)


def run_jobs(app):
    """Run all jobs of the system once and return {name: number of steps taken}."""
    return {job.name: _run_job(app, job) for job in _jobs if not job.of_process}


def start_scheduler(app):
    """Run each job when it is due, in a thread, until the process ends. Return the event that ends it."""
    ended = threading.Event()

    def run_until_ended():
        due = dict.fromkeys(list_jobs(), 0)
        while True:
            for job in due:
                if time.monotonic() >= due[job]:
                    _run_or_log(app, job)
                    due[job] = time.monotonic() + job.every
            if ended.wait(max(min(due.values()) - time.monotonic(), 0)):
                return

    threading.Thread(target=run_until_ended, name="scheduler", daemon=True).start()
    return ended


def _run_or_log(app, job):
    try:
        _run_job(app, job)
        succeeded = True
    except Exception:  # one thread runs all jobs: an error in one must not stop the others
        log.exception("The scheduled job %s failed and will be tried again", job.name)
        succeeded = False
    try:
        for listener in listeners:
            listener(job.name, succeeded)
    except Exception:  # counting writes files: a full disk must not end the thread
        log.exception("The run of the scheduled job %s was not counted", job.name)


def _run_job(app, job):
    with app.app_context():
        act_as(db.session, SYSTEM)
        try:
            return job.run(db.session)
        finally:
            db.session.remove()
