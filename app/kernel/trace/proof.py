"""Proving the chain: every row again, its payload, its place, and the anchors outside the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, func, select, type_coerce

from app.kernel.trace import chain, seals
from app.kernel.trace.keys import signer
from app.kernel.trace.tables import BEGINNING, AuditEvent, AuditHead, AuditPayload, AuditSeals

RIGHT, TAMPERED, UNPROVED = 0, 1, 2  # how `run.py audit verify` ends
ERASED = "erased"  # the act of an event that let a payload go
AT_ONCE = 5000  # rows held in memory
TRIED = 100  # rows asked whether the key fits at all
# Entities of events that stand for a batch of rows; their seals are in `audit_seals`.
BATCHES = frozenset({"demo", "import", "sealing"})

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
    statement = select(*_columns(connection)).order_by(events.c.seq.desc()).limit(TRIED)
    rows = connection.execute(statement).all()
    return not rows or any(chain.hash_of(tuple(row[:_COVERED]), row.previous) == row.hash for row in rows)


_COVERED = len(chain.COVERED)
_AT, _ACTION, _ENTITY, _ENTITY_ID, _PAYLOAD_HASH, _SEAL = map(
    chain.COVERED.index, ("at", "action", "entity", "entity_id", "payload_hash", "seal")
)
_PREVIOUS, _HASH = -3, -2  # the text of the payload comes last


def _columns(connection):
    """The columns that a proof reads, the moment as the very text that was hashed: it need not be read to be proved."""
    columns = {name: AuditEvent.__table__.c[name] for name in (*chain.COVERED, "previous", "hash")}
    if connection.dialect.name == "postgresql":
        columns["at"] = func.to_char(columns["at"], "YYYY-MM-DD HH24:MI:SS.US")
    else:
        columns["at"] = type_coerce(columns["at"], Text)
    return columns.values()


def _first_bad_row(connection, anchors):
    """((seq, kind) or None, (seq, hash) of the last row, how many rows)."""
    sign = signer()
    expected, previous, latest, missing, erased = 1, BEGINNING, "", set(), set()
    for row in _rows(connection):
        seq, kind = row[0], None
        if seq != expected:
            kind = "gap"
        elif chain.hash_of(row[:_COVERED], row[_PREVIOUS], sign) != row[_HASH]:
            kind = "hash"
        elif row[_PREVIOUS] != previous:
            kind = "link"
        elif seq in anchors and anchors[seq] != row[_HASH]:
            kind = "anchor"
        elif row[_AT] < latest and row[_ACTION] != chain.CLOCK_SET and _is_too_early(row[_AT], latest):
            kind = "time"
        elif row[_PAYLOAD_HASH] and row[-1] is None:
            missing.add(seq)
        elif row[-1] is not None and chain.payload_hash(row[-1], sign) != row[_PAYLOAD_HASH]:
            kind = "payload"
        elif row[_SEAL] and row[_ENTITY] in BATCHES and not _batch_is_right(connection, row):
            kind = "seals"
        if kind:
            return (seq, kind), (seq - 1, previous), expected - 1
        if row[_ACTION] == ERASED and row[_ENTITY] == "audit_payload":
            erased.add(row[_ENTITY_ID])
        latest = row[_AT] if row[_ACTION] == chain.CLOCK_SET else max(latest, row[_AT])
        previous, expected = row[_HASH], seq + 1
    gone = sorted(missing - erased)
    bad = (gone[0], "payload missing") if gone else None
    return bad, (expected - 1, previous), expected - 1


def _is_too_early(moment, latest):
    return datetime.fromisoformat(moment) < datetime.fromisoformat(latest) - chain.BACKWARDS


def _rows(connection):
    """All rows in order with the text of their payloads; read in portions, so that a long log fits into memory."""
    events, payloads = AuditEvent.__table__, AuditPayload.__table__
    text = type_coerce(payloads.c.body, Text)  # the very text: what it says is not asked here
    statement = (
        select(*_columns(connection), text)
        .outerjoin_from(events, payloads, payloads.c.seq == events.c.seq)
        .order_by(events.c.seq)
        .limit(AT_ONCE)
    )
    after = 0
    while True:
        # The driver's own tuples: no value here needs to be read as anything but what it is.
        rows = connection.execute(statement.where(events.c.seq > after)).cursor.fetchall()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0]


def _batch_is_right(connection, row):
    blocks = connection.execute(
        select(AuditSeals.entity, AuditSeals.first_id, AuditSeals.seals).where(
            AuditSeals.batch == row[_ENTITY], AuditSeals.number == row[_ENTITY_ID]
        )
    )
    return seals.seal_of_blocks((entity, first, bytes(part)) for entity, first, part in blocks) == row[_SEAL]
