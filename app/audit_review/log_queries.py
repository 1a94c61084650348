"""Pages of the log for auditors: newest first, by the number of the entries, at a cost that does not grow with it.

A day is found by bisection, since the entries stand in the order of their time.
"""

from datetime import timedelta

from sqlalchemy import func, select

from app.accounts.models import User
from app.audit_review.event_sentences import name_of
from app.audit_review.record_history import NAME
from app.extensions import db
from app.kernel.audit.models import CAMBODIA_AHEAD
from app.kernel.audit.recorder import AuditEvent

SIZE = 50
CLOCKS = timedelta(seconds=5)  # that servers may differ


def page(before=None, **asked):
    """([(event, name)], the number before which the next page begins or None). `asked`: see `_where`."""
    statement = _named().where(*_where(**asked))
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    rows = db.session.execute(statement.order_by(AuditEvent.seq.desc()).limit(SIZE + 1)).all()
    found = [(row.AuditEvent, name_of(row)) for row in rows[:SIZE]]
    return found, rows[SIZE - 1].AuditEvent.seq if len(rows) > SIZE else None


def one(seq):
    """(event, name) with that number; None where there is none."""
    row = db.session.execute(_named().where(AuditEvent.seq == seq)).one_or_none()
    return (row.AuditEvent, name_of(row)) if row is not None else None


def user_named(text):
    """The id of the user with that sign-in name, or that number; None where there is none."""
    found = select(User.id).where(User.username == text)
    return db.session.scalar(found) or (int(text) if text.isdecimal() and len(text) < 10 else None)


def first_at(moment):
    """The number of the first entry that was written at or after a moment of Cambodia's civil time."""
    at = moment - CAMBODIA_AHEAD
    low, high = 1, (db.session.scalar(select(func.max(AuditEvent.seq))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = db.session.scalar(select(AuditEvent.at).where(AuditEvent.seq == middle))
        if found is not None and found < at - CLOCKS:
            low = middle + 1
        else:
            high = middle
    return low


def _named():
    return select(AuditEvent, *NAME).outerjoin(User, User.id == AuditEvent.actor_id)


def _where(user=None, action="", entity="", entity_id=None, outcome="", since=None, until=None):
    """Conditions: id of a user; an act or the beginning of several («look.»); a record; an outcome; civil times."""
    if user is not None:
        yield AuditEvent.actor_id == user
    if action.endswith("."):
        yield AuditEvent.action.between(action, action + "~")
    elif action:
        yield AuditEvent.action == action
    if entity:
        yield AuditEvent.entity == entity
    if entity_id is not None:
        yield AuditEvent.entity_id == entity_id
    if outcome:
        yield AuditEvent.outcome == outcome
    if since is not None:
        yield AuditEvent.seq >= first_at(since)
        yield AuditEvent.at >= since - CAMBODIA_AHEAD
    if until is not None:
        yield AuditEvent.seq < first_at(until + 2 * CLOCKS)
        yield AuditEvent.at < until - CAMBODIA_AHEAD
