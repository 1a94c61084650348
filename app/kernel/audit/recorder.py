"""The place where every act leaves its trace, in the transaction of the act.

Changes of records are noted by the session itself. `note` queues a deliberate act into the session's transaction;
`tell` writes one event at once, for what changes nothing: a look, a sign-in, a refusal. What was queued is chained
when the session commits, after its last flush, and goes with a rollback.
"""

import logging
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import event, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.models import AuditEvent, AuditPayload
from app.kernel.audit.signing_key import NotWritten
from app.kernel.schema.fields import declared
from app.kernel.schema.record import Record

__all__ = ["AuditEvent", "AuditPayload", "NotWritten", "as_one", "note", "tell"]

log = logging.getLogger(__name__)

UNTOLD = {"id", "version", "recorded_at", "recorded_by_id", "changed_at", "changed_by_id", "name_sort"}
QUEUE, MARKS, CHAINED = "trace", "trace marks", "trace chained"  # what a session keeps of this in `info`
BATCH = "trace of a batch"


def note(session, action, entity="", entity_id=None, *, outcome="ok", **facts):
    """Queue one event into the session's transaction: it is kept when that commits, and only then.

    `facts` are plain JSON: ids, codes, counts. What was typed goes into `facts["private"]`.
    """
    session = session() if isinstance(session, scoped_session) else session
    if not session.in_transaction():
        session.begin()
    _queue(session, [(action, entity, entity_id, outcome, "", {"facts": facts} if facts else None)])


def tell(action, entity="", entity_id=None, *, outcome="ok", actor=None, also=(), **facts):
    """Write one event now, in a transaction of its own, and give its number in the log. Raises NotWritten; then the
    act must not happen either. The statements `also`, each with its values, stand or fall with it.

    Call it before the session writes or after its commit or rollback: SQLite has one writer at a time.
    """
    one = hash_chain.entry(
        actor or actor_of(db.session),
        action,
        entity,
        entity_id,
        outcome,
        body={"facts": facts} if facts else None,
    )
    try:
        with _transaction_of_its_own() as connection:
            for statement, values in also:  # first: whoever else writes waits for the end of the log
                connection.execute(statement, values)
            return hash_chain.append(connection, [one])
    except (SQLAlchemyError, sqlite3.Error) as fault:
        log.critical("The log could not be written: %s of %s %s", action, entity, entity_id, exc_info=True)
        if isinstance(fault, NotWritten):
            raise
        raise NotWritten("The log could not be written.") from fault


@contextmanager
def _transaction_of_its_own():
    """A connection whose next transaction holds nothing but what is told in this block.

    On SQLite it is that of the session, which reads there outside of any transaction. A second one would make it
    forget the pages of the file that it has read, and would wait for it for ever where it has begun to write.
    """
    session = db.session()
    if db.engine.dialect.name != "sqlite" or not session.in_transaction():
        with db.engine.begin() as connection:
            yield connection
        return
    connection = session.connection()
    driver = connection.connection.driver_connection
    if driver.in_transaction:
        raise NotWritten(
            "The session has begun to write: use audit.note, or tell after its commit or rollback."
        )
    with driver:  # its end is a commit, or after a fault a rollback
        yield connection


def _queue(session, events):
    actor = actor_of(session)
    entries = [
        hash_chain.entry(actor, action, entity, entity_id, outcome, seal, body)
        for action, entity, entity_id, outcome, seal, body in events
    ]
    session.info.setdefault(QUEUE, []).extend(entries)
    if session.info.get(CHAINED):  # something was flushed in the very commit, behind our backs
        _chain(session)


def _chain(session):
    entries = session.info.get(QUEUE)
    if not entries:
        return
    try:
        hash_chain.append(session.connection(), entries)
    except SQLAlchemyError as fault:
        log.critical("The log could not be written, so nothing was: %d entries", len(entries), exc_info=True)
        if isinstance(fault, NotWritten):
            raise
        raise NotWritten("The log could not be written.") from fault
    entries.clear()


