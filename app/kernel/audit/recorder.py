"""Recording audit events in the transaction of the act.

The session records changes of records itself. `record` queues an act in the transaction of the session.
`record_now` writes one event at once, for an act that changes no record: a view, a sign-in, a denied request. The
queue is appended to the hash chain when the session commits, after its last flush. A rollback drops it.
"""

import logging
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import scoped_session

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.models import AuditEvent, AuditPayload
from app.kernel.audit.signing_key import AuditWriteFailed
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record

__all__ = ["AuditEvent", "AuditPayload", "AuditWriteFailed", "batched", "record", "record_now"]

log = logging.getLogger(__name__)

UNRECORDED = {"id", "version", "recorded_at", "recorded_by_id", "changed_at", "changed_by_id", "name_sort"}
BATCH_IMPORTED = "batch.imported"  # the action of the event of a batch
SIGN_IN_ACTIONS = ("session.", "sign_in.")  # a wrong clock does not stop a sign-in
# Keys of `session.info`.
QUEUE, SAVEPOINTS, CHAINED, BATCH = "audit queue", "audit savepoints", "audit chained", "audit batch"


def record(session, action, entity="", entity_id=None, *, outcome="ok", actor=None, **facts):
    """Queue one event in the transaction of the session. It is written only if that transaction commits.

    `facts` are plain JSON: ids, codes, counts. Text typed by the user goes into `facts["private"]`.
    """
    session = session() if isinstance(session, scoped_session) else session
    if not session.in_transaction():
        session.begin()
    _queue(session, [(action, entity, entity_id, outcome, "", {"facts": facts} if facts else None)], actor)


def record_now(action, entity="", entity_id=None, *, outcome="ok", actor=None, also=(), check=None, **facts):
    """Write one event now, in a separate transaction, and return its number.

    The statements `also`, each with its values, run in the same transaction, after `check(connection)`, which may refuse
    the act. Call it before the session writes, or
    after its commit or rollback: SQLite has one writer at a time. Raises AuditWriteFailed; then the act must not
    happen.
    """
    entry = hash_chain.build_entry(
        actor or actor_of(db.session),
        action,
        entity,
        entity_id,
        outcome,
        body={"facts": facts} if facts else None,
    )
    try:
        with _separate_transaction() as connection:
            if check is not None:
                check(connection)
            for statement, values in also:  # first: other writers wait for the end of the log
                connection.execute(statement, values)
            return hash_chain.append_entries(connection, [entry], saves=False)
    except (SQLAlchemyError, sqlite3.Error) as fault:
        log.critical(
            "The audit log could not be written: %s of %s %s", action, entity, entity_id, exc_info=True
        )
        if isinstance(fault, AuditWriteFailed):
            raise
        raise AuditWriteFailed("The audit log could not be written.") from fault


@contextmanager
def _separate_transaction():
    """Yield a connection of which the next transaction contains only the statements of this block.

    On SQLite it is the connection of the session, which reads outside of any transaction. A second connection would
    invalidate the page cache of the first, and would wait forever if the first has begun to write.
    """
    session = db.session()
    if db.engine.dialect.name != "sqlite" or not session.in_transaction():
        with db.engine.begin() as connection:
            yield connection
        return
    connection = session.connection()
    driver = connection.connection.driver_connection
    if driver.in_transaction:
        raise AuditWriteFailed(
            "The session has begun to write: call recorder.record, or record_now after its commit or rollback."
        )
    with driver:  # commits at the end, or rolls back after an error
        yield connection


def _queue(session, events, actor=None):
    actor = actor or actor_of(session)
    entries = [
        hash_chain.build_entry(actor, action, entity, entity_id, outcome, row_hash, body)
        for action, entity, entity_id, outcome, row_hash, body in events
    ]
    session.info.setdefault(QUEUE, []).extend(entries)
    if session.info.get(CHAINED):  # flushed during the commit, after the queue was appended
        _append_queue(session)


def _append_queue(session):
    entries = session.info.get(QUEUE)
    if not entries:
        return
    try:
        saves = any(not one["action"].startswith(SIGN_IN_ACTIONS) for one in entries)
        hash_chain.append_entries(session.connection(), entries, saves)
    except SQLAlchemyError as fault:
        log.critical(
            "The audit log could not be written, so nothing was saved: %d entries",
            len(entries),
            exc_info=True,
        )
        if isinstance(fault, AuditWriteFailed):
            raise
        raise AuditWriteFailed("The audit log could not be written.") from fault
    entries.clear()


