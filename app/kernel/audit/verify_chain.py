"""Verification of the hash chain: each row, its payload, its position, and the anchors outside the database."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, bindparam, func, select, type_coerce

from app.kernel.access.row_level_security import apply_settings
from app.kernel.actor import SYSTEM
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.models import FIRST_PREVIOUS_HASH, AuditEvent, AuditHead, AuditPayload, AuditRowHashes
from app.kernel.audit.signing_key import get_signer

VALID, TAMPERED, UNVERIFIABLE = 0, 1, 2  # exit codes of `run.py audit verify`
ERASED = "payload.erased"  # the action of an event that allows the erasure of a payload
RESTORED = "database.restored"  # the action of an event that names the anchors of entries lost by a restore
CHUNK_ROWS = 5000  # rows in memory
KEY_SAMPLE_ROWS = 100  # last rows that are checked for the right key
# Entities of events that represent a batch of rows. Their row hashes are in `audit_row_hashes`.
BATCH_ENTITIES = frozenset({"demo", "import", "rehash"})
# The columns that are checked beyond the hash.
CHECKED_COLUMNS = (
    "seq",
    "at",
    "action",
    "entity",
    "entity_id",
    "payload_hash",
    "row_hash",
    "previous",
    "hash",
)
ALL_COLUMNS = (*hash_chain.HASHED_COLUMNS, "previous", "hash")
_null, _quoted = "null", json.encoder.encode_basestring

PROBLEM_TEXTS = {
    "hash": "its content was changed",
    "link": "it does not follow the row before it",
    "gap": "rows before it are missing",
    "time": "it was written before the row ahead of it",
    "payload": "its personal data was changed",
    "payload missing": "its personal data is missing, and no erasure was recorded",
    "hashes": "the row hashes of its batch were changed",
    "anchor": "its hash differs from the anchor: the rows since the previous anchor were chained again",
    "cut": "it has an anchor, but the log ends before it. After a restore: python3 run.py audit restored",
    "head": "the recorded end of the log is not its last row",
}


@dataclass(frozen=True)
class Finding:
    """A verification result: VALID, TAMPERED with the first bad row and problem (PROBLEM_TEXTS), or UNVERIFIABLE."""

    status: int
    rows: int = 0
    seq: int = 0
    kind: str = ""
    why: str = ""

    @property
    def outcome(self):
        """The outcome of the event of this result in the log itself."""
        return "ok" if self.status == VALID else "alarm"

    @property
    def facts(self):
        """The facts of that event."""
        return {"status": self.status, "rows": self.rows, "kind": self.kind}

    def __str__(self):
        if self.status == VALID:
            return f"OK: {self.rows:,} rows of the audit log are unchanged. {self.why}"
        if self.status == TAMPERED:
            return f"TAMPERED: row {self.seq} ({self.kind}): {PROBLEM_TEXTS[self.kind]}."
        return f"NOT PROVED: {self.why}"


def begin_snapshot(connection):
    """Begin a transaction that reads one snapshot of the database: later commits are not visible in it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        apply_settings(connection, SYSTEM)  # a payload that a policy hides would count as erased
    else:
        connection.exec_driver_sql("BEGIN")


def verify_chain(connection, anchors):
    """Verify the whole log against `anchors` (seq → set of hashes), in one snapshot. Raises KeyMissing."""
    if not is_key_valid(connection):
        return Finding(UNVERIFIABLE, why="the log was written with another key.")
    lost = read_lost_anchors(connection)  # its rows are verified below with all others
    anchors = {seq: rest for seq in anchors if (rest := anchors[seq] - lost.get(seq, set()))}
    bad, last, count = _find_first_bad_row(connection, anchors)
    if bad:
        return Finding(TAMPERED, count, *bad)
    beyond = sorted(seq for seq in anchors if seq > count)
    if beyond:
        return Finding(TAMPERED, count, beyond[0], "cut")
    head = read_head(connection)
    if head is None or tuple(head) != last:
        return Finding(TAMPERED, count, last[0], "head")
    if not anchors:
        return Finding(
            UNVERIFIABLE, count, why="there is no anchor. Write one with: python3 run.py audit anchor"
        )
    after = count - max(anchors)
    restored = (
        f" Entries were lost by a restore: anchors {', '.join(map(str, sorted(lost)))}." if lost else ""
    )
    return Finding(
        VALID, count, why=f"The last anchor is row {max(anchors)}; {after} rows follow it.{restored}"
    )


def read_head(connection):
    """Return (seq, hash) of the recorded end of the log, or None."""
    return connection.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()


def read_lost_anchors(connection):
    """Return seq → set of hashes of the anchors whose entries a recorded restore lost.

    An event explains only anchors after the last one that the restored log contained.
    """
    events, payloads = AuditEvent.__table__, AuditPayload.__table__
    statement = (
        select(payloads.c.body)
        .join_from(events, payloads, payloads.c.seq == events.c.seq)
        .where(events.c.action == RESTORED)
    )
    lost = {}
    for body in connection.scalars(statement):
        facts = body["facts"]
        for seq, digest in facts["anchors"]:
            if seq > facts["last"]:
                lost.setdefault(seq, set()).add(digest)
    return lost


