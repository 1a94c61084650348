"""The audit log as lines of a file, for the log collection of the country: JSON, one event a line, no personal data."""

import fcntl
import json
import os

from sqlalchemy import select

from app.kernel.audit.models import AuditEvent

# The payload, which holds values of records, stays in the database.
FIELDS = (
    "seq", "at", "actor_id", "unit_code", "session_ref", "address", "action", "entity", "entity_id", "purpose",
    "case_number", "outcome", "hash",
)  # fmt: skip
BATCH = 5000


def append_events(connection, path):
    """Append the events that the file does not have yet. Return their number.

    A file of the same name and `.position` keeps the last number, so that the file itself may be rotated away. After a kill,
    a half line is removed.
    """
    count, position_file = 0, path.with_name(f"{path.name}.position")
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = max(_last_in_file(file), int(position_file.read_text()) if position_file.exists() else 0)
        file.seek(0, os.SEEK_END)
        while lines := _read_lines(connection, last):
            file.write("".join(text for _seq, text in lines).encode())
            file.flush()
            os.fsync(file.fileno())
            last, count = lines[-1][0], count + len(lines)
            position_file.write_text(str(last))
    return count


def _last_in_file(file):
    content_end = file.seek(0, os.SEEK_END)
    file.seek(max(0, content_end - 4096))  # a line has about 400 bytes
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    file.truncate(content_end - len(tail) + len(whole))
    return json.loads(whole.splitlines()[-1])["seq"] if whole else 0


def _read_lines(connection, after):
    columns = [AuditEvent.__table__.c[name] for name in FIELDS]
    rows = connection.execute(
        select(*columns).where(columns[0] > after).order_by(columns[0]).limit(BATCH)
    ).all()
    return [(row.seq, json.dumps(dict(row._mapping), default=_format_time) + "\n") for row in rows]


def _format_time(moment):
    return f"{moment.isoformat()}Z"
