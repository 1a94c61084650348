"""One import that is killed again and again at any of its statements, and then carried to its end:
`python -m tests.imports.worker RUN FILE KILLS`. Says how each try ended: -9 where it was killed, 0 at its end.

Each try is a process of its own, forked from one that has read the program once.
"""

import os
import random
import signal
import sys
import traceback

from sqlalchemy import event

from app import create_app
from app.extensions import db
from app.imports import reading, running
from app.imports.models import ImportRun
from tests.imports.steps import SECOND
from tests.rows import written_by

STATEMENTS = 10, 90  # of one try; a batch of five has about forty


def main(run, path, kills):
    running.AT_ONCE = 5
    app, chance = create_app(), random.Random(3)
    for last in (*(chance.randint(*STATEMENTS) for _time in range(int(kills))), None):
        sys.stdout.write(f"{ended(app, int(run), path, last)}\n")
        sys.stdout.flush()


def ended(app, run, path, last):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        with app.app_context(), app.test_request_context(), written_by(SECOND):
            one = db.session.get(ImportRun, run)
            if last is not None:
                die_at(db.engine, last)
            running.carry_on(one, reading.table_of(path, one.profile.encoding))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


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
