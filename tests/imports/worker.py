"""One import in a process of its own, which somebody may kill: `python -m tests.imports.worker RUN FILE`."""

import sys

from app import create_app
from app.extensions import db
from app.imports import reading, running
from app.imports.models import ImportRun
from tests.imports.steps import SECOND
from tests.rows import written_by


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(run, path):
    running.AT_ONCE = 5
    app = create_app()
    with app.app_context(), app.test_request_context(), written_by(SECOND):
        one = db.session.get(ImportRun, int(run))
        say("begun")
        running.carry_on(one, reading.table_of(path, one.profile.encoding), say)


if __name__ == "__main__":
    main(*sys.argv[1:])
