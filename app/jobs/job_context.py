"""The context of a running job: it reports progress and sets the result."""

import shutil
import sqlite3
import time
from pathlib import Path

from app.extensions import db
from app.jobs import leases, results
from app.jobs.models import Job
from app.kernel.text import dates

WRITE_INTERVAL = 1.0  # seconds between two writes of the progress
MAX_TEXT_LENGTH = 200  # characters of the progress text


class JobCancelled(Exception):
    """The owner cancelled the job."""


class LeaseLost(Exception):
    """Another worker has taken the job, because this one sent no heartbeat for too long."""


class JobRefused(Exception):
    """The job cannot be done. The text of the exception is a message for the owner."""


class JobContext:
    """The interface of a running job. Progress is written in its own transaction, at most once a second."""

    def __init__(self, job_id, runner, reached):
        self.job_id, self.runner = job_id, runner
        self.folder = results.create_scratch_folder(
            job_id
        )  # for temporary files; removed at the end of the job
        self.result = None
        self.access = None  # what the owner may see when the job begins
        self._furthest = reached  # the furthest progress of any run
        self.progress = {}
        self._next_write = 0.0

    def set_total(self, n):
        """Set the total number of steps, as far as it is known."""
        self._record(total=n)

    def report_progress(self, n, text=""):
        """Report that `n` steps are done. `text` describes the current step, and at the end the result.

        Raise JobCancelled if the owner has cancelled the job, LeaseLost if another worker has it.
        """
        self._record(progress=n, progress_text=str(text)[:MAX_TEXT_LENGTH])

    def set_result(self, content, name, media_type):
        """Set the result: bytes, or the path of a file, which is moved. The owner downloads it as `name`."""
        if isinstance(content, bytes):
            path = self.folder / "result"
            path.write_bytes(content)
            content = path
        self.result = results.Result(Path(content), name, media_type)

    def _record(self, **values):
        self.progress |= values
        now = time.monotonic()
        # SQLite allows one writer: while the job itself writes, the progress waits for its next commit.
        if now < self._next_write or self._is_writing():
            return
        self._next_write = now + WRITE_INTERVAL
        self.write_progress()

    def write_progress(self):
        """Write the progress. Raise JobCancelled or LeaseLost if the job must stop."""
        values = {"heartbeat_at": dates.now()} | self.progress
        if self.progress.get("progress", 0) > self._furthest:
            self._furthest, values["attempts"] = self.progress["progress"], 1
        table = Job.__table__
        statement = (
            leases.update_leased_job(self.job_id, self.runner)
            .values(values)
            .returning(table.c.stop_requested_at)
        )
        with db.engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise LeaseLost
        if row.stop_requested_at is not None:
            raise JobCancelled

    def _is_writing(self):
        session = db.session()
        if db.engine.dialect.name != "sqlite" or not session.in_transaction():
            return False
        driver = session.connection().connection.driver_connection
        return isinstance(driver, sqlite3.Connection) and driver.in_transaction

    def remove_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)
