"""The worker: one low-priority process that runs jobs one after the other.

The server starts one worker and restarts it when it ends. `run.py worker` starts another, on this computer or on one
that shares the database, data folder and queue.
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
from app.jobs.runner import restart_or_fail_job, run_job
from app.kernel.database import psycopg_patches

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5  # between two checks of an empty queue
RECOVERY_SECONDS = 10  # between two checks for abandoned jobs
NICE_INCREMENT = 10
COMMAND = [sys.executable, "-m", "app.cli.main", "worker", "--parent-pid"]


def run_worker(app, ends=lambda: False):
    """Run jobs until the process receives a signal or `ends()` is true. The current job waits for the next worker."""
    os.nice(NICE_INCREMENT)
    # All current objects are permanent. Unfrozen, the garbage collector would visit them again and again during a job.
    gc.freeze()
    with app.app_context():
        psycopg_patches.disable_prepared_statements(db.engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_about: sys.exit(0))
    recovered_at = -RECOVERY_SECONDS
    while not ends():
        with app.app_context():
            try:
                job_id = queue.dequeue_job()
                if job_id is not None:
                    run_job(job_id)
                    continue
            except (SQLAlchemyError, *queue.QUEUE_ERRORS):
                log.exception("The worker could not run a job; it tries again")
            if time.monotonic() - recovered_at >= RECOVERY_SECONDS:
                recovered_at = time.monotonic()
                try:
                    recover_jobs()
                except SQLAlchemyError:
                    log.exception("The worker could not check for abandoned jobs; it tries again")
        time.sleep(PAUSE_SECONDS)


def recover_jobs():
    """Restart abandoned jobs: those of dead workers, and those with an id that the queue has lost.

    If the queue does not respond, run the waiting jobs of the table.
    """
    for job_id, runner in leases.find_expired_leases():
        restart_or_fail_job(job_id, runner)
    empty = queue.is_queue_empty()
    if empty is False:
        return
    for job_id in leases.list_waiting_jobs():
        if empty:
            queue.enqueue_job(job_id)
        else:
            run_job(job_id)


def start_supervisor():
    """Keep one worker running while this process lives. Of several server processes only one does this."""
    threading.Thread(target=_supervise_worker, name="job worker supervisor", daemon=True).start()


def _supervise_worker():
    with (config.DATA_DIR / "worker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        while True:
            child = subprocess.Popen([*COMMAND, str(os.getpid())], cwd=config.ROOT, stdin=subprocess.DEVNULL)
            log.warning("The job worker ended (%s) and is restarted", child.wait())
            time.sleep(1)


def build_parent_check(process):
    """Return a function that tests whether the server process that started this worker has ended."""
    return lambda: os.getppid() != process
