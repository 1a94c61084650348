"""The number of open messages of a reader, shown on every page without a query of its own.

Each process counts all open messages by recipient, and the open notices by reader, again when a message was sent, done
or opened. The statement that loads the reader also loads the version of that count.
"""

from sqlalchemy import and_, case, exists, func, null, or_, select, union_all

from app.extensions import db
from app.inbox.models import NOTICE, TASK, Message, Receipt
from app.kernel.database.versioned_cache import VersionedCache
from app.kernel.screens.dashboard import COUNT_LIMIT
from app.kernel.text import dates

INBOX = "inbox"
SHOWN_MESSAGES = 5  # on the first page
SOONEST = (Message.due_at.is_(None), Message.due_at, Message.id.desc())


def _count_open_messages():
    """Return {((user, role, unit), reader): number}: open messages, and those that the reader has opened."""
    to = (Message.to_user_id, Message.to_role, Message.to_unit_code)
    sent = select(*to, null(), func.count()).where(Message.done_at.is_(None)).group_by(*to)
    opened = (
        select(*to, Receipt.user_id, func.count())
        .join(Receipt, Receipt.message_id == Message.id)
        .where(Message.done_at.is_(None), Message.kind == NOTICE)
        .group_by(*to, Receipt.user_id)
    )
    with db.engine.connect() as connection:
        rows = connection.execute(union_all(sent, opened))
        return {(tuple(address), reader): count for *address, reader, count in rows}


_open_counts = VersionedCache(INBOX, _count_open_messages)


def list_addresses(user_id, roles, unit_code):
    """Yield every (user, role, unit) that addresses this reader."""
    units = (None, unit_code) if unit_code else (None,)
    yield (user_id, None, None)
    yield from ((None, role, unit) for role in roles for unit in units)
    if unit_code:
        yield (None, None, unit_code)


def count_waiting(user_id, roles, unit_code):
    """Return the number of messages that wait for this reader."""
    counts = _open_counts.get()
    if not counts:
        return 0
    addresses = list_addresses(user_id, roles, unit_code)
    return sum(counts.get((one, None), 0) - counts.get((one, user_id), 0) for one in addresses)


def build_reader_condition(user_id, roles, unit_code):
    """Return the SQL condition for messages to this reader."""
    mine = [Message.to_user_id == user_id]
    of_unit = or_(Message.to_unit_code.is_(None), Message.to_unit_code == unit_code)
    if roles:
        mine.append(Message.to_role.in_(sorted(roles)) & of_unit)
    if unit_code:
        mine.append((Message.to_unit_code == unit_code) & Message.to_role.is_(None))
    return or_(*mine)


def build_waiting_condition(user_id):
    """Return the SQL condition that a message waits for this reader: no other reader opens a notice for them."""
    is_opened = exists().where(Receipt.message_id == Message.id, Receipt.user_id == user_id)
    return and_(Message.done_at.is_(None), or_(Message.kind == TASK, ~is_opened))


def load_open_messages(user_id, roles, unit_code):
    """Return the reader's open messages for the first page: tasks by their deadline, then notices."""
    own = build_reader_condition(user_id, roles, unit_code)
    waits = build_waiting_condition(user_id)
    found = select(Message).where(own, waits).order_by(Message.kind != TASK, *SOONEST)
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
        .where(own, build_waiting_condition(user_id), or_(is_new, is_late))
        .limit(COUNT_LIMIT + 1)
        .subquery()
    )
    return db.session.execute(select(*found.c, func.count()).group_by(*found.c)).all()
