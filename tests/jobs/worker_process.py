"""A worker in a separate process, with a job kind that waits to be killed in its first run."""

import sys
from pathlib import Path

from app import create_app, jobs
from app.extensions import db
from app.jobs import worker


@jobs.register_kind("test.killed", label="Killed")
def run(work, folder):
    """Wait at the third step of the first run. Later runs finish."""
    mark = Path(folder) / "has run"
    first = not mark.exists()
    mark.touch()
    for number in range(1, 6):
        work.report_progress(number)
        if number == 3 and first:
            sys.stdout.write("at three\n")
            sys.stdout.flush()
            sys.stdin.read()  # until it is killed
    connection = db.session.connection().connection.driver_connection
    assert getattr(connection, "prepare_threshold", None) is None, "a worker stores no query plan"
    sys.stdout.write("at the end\n")
    sys.stdout.flush()
    work.set_result(b"whole", "whole.txt", "text/plain")


if __name__ == "__main__":
    app = create_app(SECRET_KEY=sys.argv[1], SQLALCHEMY_DATABASE_URI=sys.argv[2])
    worker.run_worker(app, ends=(Path(sys.argv[3]) / "enough").exists)
