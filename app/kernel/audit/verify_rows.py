"""Proving the records: each row against its last seal in the log, so that a change past the register is named."""

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.kernel.audit import row_hashes
from app.kernel.audit.models import AuditEvent, AuditSeals
from app.kernel.audit.verify_chain import BATCHES

AT_ONCE = 5000  # ids
CHANGED, ADDED, DELETED = "changed", "added", "deleted"
SAID = {
    CHANGED: "its row is not what was saved last",
    ADDED: "it was never entered through the register",
    DELETED: "it is no longer there, and nothing in the log tells why",
}


@dataclass(frozen=True)
class Wrong:
    """A record that is not as the register left it."""

    entity: str
    entity_id: int
    kind: str

    def __str__(self):
        return f"{self.entity} {self.entity_id} was {self.kind}: {SAID[self.kind]}."


def wrong_rows(connection, table):
    """Every row of `table` that was changed, added or deleted past the register, in the order of ids.

    Proves nothing of the log itself: `proof.of_chain` comes first. The connection needs one view of the database
    from beginning to end (`proof.one_view`), or a save that happens meanwhile looks like a change.
    """
    columns = [table.c[name] for name, _cell in row_hashes.sealed_columns(table)]
    since = _sealed_anew(connection, table.name)
    for first, last in _ranges(connection, table):
        expected = _expected(connection, table.name, first, last, since)
        rows = connection.execute(
            select(*columns).where(table.c.id.between(first, last)).order_by(table.c.id)
        )
        there = set()
        for row in rows.mappings():
            there.add(row["id"])
            seal = expected.get(row["id"])
            if not seal:
                yield Wrong(table.name, row["id"], ADDED)
            elif not row_hashes.fits(row_hashes.row_text(table, row.__getitem__), seal):
                yield Wrong(table.name, row["id"], CHANGED)
        for gone in sorted(expected.keys() - there):
            yield Wrong(table.name, gone, DELETED)


def _ranges(connection, table):
    """Ranges of ids in which there are rows or seals."""
    lowest, highest = connection.execute(select(func.min(table.c.id), func.max(table.c.id))).one()
    ends = [highest or 0]
    of_events = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == table.name)
    ends.append(connection.scalar(of_events) or 0)
    blocks = select(func.max(AuditSeals.first_id)).where(AuditSeals.entity == table.name)
    ends.append((connection.scalar(blocks) or 0) + row_hashes.OF_A_BLOCK)
    for first in range(min(lowest or 1, 1), max(ends) + 1, AT_ONCE):
        yield first, first + AT_ONCE - 1


def _sealed_anew(connection, entity):
    """The row of the log with which the whole table was sealed last, 0 where it never was."""
    latest = (
        select(func.max(AuditEvent.seq))
        .join(
            AuditSeals, and_(AuditEvent.entity == AuditSeals.batch, AuditEvent.entity_id == AuditSeals.number)
        )
        .where(AuditSeals.batch == row_hashes.ANEW, AuditSeals.entity == entity, AuditEvent.seal != "")
    )
    return connection.scalar(latest) or 0


def _expected(connection, entity, first, last, begun):
    """id → its last seal since `begun` (whole as hexadecimal text, or short as bytes)."""
    found, since = {}, {}
    blocks = (
        select(AuditEvent.seq, AuditSeals.first_id, AuditSeals.seals)
        .join(
            AuditEvent, and_(AuditEvent.entity == AuditSeals.batch, AuditEvent.entity_id == AuditSeals.number)
        )
        .where(AuditEvent.entity.in_(BATCHES), AuditEvent.seal != "", AuditSeals.entity == entity)
        .where(AuditEvent.seq >= begun)
        .where(AuditSeals.first_id.between(first - row_hashes.OF_A_BLOCK, last))
        .order_by(AuditEvent.seq)
    )
    for seq, start, part in connection.execute(blocks):
        part = bytes(part)
        for number in range(max(first - start, 0), min(len(part) // row_hashes.SHORT, last - start + 1)):
            short = part[number * row_hashes.SHORT : (number + 1) * row_hashes.SHORT]
            if short != row_hashes.NONE:
                found[start + number], since[start + number] = short, seq
    events = (
        select(AuditEvent.seq, AuditEvent.entity_id, AuditEvent.seal)
        .where(AuditEvent.entity == entity, AuditEvent.entity_id.between(first, last))
        .where(AuditEvent.seal != "", AuditEvent.seq > begun)
        .order_by(AuditEvent.seq)
    )
    for seq, key, seal in connection.execute(events):
        if seq > since.get(key, 0):
            found[key], since[key] = seal, seq
    return found
