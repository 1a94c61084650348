"""Effects of a correction, with derived changes: computed in the session, without writing."""
# unrestricted: computes the nationwide effects of a correction; shows its own record only

from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, DateTime, Float, Numeric, inspect

from app.corrections import correctable_records
from app.corrections.models import VOID
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.database.transactions import rollback
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import (
    EXEMPTIONS,
    PREVIEW,
    VOID_COLUMNS,
    correctable_columns,
    to_json_value,
)
from app.kernel.schema.rules import RuleViolation


@contextmanager
def unrestricted_session(correction=None):
    """Let the session see every row within this block, to find effects outside the user's scope.

    The age of a protected victim follows from a corrected day, although no user loads the victim. Records are
    expunged before and after, so that no page shows them; `correction` stays. If the block fails, the session is
    rolled back.
    """
    session = db.session()
    _forget_records(session, correction)
    with unrestricted(session):
        try:
            yield
        except BaseException:
            rollback(session)
            raise
        finally:
            _forget_records(session, correction)


def _forget_records(session, but):
    for one in list(session):
        if isinstance(one, Record) and one is not but:
            session.expunge(one)


def apply_changes(record, kind, changes, reason, now):
    """Change the record in the session; `changes` is column → value. The caller must prevent an autoflush."""
    if kind == VOID:
        for row in correctable_records.find_records_to_void(record):
            row.voided_at, row.void_reason = now, reason
    for column, value in changes.items():
        correctable_records.set_column(record, column, value)


def preview_flush():
    """Return ((entity, id, column) → (before, after) of all changes in the session, problems found).

    Calls the flush listeners like the flush of a correction, so that derived columns are among the effects.
    """
    problems, session = [], db.session()
    session.info[EXEMPTIONS] = PREVIEW
    try:
        session.dispatch.before_flush(session, None, None)
    except RuleViolation as refusal:
        problems = refusal.problems
    finally:
        del session.info[EXEMPTIONS]
    return dict(_iterate_changes()), problems


def _iterate_changes():
    for record in list(db.session.dirty):
        if not isinstance(record, Record):
            continue
        for name in sorted(correctable_columns(type(record)).union(VOID_COLUMNS)):
            history = inspect(record).attrs[name].history
            if history.has_changes():
                before = to_json_value(history.deleted[0] if history.deleted else None)
                after = to_json_value(getattr(record, name))
                if before != after:
                    yield (record.__tablename__, record.id, name), (before, after)


def parse_stored_value(entity, column, value):
    """Convert a value stored as JSON to the type of its column."""
    type_ = correctable_records.get_column_type(entity, column)
    if value is None:
        return None
    if isinstance(type_, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(type_, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(type_, Numeric) and not isinstance(type_, Float) else value
