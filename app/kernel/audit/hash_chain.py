"""The hash chain of the audit log: appending entries in the transaction of the act that they record.

Two statements for any number of entries: lock the end of the chain, insert the entries. A trigger moves the end and
rejects a row that does not follow it. The end stays locked until the commit, so the append comes last. Both statements
go to the driver as fixed SQL text: compiling them for each event took longer than the database needs to run them.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from app.kernel.audit.models import ENTRY_COLUMNS, AuditHead, canonical_json
from app.kernel.audit.signing_key import AuditWriteFailed, sign

CLOCK_TOLERANCE = timedelta(seconds=2)  # the clocks of several servers never agree exactly
CASE_UNKNOWN = "case_unknown"  # a fact: no registered case or order had the case number of the purpose
CLOCK_SET = "clock.set"  # the only event after which time may continue from an earlier moment
# The columns that the hash covers, in this order. A new column would need a new format of rows.
HASHED_COLUMNS = (
    "seq", "at", "actor_id", "unit_code", "session_ref", "address", "action", "entity", "entity_id",
    "purpose", "case_number", "outcome", "payload_hash", "row_hash",
)  # fmt: skip
_LOCK_HEAD = "UPDATE audit_head SET lock_marker = seq RETURNING seq, hash, at, {now}"
_ADD_ENTRY = f"INSERT INTO audit_entry ({', '.join(ENTRY_COLUMNS)}) VALUES ({{placeholders}})"  # noqa: S608  (constant names)
_SQLITE_STATEMENTS = (
    _LOCK_HEAD.format(now="NULL"),
    _ADD_ENTRY.format(placeholders=", ".join("?" * len(ENTRY_COLUMNS))),
)
# The time of the database, read after the wait for the row, so that several servers share one time.
_POSTGRESQL_STATEMENTS = (
    _LOCK_HEAD.format(now="timezone('UTC', clock_timestamp())"),
    _ADD_ENTRY.format(placeholders=", ".join(["%s"] * len(ENTRY_COLUMNS))),
)


CLOCK_WRONG = "clock"  # a fact: the time of a clock that is behind the log


class ClockSetBack(AuditWriteFailed):
    """The clock of the computer is behind the last row of the audit log, so that nothing is saved."""


def hash_row(values, previous, sign=sign):
    """Return the hash of a row: `values` in the order of HASHED_COLUMNS, its time as from `format_timestamp`."""
    return sign(f"{canonical_json(values)}{previous}".encode()).hex()


def format_timestamp(moment):
    """Return a time as the text that is hashed."""
    return moment.isoformat(" ", "microseconds")


def hash_payload(text, sign=sign):
    """Return the keyed hash of a payload: without the key, names cannot be tried against the hash."""
    return sign(text.encode()).hex()


def append_entries(connection, entries, saves=True):
    """Append `entries` (from `build_entry`) in the transaction of `connection`. Return the number of the last.

    Raises KeyMissing. If the clock is behind the log, raises ClockSetBack if the transaction saves. Entries of other acts (a
    sign-in, a view) then have the time of the last entry, and the time of the clock as a fact.
    """
    on_sqlite = connection.dialect.name == "sqlite"
    lock, add = _SQLITE_STATEMENTS if on_sqlite else _POSTGRESQL_STATEMENTS
    head = _lock_head(connection, lock)
    now = head.now or datetime.now(UTC).replace(tzinfo=None)
    if now < head.at - CLOCK_TOLERANCE and entries[0]["action"] != CLOCK_SET:
        if saves:
            raise ClockSetBack(_describe_clock(now, head))
        entries = [_with_fact(one, CLOCK_WRONG, format_timestamp(now)) for one in entries]
        now = head.at
    moment, previous, rows = format_timestamp(now), head.hash, []
    at = moment if on_sqlite else now
    for seq, one in enumerate(entries, start=head.seq + 1):
        body = canonical_json(one["body"]) if one["body"] else None
        row = one | {
            "seq": seq,
            "at": moment,
            "body": body,
            "payload_hash": hash_payload(body) if body else "",
        }
        fresh = hash_row([row[name] for name in HASHED_COLUMNS], previous)
        row |= {"at": at, "previous": previous, "hash": fresh}
        rows.append(tuple(row[name] for name in ENTRY_COLUMNS))
        previous = fresh
    connection.exec_driver_sql(add, rows if len(rows) > 1 else rows[0])
    return head.seq + len(entries)


def build_entry(actor, action, entity="", entity_id=None, outcome="ok", row_hash="", body=None):
    """Return an event as a dict that `append_entries` takes. Its facts mark a case number that no case has."""
    if actor.case_number and actor.is_case_unknown:
        body = {**(body or {}), "facts": {**(body or {}).get("facts", {}), CASE_UNKNOWN: True}}
    return {
        "actor_id": actor.user_id,
        "unit_code": actor.unit_code,
        "session_ref": actor.session_ref,
        "address": actor.address,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "purpose": actor.purpose,
        "case_number": actor.case_number,
        "outcome": outcome,
        "row_hash": row_hash,
        "body": body,
    }


class ChainHead(NamedTuple):
    """The end of the chain, and the time of the database server (None on SQLite)."""

    seq: int
    hash: str
    at: datetime
    now: datetime | None


def _lock_head(connection, lock):
    row = connection.exec_driver_sql(lock).one_or_none()
    if row is None:
        raise AuditWriteFailed("The audit log has no first row. Create the tables with the migrations.")
    head = ChainHead(*row)
    return head._replace(at=datetime.fromisoformat(head.at)) if isinstance(head.at, str) else head


def _describe_clock(now, head):
    return (
        f"Nothing was written: the clock of this computer shows {now:%d/%m/%Y %H:%M:%S} UTC, but the last entry of the"
        f" audit log is of {head.at:%d/%m/%Y %H:%M:%S} UTC. Correct the clock. If the clock was ahead before, run:"
        " python3 run.py audit clock --reason …"
    )


def _with_fact(entry, name, value):
    body = entry["body"] or {}
    return entry | {"body": body | {"facts": body.get("facts", {}) | {name: value}}}


def is_clock_behind(connection):
    """Return whether the clock is so far behind the log that saves are refused."""
    head = connection.execute(select(AuditHead.at)).scalar_one()
    now = func.timezone("UTC", func.clock_timestamp())
    if connection.dialect.name == "postgresql":
        return connection.scalar(select(now)) < head - CLOCK_TOLERANCE
    return datetime.now(UTC).replace(tzinfo=None) < head - CLOCK_TOLERANCE
