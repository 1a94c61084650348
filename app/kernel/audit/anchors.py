"""Anchors: (seq, hash, time) of the end of the audit log, in a file that the database administrator cannot change.

Anchors reveal a log that was cut off at its end, or that was chained again by a holder of the key.
"""

import fcntl
import logging
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import config
from app.kernel.audit.models import AuditEvent, AuditHead

log = logging.getLogger(__name__)

FILE = "anchors.tsv"
MAX_AGE, MAX_ROWS = timedelta(minutes=15), 500


class AnchorMismatch(Exception):
    """The audit log differs from its last anchor: it was tampered with, so no new anchor is written."""


def read_anchors(folder=None):
    """Return seq → set of hashes of all anchors in the folder. After a restore a number can have two.

    Raises OSError if there is no anchor file, ValueError if a line is not an anchor.
    """
    found = {}
    for seq, digest, _at in _read_lines((folder or config.ANCHOR_DIR) / FILE):
        found.setdefault(seq, set()).add(digest)
    return found


def _read_lines(path):
    with open(path, encoding="ascii") as file:
        for line in file:
            yield _parse_line(path, line)


def read_last(path=None):
    """Return (seq, hash, time) of the last anchor; (0, "", None) if there is none. Raises OSError, ValueError."""
    path = path or config.ANCHOR_DIR / FILE
    if not path.exists():
        return 0, "", None
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 1000))  # a line has about 90 bytes
        return _parse_line(path, file.read().decode("ascii").splitlines()[-1])


def _parse_line(path, line):
    parts = line.rstrip("\n").split("\t")
    if len(parts) != 3 or len(parts[1]) != 64 or not parts[0].isdecimal():
        raise ValueError(f"{path}: this line is not an anchor: {line!r}")
    return int(parts[0]), parts[1], datetime.fromisoformat(parts[2])


def write_anchor(connection, folder=None, due_only=False, after_restore=False):
    """Write an anchor of the end of the log. With `due_only`, only after 15 minutes or 500 rows.

    `after_restore`: the last anchor may be one of a lost entry. Return its (seq, hash), or None if nothing was
    written. Raises AnchorMismatch.
    """
    folder = folder or config.ANCHOR_DIR
    with _locked(folder):
        path = folder / FILE
        seq, digest, at = read_last(path)
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
        stored = connection.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq))
        if seq and stored != digest and not after_restore:
            raise AnchorMismatch(
                f"Row {seq} of the audit log differs from its anchor. Run: python3 run.py audit verify"
            )
        now = datetime.now(UTC).replace(tzinfo=None)
        if (head.seq, head.hash) == (seq, digest):
            return None
        if due_only and at and head.seq - seq < MAX_ROWS and now - at < MAX_AGE:
            return None
        _append_line(path, f"{head.seq}\t{head.hash}\t{now.isoformat(timespec='seconds')}\n")
        return head.seq, head.hash


def _append_line(path, line):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(folder):
    """Lock the folder: one process at a time reads the last anchor and writes the next."""
    if config.ENVIRONMENT != "production":
        folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_due_anchor(session):
    """Write an anchor if one is due, as a scheduled job. Raises what stopped it, after a critical entry in the log."""
    try:
        write_anchor(session.connection(), due_only=True)
    except (OSError, ValueError, AnchorMismatch, SQLAlchemyError):
        log.critical("The anchor of the audit log could not be written")
        raise
