"""The place where every change leaves its trace, in the transaction of the change.

One row for each record that a flush inserts or updates: who, when, which record, and the values before and
after. The chain of hashes is laid over these rows later; nothing else has to change for it.
"""

from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder import Model
from sqlalchemy import JSON, DateTime, ForeignKey, Index, Integer, String, event, insert, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel import dates
from app.kernel.records import Record, actor_of

UNTOLD = {"id", "version", "recorded_at", "recorded_by_id", "changed_at", "changed_by_id", "name_sort"}


class AuditEvent(Model):
    """What happened to one record."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_record", "entity", "entity_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    action: Mapped[str] = mapped_column(String(20), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    changes: Mapped[dict] = mapped_column(JSON, nullable=False)


@event.listens_for(Session, "after_flush")
def _leave_a_trace(session, _context):
    rows = [
        _row(session, "add", record, _values(record)) for record in session.new if isinstance(record, Record)
    ]
    for record in session.dirty:
        changes = _changes(record) if isinstance(record, Record) else None
        if changes:
            rows.append(_row(session, "change", record, changes))
    if rows:
        session.execute(insert(AuditEvent), rows)


def _row(session, action, record, changes):
    return {
        "at": dates.now(),
        "actor_id": actor_of(session).user_id,
        "action": action,
        "entity": record.__tablename__,
        "entity_id": record.id,
        "changes": changes,
    }


def _values(record):
    columns = record.__mapper__.column_attrs.keys()
    return {
        name: _plain(getattr(record, name))
        for name in columns
        if name not in UNTOLD and getattr(record, name)
    }


def _changes(record):
    state, found = inspect(record), {}
    for attribute in record.__mapper__.column_attrs:
        name = attribute.key
        history = state.attrs[name].history
        if name not in UNTOLD and history.has_changes():
            before = history.deleted[0] if history.deleted else None
            found[name] = [_plain(before), _plain(getattr(record, name))]
    return found


def _plain(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
