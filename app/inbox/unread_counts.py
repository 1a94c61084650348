"""How many messages wait for a reader, known on every page without asking the database for it.

All open messages are counted by whom they are addressed to, once in a process whenever one is sent or done; the
version of that count comes with the statement that loads the reader.
"""

from sqlalchemy import func, or_, select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.database.versioned_cache import Cached

INBOX = "inbox"


def _load():
    to = (Message.to_user_id, Message.to_role, Message.to_unit_code)
    with db.engine.connect() as connection:
        rows = connection.execute(select(*to, func.count()).where(Message.done_at.is_(None)).group_by(*to))
        return {(user, role, unit): count for user, role, unit, count in rows}


_open = Cached(INBOX, _load)


def addresses(user_id, roles, unit_code):
    """Every (user, role, unit) under which this reader is addressed."""
    units = (None, unit_code) if unit_code else (None,)
    yield (user_id, None, None)
    yield from ((None, role, unit) for role in roles for unit in units)
    if unit_code:
        yield (None, None, unit_code)


def waiting_for(user_id, roles, unit_code):
    """The number of open messages for that reader."""
    counts = _open.get()
    return sum(counts.get(one, 0) for one in addresses(user_id, roles, unit_code)) if counts else 0


def is_for(user_id, roles, unit_code):
    """The same as a condition on messages."""
    mine = [Message.to_user_id == user_id]
    of_unit = or_(Message.to_unit_code.is_(None), Message.to_unit_code == unit_code)
    if roles:
        mine.append(Message.to_role.in_(sorted(roles)) & of_unit)
    if unit_code:
        mine.append((Message.to_unit_code == unit_code) & Message.to_role.is_(None))
    return or_(*mine)
