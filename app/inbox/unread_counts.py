"""The number of open messages of a reader, shown on every page without a query of its own.

Each process counts all open messages by recipient, and the open notices by reader, again when a message was sent, done
or opened. The statement that loads the reader also loads the version of that count. A task of a unit is for the readers
whose roles open the page of its record: a unit administrator cannot do it.
"""

from sqlalchemy import and_, case, exists, func, null, or_, select, union_all

from app.extensions import db
from app.inbox.models import NOTICE, TASK, Message, Receipt
from app.inbox.record_links import list_closed_entities
from app.kernel.database.versioned_cache import VersionedCache
from app.kernel.screens.dashboard import COUNT_LIMIT
from app.kernel.text import dates

INBOX = "inbox"
SHOWN_MESSAGES = 5  # on the first page
SOONEST = (Message.due_at.is_(None), Message.due_at, Message.id.desc())


_IS_UNIT_TASK = and_(Message.kind == TASK, Message.to_user_id.is_(None), Message.to_role.is_(None))


def _count_open_messages():
    """Return {((user, role, unit, record), reader): number}: open messages, and those that the reader has opened.

    `record` is the table of the record of a task of a unit, else None.
    """
    to = (Message.to_user_id, Message.to_role, Message.to_unit_code, case((_IS_UNIT_TASK, Message.entity)))
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


def count_waiting(user_id, permissions, unit_code):
    """Return the number of messages that wait for this reader."""
    counts = _open_counts.get()
    if not counts:
        return 0
    of_unit = {entity for (*to, entity), _reader in counts if to == [None, None, unit_code]}
    entities = of_unit - list_closed_entities(permissions)
    return sum(
        counts.get(((*address, entity), None), 0) - counts.get(((*address, entity), user_id), 0)
        for address in list_addresses(user_id, permissions.role_names, unit_code)
        for entity in (entities if address == (None, None, unit_code) else (None,))
    )


def build_reader_condition(user_id, permissions, unit_code):
    """Return the SQL condition for messages to this reader."""
    roles, closed = permissions.role_names, list_closed_entities(permissions)
    mine = [Message.to_user_id == user_id]
    of_unit = or_(Message.to_unit_code.is_(None), Message.to_unit_code == unit_code)
    if roles:
        mine.append(Message.to_role.in_(sorted(roles)) & of_unit)
    if unit_code:
        may_open = or_(Message.kind != TASK, Message.entity.is_(None), Message.entity.not_in(sorted(closed)))
        mine.append((Message.to_unit_code == unit_code) & Message.to_role.is_(None) & may_open)
    return or_(*mine)


def build_waiting_condition(user_id):
    """Return the SQL condition that a message waits for this reader: no other reader opens a notice for them."""
    is_opened = exists().where(Receipt.message_id == Message.id, Receipt.user_id == user_id)
    return and_(Message.done_at.is_(None), or_(Message.kind == TASK, ~is_opened))


def load_open_messages(user_id, permissions, unit_code):
    """Return the reader's open messages for the first page: tasks by their deadline, then notices."""
    own = build_reader_condition(user_id, permissions, unit_code)
    waits = build_waiting_condition(user_id)
    found = select(Message).where(own, waits).order_by(Message.kind != TASK, *SOONEST)
    return db.session.scalars(found.limit(SHOWN_MESSAGES)).all()


def count_new(user_id, permissions, unit_code, since):
    """Return (text key, kind, is new, is late, number) of the reader's open messages that were sent or due after `since`.

    It counts at most `COUNT_LIMIT` + 1 messages.
    """
    own = build_reader_condition(user_id, permissions, unit_code)
    is_new, is_late = Message.sent_at > since, and_(Message.due_at > since, Message.due_at <= dates.now())
    flags = (case((one, 1), else_=0).label(name) for one, name in ((is_new, "is_new"), (is_late, "is_late")))
    found = (
        select(Message.text_key, Message.kind, *flags)
        .where(own, build_waiting_condition(user_id), or_(is_new, is_late))
        .limit(COUNT_LIMIT + 1)
        .subquery()
    )
    return db.session.execute(select(*found.c, func.count()).group_by(*found.c)).all()
