"""How rows are added to the chain, in the transaction of what they tell.

Two statements, however many rows: hold the end of the chain, add the entries. A trigger moves the end on and refuses
a row that does not follow it. The end is held until the commit, so this comes last, and both are handed to the driver
as they stand: to have them made for each look took longer than the database takes for them.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.kernel.audit.models import ENTRY, plain_json
from app.kernel.audit.signing_key import NotWritten, sign

BACKWARDS = timedelta(seconds=2)  # that a clock may be behind the chain: several servers never agree exactly
CLOCK_SET = "clock.set"  # the one event after which time may run from an earlier moment
# What the hash covers, in this order; a new column would begin a new kind of row.
COVERED = (
    "seq", "at", "actor_id", "unit_code", "session_mark", "address", "action", "entity", "entity_id",
    "purpose", "case_number", "outcome", "payload_hash", "seal",
)  # fmt: skip
_HOLD = "UPDATE audit_head SET held = seq RETURNING seq, hash, at, {now}"
_ADD = f"INSERT INTO audit_entry ({', '.join(ENTRY)}) VALUES ({{marks}})"  # noqa: S608  (names of ours)
_ON_SQLITE = _HOLD.format(now="NULL"), _ADD.format(marks=", ".join("?" * len(ENTRY)))
# The database's clock, read after the wait for the row: several servers have one time.
_ON_POSTGRESQL = (
    _HOLD.format(now="timezone('UTC', clock_timestamp())"),
    _ADD.format(marks=", ".join(["%s"] * len(ENTRY))),
)


class ClockSetBack(NotWritten):
    """The computer's clock is behind the last row of the log."""


def hash_of(values, previous, sign=sign):
    """The hash of a row; `values` in the order of COVERED, the moment as `moment_text` tells it."""
    return sign(f"{plain_json(values)}{previous}".encode()).hex()


def moment_text(moment):
    return moment.isoformat(" ", "microseconds")


def payload_hash(text, sign=sign):
    """Made with the key: from a hash alone nobody can try out which name was in the payload."""
    return sign(text.encode()).hex()


def append(connection, entries):
    """Add `entries` (see `entry`) in the transaction of `connection`; gives the number of the last. Raises ClockSetBack,
    KeyMissing."""
    on_sqlite = connection.dialect.name == "sqlite"
    hold, add = _ON_SQLITE if on_sqlite else _ON_POSTGRESQL
    head = _held(connection, hold)
    now = _settled(head, entries[0]["action"])
    moment, previous, rows = moment_text(now), head.hash, []
    at = moment if on_sqlite else now
    for seq, one in enumerate(entries, start=head.seq + 1):
        body = plain_json(one["body"]) if one["body"] else None
        row = one | {
            "seq": seq,
            "at": moment,
            "body": body,
            "payload_hash": payload_hash(body) if body else "",
        }
        fresh = hash_of([row[name] for name in COVERED], previous)
        row |= {"at": at, "previous": previous, "hash": fresh}
        rows.append(tuple(row[name] for name in ENTRY))
        previous = fresh
    connection.exec_driver_sql(add, rows if len(rows) > 1 else rows[0])
    return head.seq + len(entries)


def entry(actor, action, entity="", entity_id=None, outcome="ok", seal="", body=None):
    """One event that waits to be chained."""
    return {
        "actor_id": actor.user_id,
        "unit_code": actor.unit_code,
        "session_mark": actor.session_mark,
        "address": actor.address,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "purpose": actor.purpose,
        "case_number": actor.case_number,
        "outcome": outcome,
        "seal": seal,
        "body": body,
    }


class Head(NamedTuple):
    """The end of the chain as it was found, and the moment by the database's clock where there is such a one."""

    seq: int
    hash: str
    at: datetime
    now: datetime | None


def _held(connection, hold):
    row = connection.exec_driver_sql(hold).one_or_none()
    if row is None:
        raise NotWritten("The log has no beginning: the tables were not made by the migrations.")
    head = Head(*row)
    return head._replace(at=datetime.fromisoformat(head.at)) if isinstance(head.at, str) else head


def _settled(head, action):
    now = head.now or datetime.now(UTC).replace(tzinfo=None)
    if now < head.at - BACKWARDS and action != CLOCK_SET:
        raise ClockSetBack(
            f"Nothing was written: this computer's clock says {now:%d/%m/%Y %H:%M:%S} UTC, but the last entry of the"
            f" log was written at {head.at:%d/%m/%Y %H:%M:%S} UTC. Set the clock right. Where the clock had been ahead"
            " before: python3 run.py audit clock --because …"
        )
    return now
