"""Anchors: (seq, hash, time) of the end of the log, kept where the administrator of the database does not reach.

Without them nobody could tell a log whose tail was cut off, or that was chained anew by somebody with the key.
"""

import fcntl
import logging
import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import config
from app.kernel.audit.models import AuditEvent, AuditHead

log = logging.getLogger(__name__)

FILE = "anchors.tsv"
EVERY, ROWS = timedelta(minutes=15), 500
LOOK = 10  # seconds between two looks whether an anchor is due


class AnchorRefused(Exception):
    """The log no longer holds what its last anchor tells: it was tampered with, and is not anchored any more."""


def read(folder=None):
    """seq → hash of all anchors in the folder. Raises OSError where there is none, ValueError where it is spoilt."""
    return {seq: digest for seq, digest, _at in _lines((folder or config.ANCHOR_DIR) / FILE)}


def _lines(path):
    with open(path, encoding="ascii") as file:
        for line in file:
            yield _told(path, line)


def _last(path):
    if not path.exists():
        return 0, "", None
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 1000))  # a line has about ninety
        return _told(path, file.read().decode("ascii").splitlines()[-1])


def _told(path, line):
    parts = line.rstrip("\n").split("\t")
    if len(parts) != 3 or len(parts[1]) != 64 or not parts[0].isdecimal():
        raise ValueError(f"{path}: this line is no anchor: {line!r}")
    return int(parts[0]), parts[1], datetime.fromisoformat(parts[2])


def anchor(connection, folder=None, due_only=False):
    """Write an anchor of the end of the log; with `due_only` where 15 minutes or 500 rows have passed.

    Gives its (seq, hash), None where there is nothing new to anchor. Raises AnchorRefused.
    """
    folder = folder or config.ANCHOR_DIR
    with _alone(folder):
        path = folder / FILE
        seq, digest, at = _last(path)
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
        if seq and connection.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq)) != digest:
            raise AnchorRefused(
                f"Row {seq} of the log is not what its anchor tells: python3 run.py audit verify"
            )
        now = datetime.now(UTC).replace(tzinfo=None)
        if head.seq == seq:
            return None
        if due_only and at and head.seq - seq < ROWS and now - at < EVERY:
            return None
        _add(path, f"{head.seq}\t{head.hash}\t{now.isoformat(timespec='seconds')}\n")
        return head.seq, head.hash


def _add(path, line):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(folder):
    """Only one process at a time reads the last anchor and writes the next."""
    if config.ENVIRONMENT == "demo":
        folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def keep_anchoring(engine):
    """Look every few seconds, in a thread of this process, whether an anchor is due. Gives the event that ends it."""
    ended = threading.Event()

    def look():
        while not ended.wait(LOOK):
            try:
                with engine.connect() as connection:
                    anchor(connection, due_only=True)
            except (OSError, ValueError, AnchorRefused, SQLAlchemyError):
                log.critical("No anchor of the log could be written", exc_info=True)

    threading.Thread(target=look, name="anchors", daemon=True).start()
    return ended
