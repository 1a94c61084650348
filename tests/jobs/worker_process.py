"""A worker in a process of its own, with a kind of job that waits to be killed in its first run."""

import sys
from pathlib import Path

from app import create_app, jobs
from app.extensions import db
from app.jobs import worker


@jobs.kind("test.killed", label="Killed")
def run(work, folder):
    """Stands still at the third step of its first run; whatever comes later goes through."""
    mark = Path(folder) / "has run"
    first = not mark.exists()
    mark.touch()
    for number in range(1, 6):
        work.reached(number)
        if number == 3 and first:
            sys.stdout.write("at three\n")
            sys.stdout.flush()
            sys.stdin.read()  # until it is killed
    connection = db.session.connection().connection.driver_connection
    assert getattr(connection, "prepare_threshold", None) is None, "a worker keeps no plan"
    sys.stdout.write("at the end\n")
    sys.stdout.flush()
    work.gives(b"whole", "whole.txt", "text/plain")


if __name__ == "__main__":
    app = create_app(SECRET_KEY=sys.argv[1], SQLALCHEMY_DATABASE_URI=sys.argv[2])
    worker.work(app, ends=(Path(sys.argv[3]) / "enough").exists)
