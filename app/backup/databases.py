"""A consistent copy of the database while users save, and its way back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url

import config
from app.kernel.audit.models import AuditHead
from app.kernel.database import engine

SQLITE_COPY, POSTGRESQL_COPY = "register.db", "register.dump"


class ProgramFailed(Exception):
    """A program of PostgreSQL is missing or failed. The text says what to do."""


@dataclass(frozen=True)
class Copy:
    """A copy of the database: its file, its migration, and the end of its audit log."""

    path: Path
    revision: str
    last_event: int
    last_hash: str


def copy_database(folder):
    """Write a copy of the database into `folder`. Return the Copy. Raises ProgramFailed.

    SQLite copies one snapshot while others write. PostgreSQL dumps one snapshot, with the rights of the owner.
    """
    url = make_url(config.OWNER_DATABASE_URI or config.SQLALCHEMY_DATABASE_URI)
    if url.get_backend_name() == "sqlite":
        path = folder / SQLITE_COPY
        with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return _describe(path, f"sqlite:///{path}")
    path = folder / POSTGRESQL_COPY
    # The end of the log is read before the dump, which may contain later rows.
    described = _describe(path, url)
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}", url=url)
    return described


def _describe(path, url):
    made = create_engine(url, hide_parameters=True)
    try:
        with made.connect() as connection:
            head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
        return Copy(path, engine.current_revision(made), head.seq, head.hash)
    finally:
        made.dispose()


def load_dump(path, url):
    """Load a dump into the empty PostgreSQL database `url`, or into none at all. Raises ProgramFailed."""
    _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
         f"--dbname={make_url(url).database}", str(path), url=make_url(url))  # fmt: skip


def _run(program, *arguments, url):
    """Run a program of PostgreSQL. The password is in its environment, where no other user can read it."""
    if shutil.which(program) is None:
        raise ProgramFailed(
            f"{program} is missing: install the package postgresql-client of your server's version."
        )
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    environment = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
    }
    given = {name: str(value) for name, value in environment.items() if value}
    done = subprocess.run([program, *arguments], env=os.environ | given, capture_output=True, text=True)
    if done.returncode:
        raise ProgramFailed(
            f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr else ''}"
        )
