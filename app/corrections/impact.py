"""What a correction changes, and what follows from it: worked out by the session itself, without writing."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, DateTime, Float, Numeric, inspect

from app.corrections import correctable_records
from app.corrections.models import VOID
from app.extensions import db
from app.kernel.actor import EVERYTHING, act_as, actor_of
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import STRUCK, facts_of, plain
from app.kernel.schema.rules import RuleBroken


@contextmanager
def the_whole_register(correction=None):
    """Within this block the session sees what follows in rows that whoever takes the step may not see.

    A protected victim is loaded for nobody, and yet her age follows from a corrected day. The records of the session
    are read anew on both sides, so that nothing of them reaches a page; `correction` stays. Where the block fails,
    the session is rolled back.
    """
    session = db.session()
    reader = actor_of(session)
    _forget_records(session, correction)
    act_as(session, replace(reader, scope=EVERYTHING))
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    finally:
        _forget_records(session, correction)
        act_as(session, reader)


def _forget_records(session, but):
    for one in list(session):
        if isinstance(one, Record) and one is not but:
            session.expunge(one)


def apply(record, kind, changes, reason, now):
    """Change the record in the session: `changes` is column → value. Nothing may be flushed until it is wanted."""
    if kind == VOID:
        for row in correctable_records.struck_with(record):
            row.voided_at, row.void_reason = now, reason
    for column, value in changes.items():
        correctable_records.put(record, column, value)


def pending():
    """((entity, id, column) → (before, after) of all facts that the session would change, the problems it finds).

    The listeners of a flush are asked as a flush asks them, so that derived columns are among the effects.
    """
    problems = []
    try:
        session = db.session()
        session.dispatch.before_flush(session, None, None)
    except RuleBroken as refusal:
        problems = refusal.problems
    return dict(_changes()), problems


def _changes():
    for record in list(db.session.dirty):
        if not isinstance(record, Record):
            continue
        for name in sorted(facts_of(type(record)).union(STRUCK)):
            history = inspect(record).attrs[name].history
            if history.has_changes():
                before = plain(history.deleted[0] if history.deleted else None)
                after = plain(getattr(record, name))
                if before != after:
                    yield (record.__tablename__, record.id, name), (before, after)


def living(entity, column, value):
    """A value that was kept as JSON, as the column holds it."""
    type_ = correctable_records.column_type(entity, column)
    if value is None:
        return None
    if isinstance(type_, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(type_, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(type_, Numeric) and not isinstance(type_, Float) else value
