"""How rows are added to the chain, in the transaction of what they tell.

Two statements, however many rows: hold the end of the chain, add the entries. A trigger moves the end on and refuses
a row that does not follow it. The end is held until the commit, so this comes last.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, update

from app.kernel.trace.keys import NotWritten, sign
from app.kernel.trace.tables import ENTRY, AuditHead, plain_json

BACKWARDS = timedelta(seconds=2)  # that a clock may be behind the chain: several servers never agree exactly
CLOCK_SET = "clock.set"  # the one event after which time may run from an earlier moment
# What the hash covers, in this order; a new column would begin a new kind of row.
COVERED = (
    "seq", "at", "actor_id", "unit_code", "session_mark", "address", "action", "entity", "entity_id",
    "purpose", "case_number", "outcome", "payload_hash", "seal",
)  # fmt: skip
_ADD = insert(ENTRY)


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
    head = _held(connection)
    now = _settled(head, entries[0]["action"])
    moment, previous, rows = moment_text(now), head.hash, []
    for seq, one in enumerate(entries, start=head.seq + 1):
        body = plain_json(one["body"]) if one["body"] else None
        row = one | {
            "seq": seq,
            "at": moment,
            "body": body,
            "payload_hash": payload_hash(body) if body else "",
        }
        fresh = hash_of([row[name] for name in COVERED], previous)
        rows.append(row | {"at": now, "previous": previous, "hash": fresh})
        previous = fresh
    connection.execute(_ADD, rows)
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


def _held(connection):
    head = AuditHead.__table__
    columns = [head.c.seq, head.c.hash, head.c.at]
    if connection.dialect.name == "postgresql":
        # The database's clock, read after the wait for the row: several servers have one time.
        columns.append(func.timezone("UTC", func.clock_timestamp()).label("now"))
    row = connection.execute(update(head).values(held=head.c.seq).returning(*columns)).one_or_none()
    if row is None:
        raise NotWritten("The log has no beginning: the tables were not made by the migrations.")
    return row


def _settled(head, action):
    now = head.now if "now" in head._fields else datetime.now(UTC).replace(tzinfo=None)
    if now < head.at - BACKWARDS and action != CLOCK_SET:
        raise ClockSetBack(
            f"Nothing was written: this computer's clock says {now:%d/%m/%Y %H:%M:%S} UTC, but the last entry of the"
            f" log was written at {head.at:%d/%m/%Y %H:%M:%S} UTC. Set the clock right. Where the clock had been ahead"
            " before: python3 run.py audit clock --because …"
        )
    return now
