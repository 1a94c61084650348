"""The worker: one process that runs jobs one after the other, and yields to the pages.

A served register starts one and starts it again whenever it dies; `run.py work` is another, on this computer or on one
that shares database, data folder and queue.
"""

import fcntl
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

import config
from app.extensions import db
from app.jobs import leases, queue
from app.jobs.runner import give_up_or_begin_again, run_here
from app.kernel.database import psycopg_dialect

log = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two looks into an empty queue
TEND = 10  # seconds between two looks for jobs that were left behind
NICE = 10
COMMAND = [sys.executable, "-m", "app.cli.main", "work", "--watched-by"]


def work(app, ends=lambda: False):
    """Run jobs until the process is told to end. A job that runs then waits for the next worker."""
    os.nice(NICE)
    # What is there now stays for good: without it the collector walks all of it again and again between a job's rows.
    gc.collect()
    gc.freeze()
    with app.app_context():
        psycopg_dialect.plan_anew(db.engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_about: sys.exit(0))
    tended = -TEND
    while not ends():
        with app.app_context():
            try:
                job_id = queue.take()
                if job_id is not None:
                    run_here(job_id)
                    continue
            except (SQLAlchemyError, *queue.FAULTS):
                log.exception("The worker could not go on; it tries again")
            if time.monotonic() - tended >= TEND:
                tended = time.monotonic()
                try:
                    tend()
                except SQLAlchemyError:
                    log.exception("The worker could not see what was left behind; it tries again")
        time.sleep(PAUSE)


def tend():
    """Let what was left behind go on: jobs of workers that died, and numbers that the queue has lost.

    Where the queue does not answer at all, its jobs are taken from their table.
    """
    for job_id, runner in leases.of_the_dead():
        give_up_or_begin_again(job_id, runner)
    empty = queue.is_empty()
    if empty is False:
        return
    for job_id in leases.waiting():
        if empty:
            queue.put(job_id)
        else:
            run_here(job_id)


def keep_working():
    """Keep one worker alive as long as this process lives. Of several processes of a server one does so."""
    threading.Thread(target=_watch, name="worker of jobs", daemon=True).start()


def _watch():
    with (config.DATA_DIR / "worker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        while True:
            child = subprocess.Popen([*COMMAND, str(os.getpid())], cwd=config.ROOT, stdin=subprocess.DEVNULL)
            log.warning("The worker of jobs ended (%s) and is started again", child.wait())
            time.sleep(1)


def until_it_ends(process):
    """For a worker that a server watches: whether that process, which started it, is gone."""
    return lambda: os.getppid() != process
