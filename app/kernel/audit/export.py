"""The audit log as lines of a file, for the log collection of the country: JSON, one event a line, no personal data."""

import fcntl
import json
import os
from itertools import chain

from sqlalchemy import select

from app.kernel.audit.models import AuditEvent

# The payload, which holds values of records, stays in the database.
FIELDS = (
    "seq", "at", "actor_id", "unit_code", "session_ref", "address", "action", "entity", "entity_id", "purpose",
    "case_number", "outcome", "hash",
)  # fmt: skip
BATCH = 5000
END = 4096  # bytes; a line has about 400


class ExportStopped(Exception):
    """The log has no event of the file: it was restored, and the events in common are in a rotated file."""


def append_events(connection, path, is_case):
    """Append the events that the file does not have yet. Return their number. Raises ExportStopped.

    A file of the same name and `.position` keeps the last number and hash, so that the file itself may be rotated away.
    After a kill, a half line is removed. After a restore, the new events follow the last one in common.
    `is_case(number)` tells a number from other text that a user typed as a case number, which is left out.
    """
    count, position_file = 0, path.with_name(f"{path.name}.position")
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _remove_half_line(file)
        last = _find_last(connection, file, position_file)
        file.seek(0, os.SEEK_END)
        while rows := _read_rows(connection, last):
            file.write("".join(_format_line(row, is_case) for row in rows).encode())
            file.flush()
            os.fsync(file.fileno())
            last, count = rows[-1].seq, count + len(rows)
            _write_position(position_file, f"{last} {rows[-1].hash}")
    return count


def _find_last(connection, file, position_file):
    """Return the number of the last exported event that the log still has: a restored log uses lost numbers again."""
    seq = 0
    for seq, digest in chain(_read_backwards(file), _read_position(position_file)):
        if connection.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq)) == digest:
            return seq
    if seq:
        raise ExportStopped(
            f"The audit log was restored and has no event of {file.name}. Delete {position_file} and begin a new file"
        )
    return 0


def _read_backwards(file):
    """Yield (number, hash) of the events in the file from its end, and read all of it only if the end is not enough."""
    for start in (max(0, file.seek(0, os.SEEK_END) - END), 0):
        file.seek(start)
        lines = file.read().splitlines()[1 if start else 0 :]
        for event in map(json.loads, reversed(lines)):
            yield event["seq"], event["hash"]


def _read_position(path):
    if path.exists():
        seq, digest = path.read_text().split()
        yield int(seq), digest


def _write_position(path, text):
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)


def _remove_half_line(file):
    content_end = file.seek(0, os.SEEK_END)
    file.seek(max(0, content_end - END))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    file.truncate(content_end - len(tail) + len(whole))


def _read_rows(connection, after):
    columns = [AuditEvent.__table__.c[name] for name in FIELDS]
    return connection.execute(
        select(*columns).where(columns[0] > after).order_by(columns[0]).limit(BATCH)
    ).all()


def _format_line(row, is_case):
    number = row.case_number if row.case_number and is_case(row.case_number) else ""
    return json.dumps({**row._mapping, "case_number": number}, default=_format_time) + "\n"


def _format_time(moment):
    return f"{moment.isoformat()}Z"
