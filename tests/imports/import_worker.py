"""Runs an import or the job of a fixed spreadsheet; each run but the last is killed at random.

`python -m tests.imports.import_worker import|sheet NUMBER FILE KILLS` prints the exit code of each attempt:
-9 if killed, 0 if finished. Each attempt is a process forked from one that has loaded the program.
"""

import os
import random
import signal
import sys
import traceback
from pathlib import Path

from flask import current_app
from sqlalchemy import event

from app import create_app, jobs
from app.extensions import db
from app.imports import readers, runner
from app.imports.models import ImportRun
from app.jobs import worker
from tests.imports.steps import APPROVER
from tests.sample_rows import acting_as

STATEMENTS = 10, 90  # statements of one attempt; a batch of five takes about forty


def main(what, number, path, kills):
    runner.BATCH_SIZE = 5
    app, rng = create_app(), random.Random(3)
    for last_statement in (*(rng.randint(*STATEMENTS) for _attempt in range(int(kills))), None):
        sys.stdout.write(f"{run_in_child(app, TASKS[what], int(number), path, last_statement)}\n")
        sys.stdout.flush()


def run_in_child(app, task, number, path, last_statement):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        with app.app_context(), app.test_request_context():
            task(number, path, lambda: last_statement is not None and kill_at(db.engine, last_statement))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def run_import(run, path, arm_kill):
    with acting_as(APPROVER):
        run_row = db.session.get(ImportRun, run)
        arm_kill()
        runner.run_import(run_row, readers.read_table(path, run_row.profile.encoding))


def run_sheet_job(job, files, arm_kill):
    """Run the job as the next worker does after one was killed."""
    current_app.config["FILES_DIR"] = Path(files)
    worker.recover_jobs()
    arm_kill()
    jobs.run_job(job)


TASKS = {"import": run_import, "sheet": run_sheet_job}


def kill_at(engine, last_statement):
    """Kill the process before or after the statement with that number."""
    count = 0

    @event.listens_for(engine, "before_cursor_execute")
    @event.listens_for(engine, "after_cursor_execute")
    @event.listens_for(engine, "commit")
    def _count(*_what):
        nonlocal count
        count += 1
        if count == 2 * last_statement:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