@dataclass
class Batch:
    """What came at once: table → {id: short seal}. Whoever adds it gives it its number."""

    number: int = 0
    added: dict = field(default_factory=dict)


@contextmanager
def as_one(session, entity, **facts):
    """What this block adds stands in the log as one row: how many rows of which tables, and the seal over their seals.

    `entity` and the number of the batch name it; what the block changes is told as always.
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
    blocks = row_hashes.Blocks(entity, batch.number)
    for table, rows in sorted(batch.added.items()):
        blocks.add_sparse(table, rows)
    told = {table: [min(rows), max(rows), len(rows)] for table, rows in sorted(batch.added.items())}
    seal = blocks.write(session.connection())
    _queue(session, [(entity, entity, batch.number, "ok", seal, {"facts": facts | {"tables": told}})])


@event.listens_for(Session, "after_flush")
def _leave_a_trace(session, _context):
    events, batch = [], session.info.get(BATCH)
    for record in session.new:
        if batch is not None and isinstance(record, Record):
            batch.added.setdefault(record.__tablename__, {})[record.id] = row_hashes.short_of_record(record)
        elif _is_traced(record):
            events.append(_event("add", record, {"after": _values(record, is_new=True)}))
    for record in session.dirty:
        body = _changes(record) if _is_traced(record) else None
        if body:
            events.append(_event("change", record, body))
    for record in session.deleted:
        if _is_traced(record):
            events.append(_event("delete", record, {"before": _values(record)}))
    if events:
        _queue(session, events)


@event.listens_for(Session, "before_commit")
def _write_the_trace(session):
    if session.in_nested_transaction():
        return  # a savepoint; the whole transaction is chained at its own end
    session.flush()
    session.info[CHAINED] = True
    _chain(session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session, transaction):
    """Remember how much was queued when a transaction or a savepoint began."""
    if transaction.parent is None:
        session.info[QUEUE], session.info[MARKS], session.info[CHAINED] = [], {}, False
    if transaction.parent is None or transaction.nested:
        session.info[MARKS][transaction] = len(session.info[QUEUE])


@event.listens_for(Session, "after_soft_rollback")
def _drop_what_was_undone(session, transaction):
    """With a transaction, or a savepoint, goes what was queued in it. A flush that fails is undone by one of these."""
    if transaction in session.info[MARKS]:
        del session.info[QUEUE][session.info[MARKS][transaction] :]


@event.listens_for(Session, "after_transaction_end")
def _forget(session, transaction):
    if transaction.parent is None:
        session.info[QUEUE], session.info[CHAINED] = [], False


def _is_traced(record):
    """Records, and whatever else has fields that people change on a screen (codes, places, units)."""
    return isinstance(record, Record) or bool(declared(type(record)))


def _event(action, record, body):
    """Only rows with a number have one in the log; a place or a unit is named by its code, among the facts."""
    key = inspect(record).mapper.primary_key_from_instance(record)[0]
    seal = (
        row_hashes.of_record(record, action == "add")
        if isinstance(record, Record) and action != "delete"
        else ""
    )
    if isinstance(key, int):
        return action, record.__tablename__, key, "ok", seal, body
    return action, record.__tablename__, None, "ok", seal, body | {"facts": {"key": key}}


def _values(record, is_new=False):
    value_of = row_hashes.reader(record, is_new)
    given = ((name, value_of(name)) for name in _told(record.__mapper__))
    return {name: _plain(value) for name, value in given if value}


@cache
def _told(mapper):
    """The names of the columns whose values the log tells."""
    return tuple(name for one in mapper.column_attrs if (name := one.key) not in UNTOLD)


def _changes(record):
    state, before, after = inspect(record), {}, {}
    for attribute in record.__mapper__.column_attrs:
        name = attribute.key
        history = state.attrs[name].history
        if name not in UNTOLD and history.has_changes():
            before[name] = _plain(history.deleted[0] if history.deleted else None)
            after[name] = _plain(getattr(record, name))
    return {"before": before, "after": after} if before else None


def _plain(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