@dataclass
class Batch:
    """Rows that are added as one batch: table → {id: short hash}. The caller sets its number."""

    number: int = 0
    added: dict = field(default_factory=dict)


@contextmanager
def batched(session, entity, **facts):
    """Record the rows that this block adds as one event: the number of rows of each table, and the hash of their hashes.

    `entity` and the number of the batch identify it. Changes in the block are recorded as usual.
    """
    session = session() if isinstance(session, scoped_session) else session
    session.info[BATCH] = batch = Batch()
    try:
        yield batch
        session.flush()
    finally:
        del session.info[BATCH]
    if not batch.added:
        return
    blocks = row_hashes.HashBlocks(entity, batch.number)
    for table, rows in sorted(batch.added.items()):
        blocks.add_sparse(table, rows)
    counts = {table: [min(rows), max(rows), len(rows)] for table, rows in sorted(batch.added.items())}
    row_hash = blocks.write(session.connection())
    _queue(
        session,
        [(BATCH_IMPORTED, entity, batch.number, "ok", row_hash, {"facts": facts | {"tables": counts}})],
    )


def record_flush(session, _context):
    """Queue an event for each record that this flush added, changed or deleted."""
    events, batch = [], session.info.get(BATCH)
    for record in session.new:
        if batch is not None and isinstance(record, Record):
            batch.added.setdefault(record.__tablename__, {})[record.id] = row_hashes.short_hash_of_record(
                record
            )
        elif _is_audited(record):
            events.append(
                _build_event("record.added", record, {"after": _record_values(record, is_new=True)})
            )
    for record in session.dirty:
        body = _record_changes(record) if _is_audited(record) else None
        if body:
            events.append(_build_event("record.changed", record, body))
    for record in session.deleted:
        if _is_audited(record):
            events.append(_build_event("record.deleted", record, {"before": _record_values(record)}))
    if events:
        _queue(session, events)


def append_before_commit(session):
    """Append the queued events to the hash chain, after the last flush of the transaction."""
    if session.in_nested_transaction():
        return  # a savepoint; the queue is appended at the end of the whole transaction
    session.flush()
    session.info[CHAINED] = True
    _append_queue(session)


def remember_queue_length(session, transaction):
    """Store the length of the queue at the begin of a transaction or a savepoint."""
    if transaction.parent is None:
        session.info[QUEUE], session.info[SAVEPOINTS], session.info[CHAINED] = [], {}, False
    if transaction.parent is None or transaction.nested:
        session.info[SAVEPOINTS][transaction] = len(session.info[QUEUE])


def drop_rolled_back(session, transaction):
    """Drop the events queued in a transaction or savepoint that is rolled back. A failed flush also ends here."""
    if transaction in session.info[SAVEPOINTS]:
        del session.info[QUEUE][session.info[SAVEPOINTS][transaction] :]


def reset_queue(session, transaction):
    """Empty the queue at the end of a transaction."""
    if transaction.parent is None:
        session.info[QUEUE], session.info[CHAINED] = [], False


def _is_audited(record):
    """Return True for records, and for reference data with editable fields (codes, places, units)."""
    return isinstance(record, Record) or bool(fields_of(type(record)))


def _build_event(action, record, body):
    """Return an event as `_queue` takes it. A row without an integer key (place, unit) is named by its code in the facts."""
    key = inspect(record).mapper.primary_key_from_instance(record)[0]
    row_hash = (
        row_hashes.hash_record(record, action == "record.added")
        if isinstance(record, Record) and action != "record.deleted"
        else ""
    )
    if isinstance(key, int):
        return action, record.__tablename__, key, "ok", row_hash, body
    return action, record.__tablename__, None, "ok", row_hash, body | {"facts": {"key": key}}


def _record_values(record, is_new=False):
    value_of = row_hashes.value_reader(record, is_new)
    values = ((name, value_of(name)) for name in _recorded_columns(record.__mapper__))
    return {name: _json_value(value) for name, value in values if value}


@cache
def _recorded_columns(mapper):
    """Return the names of the columns that events contain."""
    return tuple(name for one in mapper.column_attrs if (name := one.key) not in UNRECORDED)


def _record_changes(record):
    state, before, after = inspect(record), {}, {}
    for attribute in record.__mapper__.column_attrs:
        name = attribute.key
        history = state.attrs[name].history
        if name not in UNRECORDED and history.has_changes():
            before[name] = _json_value(history.deleted[0] if history.deleted else None)
            after[name] = _json_value(getattr(record, name))
    return {"before": before, "after": after} if before else None


def _json_value(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
