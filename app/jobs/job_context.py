"""What a job says while it runs: how far it is, and what comes of it."""

import shutil
import sqlite3
import time
from pathlib import Path

from app.extensions import db
from app.jobs import leases, results
from app.jobs.models import Job
from app.kernel.text import dates

EVERY = 1.0  # seconds between two notes of how far it is
LONGEST = 200  # characters of its words


class Cancelled(Exception):
    """The owner asked that it stops."""


class Lost(Exception):
    """Another worker has taken the job, since this one gave no sign of life for too long."""


class Refused(Exception):
    """A job that cannot be done. Its text is a sentence for the owner."""


class Work:
    """The hand of a running job. Its notes are written in a transaction of their own, at most once a second."""

    def __init__(self, job_id, runner, best):
        self.job_id, self.runner = job_id, runner
        self.folder = results.scratch(job_id)  # for what it writes on the way; gone at its end
        self.result = None
        self._best = best  # how far any run has come
        self.told = {}
        self._next = 0.0

    def total(self, n):
        """So many steps there are in all, as far as is known."""
        self._note(total=n)

    def reached(self, n, words=""):
        """So many steps are done; `words` say what is done now, and at the end what was done. Raises Cancelled where the
        owner wants it to stop.
        """
        self._note(reached=n, words=str(words)[:LONGEST])

    def gives(self, content, name, media_type):
        """The result: bytes, or the path of a file, which is moved away. The owner fetches it under that name."""
        if isinstance(content, bytes):
            path = self.folder / "result"
            path.write_bytes(content)
            content = path
        self.result = results.Result(Path(content), name, media_type)

    def _note(self, **values):
        self.told |= values
        now = time.monotonic()
        # On SQLite there is one writer: while the job itself writes, its notes wait for its next commit.
        if now < self._next or self._is_writing():
            return
        self._next = now + EVERY
        self.write()

    def write(self):
        """Write down what was said, and hear whether the owner wants it to stop."""
        values = {"heartbeat_at": dates.now()} | self.told
        if self.told.get("reached", 0) > self._best:
            self._best, values["starts"] = self.told["reached"], 1
        table = Job.__table__
        statement = leases.mine(self.job_id, self.runner).values(values).returning(table.c.stop_asked_at)
        with db.engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise Lost
        if row.stop_asked_at is not None:
            raise Cancelled

    def _is_writing(self):
        session = db.session()
        if db.engine.dialect.name != "sqlite" or not session.in_transaction():
            return False
        driver = session.connection().connection.driver_connection
        return isinstance(driver, sqlite3.Connection) and driver.in_transaction

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
