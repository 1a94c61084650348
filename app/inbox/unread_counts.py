"""The number of open messages of a reader, shown on every page without a query of its own.

Each process counts all open messages by recipient, again when a message was sent or done. The statement that loads
the reader also loads the version of that count.
"""

from sqlalchemy import and_, case, func, or_, select

from app.extensions import db
from app.inbox.models import TASK, Message
from app.kernel.database.versioned_cache import VersionedCache
from app.kernel.screens.dashboard import COUNT_LIMIT
from app.kernel.text import dates

INBOX = "inbox"
SHOWN_MESSAGES = 5  # on the first page
SOONEST = (Message.due_at.is_(None), Message.due_at, Message.id.desc())


def _count_open_messages():
    to = (Message.to_user_id, Message.to_role, Message.to_unit_code)
    with db.engine.connect() as connection:
        rows = connection.execute(select(*to, func.count()).where(Message.done_at.is_(None)).group_by(*to))
        return {(user, role, unit): count for user, role, unit, count in rows}


_open_counts = VersionedCache(INBOX, _count_open_messages)


def list_addresses(user_id, roles, unit_code):
    """Yield every (user, role, unit) that addresses this reader."""
    units = (None, unit_code) if unit_code else (None,)
    yield (user_id, None, None)
    yield from ((None, role, unit) for role in roles for unit in units)
    if unit_code:
        yield (None, None, unit_code)


def count_waiting(user_id, roles, unit_code):
    """Return the number of open messages of this reader."""
    counts = _open_counts.get()
    return sum(counts.get(one, 0) for one in list_addresses(user_id, roles, unit_code)) if counts else 0


def build_reader_condition(user_id, roles, unit_code):
    """Return the SQL condition for messages to this reader."""
    mine = [Message.to_user_id == user_id]
    of_unit = or_(Message.to_unit_code.is_(None), Message.to_unit_code == unit_code)
    if roles:
        mine.append(Message.to_role.in_(sorted(roles)) & of_unit)
    if unit_code:
        mine.append((Message.to_unit_code == unit_code) & Message.to_role.is_(None))
    return or_(*mine)


def load_open_messages(user_id, roles, unit_code):
    """Return the reader's open messages for the first page: tasks by their deadline, then notices."""
    own = build_reader_condition(user_id, roles, unit_code)
    found = select(Message).where(own, Message.done_at.is_(None)).order_by(Message.kind != TASK, *SOONEST)
    return db.session.scalars(found.limit(SHOWN_MESSAGES)).all()


def count_new(user_id, roles, unit_code, since):
    """Return (text key, kind, is new, is late, number) of the reader's open messages that were sent or due after `since`.

    It counts at most `COUNT_LIMIT` + 1 messages.
    """
    own = build_reader_condition(user_id, roles, unit_code)
    is_new, is_late = Message.sent_at > since, and_(Message.due_at > since, Message.due_at <= dates.now())
    flags = (case((one, 1), else_=0).label(name) for one, name in ((is_new, "is_new"), (is_late, "is_late")))
    found = (
        select(Message.text_key, Message.kind, *flags)
        .where(own, Message.done_at.is_(None), or_(is_new, is_late))
        .limit(COUNT_LIMIT + 1)
        .subquery()
    )
    return db.session.execute(select(*found.c, func.count()).group_by(*found.c)).all()
