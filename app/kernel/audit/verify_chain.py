"""Proving the chain: every row again, its payload, its place, and the anchors outside the database."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, bindparam, func, select, type_coerce

from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.models import BEGINNING, AuditEvent, AuditHead, AuditPayload, AuditSeals
from app.kernel.audit.signing_key import signer

RIGHT, TAMPERED, UNPROVED = 0, 1, 2  # how `run.py audit verify` ends
ERASED = "erased"  # the act of an event that let a payload go
AT_ONCE = 5000  # rows held in memory
TRIED = 100  # rows asked whether the key fits at all
# Entities of events that stand for a batch of rows; their seals are in `audit_seals`.
BATCHES = frozenset({"demo", "import", "sealing"})
# The columns of which a proof asks more than that their hash is right.
READ = ("seq", "at", "action", "entity", "entity_id", "payload_hash", "seal", "previous", "hash")
ALL = (*hash_chain.COVERED, "previous", "hash")
_null, _quoted = "null", json.encoder.encode_basestring

KINDS = {
    "hash": "its content is not what was written",
    "link": "it does not follow the row before it",
    "gap": "rows before it are missing",
    "time": "it was written before the row ahead of it",
    "payload": "what it says of people is not what was written",
    "payload missing": "what it says of people is gone, and no erasure was written",
    "seals": "the seals of its batch are not those that were written",
    "anchor": "the anchor tells another hash: everything since the anchor before it was chained anew",
    "cut": "an anchor tells of it, but the log ends before",
    "head": "the end of the log is not its last row",
}


@dataclass(frozen=True)
class Finding:
    """What a proof found: RIGHT, TAMPERED with the first bad row and the kind (see KINDS), or UNPROVED and why."""

    status: int
    rows: int = 0
    seq: int = 0
    kind: str = ""
    why: str = ""

    def __str__(self):
        if self.status == RIGHT:
            return f"OK: {self.rows:,} rows of the log are as they were written. {self.why}"
        if self.status == TAMPERED:
            return f"TAMPERED: row {self.seq} ({self.kind}): {KINDS[self.kind]}."
        return f"NOT PROVED: {self.why}"


def one_view(connection):
    """Begin a transaction that sees the database as it is now until it ends; what comes meanwhile is not seen."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        connection.exec_driver_sql("BEGIN")


def of_chain(connection, anchors):
    """Prove the whole log against `anchors` (seq → hash), in one view. Raises KeyMissing."""
    if not key_fits(connection):
        return Finding(UNPROVED, why="this key is not the one with which the log was written.")
    bad, last, count = _first_bad_row(connection, anchors)
    if bad:
        return Finding(TAMPERED, count, *bad)
    beyond = sorted(seq for seq in anchors if seq > count)
    if beyond:
        return Finding(TAMPERED, count, beyond[0], "cut")
    head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    if head is None or tuple(head) != last:
        return Finding(TAMPERED, count, last[0], "head")
    if not anchors:
        return Finding(UNPROVED, count, why="there is no anchor. Write one: python3 run.py audit anchor")
    after = count - max(anchors)
    return Finding(RIGHT, count, why=f"The last anchor is row {max(anchors)}, {after} rows came after it.")


def key_fits(connection):
    """Whether any of the last rows was written with this key; of an empty log every key is right."""
    events = AuditEvent.__table__
    last = select(events.c.seq).order_by(events.c.seq.desc()).limit(TRIED)
    rows = connection.scalars(last).all()
    return not rows or any(_is_as_written(connection, seq, signer()) for seq in rows)


def _columns(connection):
    """name → column, the moment as the very text that was hashed: it need not be read to be proved."""
    columns = dict(AuditEvent.__table__.c)
    if connection.dialect.name == "postgresql":
        columns["at"] = func.to_char(columns["at"], "YYYY-MM-DD HH24:MI:SS.US")
    else:
        columns["at"] = type_coerce(columns["at"], Text)
    return columns


