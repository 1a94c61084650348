"""Verification of the records: compares each row with its last row hash, to find changes made outside E-Crime."""

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.kernel.audit import row_hashes
from app.kernel.audit.models import AuditEvent, AuditRowHashes
from app.kernel.audit.verify_chain import BATCH_ENTITIES

CHUNK_IDS = 5000  # ids
CHANGED, ADDED, DELETED = "changed", "added", "deleted"
KIND_TEXTS = {
    CHANGED: "its row differs from the last save",
    ADDED: "it was not entered through E-Crime",
    DELETED: "it is missing, and the log has no event for it",
}


@dataclass(frozen=True)
class TamperedRow:
    """A record that differs from its last row hash."""

    entity: str
    entity_id: int
    kind: str

    def __str__(self):
        return f"{self.entity} {self.entity_id} was {self.kind}: {KIND_TEXTS[self.kind]}."


def tampered_rows(connection, table):
    """Yield every row of `table` that was changed, added or deleted outside E-Crime, in the order of ids.

    Does not verify the log itself: call `verify_chain` first. The connection needs one snapshot for the whole run
    (`begin_snapshot`), or a concurrent save looks like a change.
    """
    columns = [table.c[name] for name, _cell in row_hashes.hashed_columns(table)]
    since = _last_rehash(connection, table.name)
    for first, last in _id_ranges(connection, table):
        expected = _expected_hashes(connection, table.name, first, last, since)
        rows = connection.execute(
            select(*columns).where(table.c.id.between(first, last)).order_by(table.c.id)
        )
        present = set()
        for row in rows.mappings():
            present.add(row["id"])
            row_hash = expected.get(row["id"])
            if not row_hash:
                yield TamperedRow(table.name, row["id"], ADDED)
            elif not row_hashes.matches_hash(row_hashes.format_row(table, row.__getitem__), row_hash):
                yield TamperedRow(table.name, row["id"], CHANGED)
        for missing in sorted(expected.keys() - present):
            yield TamperedRow(table.name, missing, DELETED)


def _id_ranges(connection, table):
    """Yield ranges of ids that cover all rows and row hashes."""
    lowest, highest = connection.execute(select(func.min(table.c.id), func.max(table.c.id))).one()
    ends = [highest or 0]
    of_events = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == table.name)
    ends.append(connection.scalar(of_events) or 0)
    blocks = select(func.max(AuditRowHashes.first_id)).where(AuditRowHashes.entity == table.name)
    ends.append((connection.scalar(blocks) or 0) + row_hashes.BLOCK_ROWS)
    for first in range(min(lowest or 1, 1), max(ends) + 1, CHUNK_IDS):
        yield first, first + CHUNK_IDS - 1


def _last_rehash(connection, entity):
    """Return the number of the event that last hashed the whole table again, 0 if none did."""
    latest = (
        select(func.max(AuditEvent.seq))
        .join(
            AuditRowHashes,
            and_(AuditEvent.entity == AuditRowHashes.batch, AuditEvent.entity_id == AuditRowHashes.number),
        )
        .where(
            AuditRowHashes.batch == row_hashes.REHASH_BATCH,
            AuditRowHashes.entity == entity,
            AuditEvent.row_hash != "",
        )
    )
    return connection.scalar(latest) or 0


def _expected_hashes(connection, entity, first, last, begun):
    """Return id → last hash since event `begun` (full as hexadecimal text, or short as bytes)."""
    found, since = {}, {}
    blocks = (
        select(AuditEvent.seq, AuditRowHashes.first_id, AuditRowHashes.hashes)
        .join(
            AuditEvent,
            and_(AuditEvent.entity == AuditRowHashes.batch, AuditEvent.entity_id == AuditRowHashes.number),
        )
        .where(
            AuditEvent.entity.in_(BATCH_ENTITIES), AuditEvent.row_hash != "", AuditRowHashes.entity == entity
        )
        .where(AuditEvent.seq >= begun)
        .where(AuditRowHashes.first_id.between(first - row_hashes.BLOCK_ROWS, last))
        .order_by(AuditEvent.seq)
    )
    for seq, start, hashes in connection.execute(blocks):
        hashes = bytes(hashes)
        for number in range(
            max(first - start, 0), min(len(hashes) // row_hashes.SHORT_SIZE, last - start + 1)
        ):
            short = hashes[number * row_hashes.SHORT_SIZE : (number + 1) * row_hashes.SHORT_SIZE]
            if short != row_hashes.NO_HASH:
                found[start + number], since[start + number] = short, seq
    events = (
        select(AuditEvent.seq, AuditEvent.entity_id, AuditEvent.row_hash)
        .where(AuditEvent.entity == entity, AuditEvent.entity_id.between(first, last))
        .where(AuditEvent.row_hash != "", AuditEvent.seq > begun)
        .order_by(AuditEvent.seq)
    )
    for seq, key, row_hash in connection.execute(events):
        if seq > since.get(key, 0):
            found[key], since[key] = row_hash, seq
    return found
