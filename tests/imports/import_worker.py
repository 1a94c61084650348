"""One import, or one job of a mended sheet, that is killed again and again at any of its statements, and then carried
to its end: `python -m tests.imports.import_worker import|sheet NUMBER FILE KILLS`. Says how each try ended: -9 where it was
killed, 0 at its end.

Each try is a process of its own, forked from one that has read the program once.
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
from tests.imports.steps import SECOND
from tests.sample_rows import written_by

STATEMENTS = 10, 90  # of one try; a batch of five has about forty


def main(what, number, path, kills):
    runner.AT_ONCE = 5
    app, chance = create_app(), random.Random(3)
    for last in (*(chance.randint(*STATEMENTS) for _time in range(int(kills))), None):
        sys.stdout.write(f"{ended(app, ACTS[what], int(number), path, last)}\n")
        sys.stdout.flush()


def ended(app, act, number, path, last):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        with app.app_context(), app.test_request_context():
            act(number, path, lambda: last is not None and die_at(db.engine, last))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def bring_in(run, path, begins):
    with written_by(SECOND):
        one = db.session.get(ImportRun, run)
        begins()
        runner.carry_on(one, readers.table_of(path, one.profile.encoding))


def work_off(job, files, begins):
    """As the worker that comes after one that was killed."""
    current_app.config["FILES_DIR"] = Path(files)
    worker.tend()
    begins()
    jobs.run_here(job)


ACTS = {"import": bring_in, "sheet": work_off}


def die_at(engine, last):
    """Before or after the statement of that number is sent, as it happens."""
    sent = 0

    @event.listens_for(engine, "before_cursor_execute")
    @event.listens_for(engine, "after_cursor_execute")
    @event.listens_for(engine, "commit")
    def _count(*_what):
        nonlocal sent
        sent += 1
        if sent == 2 * last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