def is_key_valid(connection):
    """Return True if any of the last rows was written with this key, or if the log is empty."""
    events = AuditEvent.__table__
    last = select(events.c.seq).order_by(events.c.seq.desc()).limit(KEY_SAMPLE_ROWS)
    rows = connection.scalars(last).all()
    return not rows or any(_has_valid_hash(connection, seq, get_signer()) for seq in rows)


def _text_columns(connection):
    """Return name → column, with the time as the exact text that was hashed, which saves parsing it."""
    columns = dict(AuditEvent.__table__.c)
    if connection.dialect.name == "postgresql":
        columns["at"] = func.to_char(columns["at"], "YYYY-MM-DD HH24:MI:SS.US")
    else:
        columns["at"] = type_coerce(columns["at"], Text)
    return columns


def _with_hashed_text(rows):
    """Add the hashed text to rows of all columns and the payload.

    The text is the JSON of the list of values. Formatting it here takes less time than encoding a list as JSON.
    """
    return [
        (
            seq, at, action, entity, entity_id, payload_hash, row_hash, previous, fresh,
            f'[{seq},"{at}",{_null if actor is None else actor},{_null if unit is None else _quoted(unit)},{_quoted(mark)},'
            f"{_quoted(address)},{_quoted(action)},{_quoted(entity)},{_null if entity_id is None else entity_id},"
            f"{_quoted(purpose)},{_quoted(case)},{_quoted(outcome)},{_quoted(payload_hash)},{_quoted(row_hash)}]",
            payload,
        )
        for (
            seq, at, actor, unit, mark, address, action, entity, entity_id, purpose, case, outcome, payload_hash, row_hash,
            previous, fresh, payload,
        ) in rows
    ]  # fmt: skip


def _has_valid_hash(connection, seq, sign):
    """Return True if the values of a row match its hash.

    This check decides when another SQLite version writes JSON differently.
    """
    columns = _text_columns(connection)
    row = connection.execute(
        select(*(columns[name] for name in ALL_COLUMNS)).where(columns["seq"] == seq)
    ).one()
    *values, previous, known = row
    return hash_chain.hash_row(tuple(values), previous, sign) == known


def _find_first_bad_row(connection, anchors):
    """Return ((seq, problem) or None, (seq, hash) of the last row, number of rows)."""
    sign = get_signer()
    expected, before, latest, missing, erased = 1, FIRST_PREVIOUS_HASH, "", set(), set()
    for row in _iterate_rows(connection):
        seq, at, action, entity, entity_id, payload_hash, row_hash, previous, fresh, text, payload = row
        kind = None
        if seq != expected:
            kind = "gap"
        elif sign(f"{text}{previous}".encode()).hex() != fresh and not _has_valid_hash(connection, seq, sign):
            kind = "hash"
        elif previous != before:
            kind = "link"
        elif seq in anchors and anchors[seq] != {fresh}:
            kind = "anchor"
        elif at < latest and action != hash_chain.CLOCK_SET and _is_too_early(at, latest):
            kind = "time"
        elif payload is not None and hash_chain.hash_payload(payload, sign) != payload_hash:
            kind = "payload"
        elif (
            row_hash
            and entity in BATCH_ENTITIES
            and not _is_batch_valid(connection, entity, entity_id, row_hash)
        ):
            kind = "hashes"
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


def _is_too_early(at, latest):
    return datetime.fromisoformat(at) < datetime.fromisoformat(latest) - hash_chain.CLOCK_TOLERANCE


def _iterate_rows(connection):
    """Yield all rows in order: CHECKED_COLUMNS, the hashed text, the text of the payload.

    They are read in chunks, so that a long log fits into memory. SQLite formats the text itself in less time than it
    needs to pass the values; PostgreSQL would take much longer. Both produce the same text.
    """
    events, payloads, columns = AuditEvent.__table__, AuditPayload.__table__, _text_columns(connection)
    payload = type_coerce(payloads.c.body, Text)  # the exact text, not decoded
    is_sqlite = connection.dialect.name == "sqlite"
    text = [func.json_array(*(columns[name] for name in hash_chain.HASHED_COLUMNS))] if is_sqlite else []
    after = bindparam("after")
    # Checking ends at a gap, so the payloads of a chunk are within these bounds if no row is missing. Without the bounds
    # PostgreSQL would read all payloads for each chunk.
    of_chunk = and_(
        payloads.c.seq == events.c.seq, payloads.c.seq > after, payloads.c.seq <= after + CHUNK_ROWS
    )
    statement = (
        select(*(columns[name] for name in (CHECKED_COLUMNS if is_sqlite else ALL_COLUMNS)), *text, payload)
        .outerjoin_from(events, payloads, of_chunk)
        .where(events.c.seq > after)
        .order_by(events.c.seq)
        .limit(CHUNK_ROWS)
    )
    last = 0
    while True:
        # The tuples of the driver: no value needs a conversion.
        rows = connection.execute(statement, {"after": last}).cursor.fetchall()
        yield from rows if is_sqlite else _with_hashed_text(rows)
        if len(rows) < CHUNK_ROWS:
            return
        last = rows[-1][0]


def _is_batch_valid(connection, batch, number, row_hash):
    blocks = connection.execute(
        select(AuditRowHashes.entity, AuditRowHashes.first_id, AuditRowHashes.hashes).where(
            AuditRowHashes.batch == batch, AuditRowHashes.number == number
        )
    )
    return (
        row_hashes.hash_blocks((entity, first, bytes(hashes)) for entity, first, hashes in blocks) == row_hash
    )
