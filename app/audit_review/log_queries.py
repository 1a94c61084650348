"""Pages of the audit log for auditors, newest first, by keyset pagination on the entry number.

A day is found by bisection, because entries are in the order of their time.
"""

from datetime import timedelta

from sqlalchemy import func, select

from app.accounts.models import User
from app.audit_review.event_sentences import get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS
from app.extensions import db
from app.kernel.audit.models import UTC_OFFSET
from app.kernel.audit.recorder import AuditEvent

PAGE_SIZE = 50
CLOCK_TOLERANCE = timedelta(seconds=5)  # maximum clock difference between servers


def load_page(before=None, **filters):
    """Return ([(event, name)], entry number before which the next page starts, or None).

    The filters are those of `_build_conditions`.
    """
    statement = _select_events().where(*_build_conditions(**filters))
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    rows = db.session.execute(statement.order_by(AuditEvent.seq.desc()).limit(PAGE_SIZE + 1)).all()
    found = [(row.AuditEvent, get_actor_name(row)) for row in rows[:PAGE_SIZE]]
    return found, rows[PAGE_SIZE - 1].AuditEvent.seq if len(rows) > PAGE_SIZE else None


def load_event(seq):
    """Return (event, name) with that entry number, or None."""
    row = db.session.execute(_select_events().where(AuditEvent.seq == seq)).one_or_none()
    return (row.AuditEvent, get_actor_name(row)) if row is not None else None


def find_user_id(text):
    """Return the id of the user with that user name or number, or None."""
    found = select(User.id).where(User.username == text)
    return db.session.scalar(found) or (int(text) if text.isdecimal() and len(text) < 10 else None)


def find_first_seq(moment):
    """Return the number of the first entry written at or after a Cambodian civil time."""
    at = moment - UTC_OFFSET
    low, high = 1, (db.session.scalar(select(func.max(AuditEvent.seq))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = db.session.scalar(select(AuditEvent.at).where(AuditEvent.seq == middle))
        if found is not None and found < at - CLOCK_TOLERANCE:
            low = middle + 1
        else:
            high = middle
    return low


def _select_events():
    return select(AuditEvent, *USER_NAME_COLUMNS).outerjoin(User, User.id == AuditEvent.actor_id)


def _build_conditions(user=None, action="", entity="", entity_id=None, outcome="", since=None, until=None):
    """Yield conditions for a user id, an action or a prefix of actions («access.»), a record, an outcome and civil times."""
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
        yield AuditEvent.seq >= find_first_seq(since)
        yield AuditEvent.at >= since - UTC_OFFSET
    if until is not None:
        yield AuditEvent.seq < find_first_seq(until + 2 * CLOCK_TOLERANCE)
        yield AuditEvent.at < until - UTC_OFFSET