def _as_read(rows):
    """Rows of all columns and the payload, as rows that bring their text.

    It is the JSON of the list of them, put together here in less time than a list takes to become JSON.
    """
    return [
        (
            seq, at, action, entity, entity_id, payload_hash, seal, previous, fresh,
            f'[{seq},"{at}",{_null if actor is None else actor},{_null if unit is None else _quoted(unit)},{_quoted(mark)},'
            f"{_quoted(address)},{_quoted(action)},{_quoted(entity)},{_null if entity_id is None else entity_id},"
            f"{_quoted(purpose)},{_quoted(case)},{_quoted(outcome)},{_quoted(payload_hash)},{_quoted(seal)}]",
            payload,
        )
        for (
            seq, at, actor, unit, mark, address, action, entity, entity_id, purpose, case, outcome, payload_hash, seal,
            previous, fresh, payload,
        ) in rows
    ]  # fmt: skip


def _is_as_written(connection, seq, sign):
    """Whether the values of a row are those that were hashed: the last word, should another SQLite write JSON otherwise."""
    columns = _columns(connection)
    row = connection.execute(select(*(columns[name] for name in ALL)).where(columns["seq"] == seq)).one()
    *values, previous, known = row
    return hash_chain.hash_of(tuple(values), previous, sign) == known


def _first_bad_row(connection, anchors):
    """((seq, kind) or None, (seq, hash) of the last row, how many rows)."""
    sign = signer()
    expected, before, latest, missing, erased = 1, BEGINNING, "", set(), set()
    for row in _rows(connection):
        seq, at, action, entity, entity_id, payload_hash, seal, previous, fresh, text, payload = row
        kind = None
        if seq != expected:
            kind = "gap"
        elif sign(f"{text}{previous}".encode()).hex() != fresh and not _is_as_written(connection, seq, sign):
            kind = "hash"
        elif previous != before:
            kind = "link"
        elif seq in anchors and anchors[seq] != fresh:
            kind = "anchor"
        elif at < latest and action != hash_chain.CLOCK_SET and _is_too_early(at, latest):
            kind = "time"
        elif payload is not None and hash_chain.payload_hash(payload, sign) != payload_hash:
            kind = "payload"
        elif seal and entity in BATCHES and not _batch_is_right(connection, entity, entity_id, seal):
            kind = "seals"
        elif payload is None and payload_hash:
            missing.add(seq)
        if kind:
            return (seq, kind), (seq - 1, before), expected - 1
        if action == ERASED and entity == "audit_payload":
            erased.add(entity_id)
        if at > latest or action == hash_chain.CLOCK_SET:
            latest = at
        before, expected = fresh, seq + 1
    gone = sorted(missing - erased)
    bad = (gone[0], "payload missing") if gone else None
    return bad, (expected - 1, before), expected - 1


def _is_too_early(moment, latest):
    return datetime.fromisoformat(moment) < datetime.fromisoformat(latest) - hash_chain.BACKWARDS


def _rows(connection):
    """All rows in order (READ, the text that the hash covers, that of the payload); read in portions, so that a long
    log fits into memory.

    SQLite writes the text itself in less time than it takes to hand the values over; PostgreSQL takes much more. A
    text that was signed has one list of values, whoever writes it.
    """
    events, payloads, columns = AuditEvent.__table__, AuditPayload.__table__, _columns(connection)
    payload = type_coerce(payloads.c.body, Text)  # the very text: what it says is not asked here
    writes = connection.dialect.name == "sqlite"
    text = [func.json_array(*(columns[name] for name in hash_chain.COVERED))] if writes else []
    after = bindparam("after")
    # Behind a gap nothing is asked any more; so payloads are read as far as these rows go where none is missing. PostgreSQL
    # would read all of them for each portion.
    theirs = and_(payloads.c.seq == events.c.seq, payloads.c.seq > after, payloads.c.seq <= after + AT_ONCE)
    statement = (
        select(*(columns[name] for name in (READ if writes else ALL)), *text, payload)
        .outerjoin_from(events, payloads, theirs)
        .where(events.c.seq > after)
        .order_by(events.c.seq)
        .limit(AT_ONCE)
    )
    last = 0
    while True:
        # The driver's own tuples: no value here needs to be read as anything but what it is.
        rows = connection.execute(statement, {"after": last}).cursor.fetchall()
        yield from rows if writes else _as_read(rows)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]


def _batch_is_right(connection, batch, number, seal):
    blocks = connection.execute(
        select(AuditSeals.entity, AuditSeals.first_id, AuditSeals.seals).where(
            AuditSeals.batch == batch, AuditSeals.number == number
        )
    )
    return row_hashes.seal_of_blocks((entity, first, bytes(part)) for entity, first, part in blocks) == seal
