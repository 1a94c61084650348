"""Scheduled job: notices to a unit or a role end after 30 days, if an officer has read them."""
# commits: the step of a scheduled job

from datetime import timedelta

from sqlalchemy import exists, or_, select

from app.inbox.models import NOTICE, Message, Receipt
from app.inbox.unread_counts import INBOX
from app.kernel.database import versioned_cache
from app.kernel.database.transactions import commit
from app.kernel.text import dates

LASTS, BATCH_SIZE = timedelta(days=30), 500


def end_notices(session):
    """End the old notices that an officer has read, and return their number. The officer whose act sent one does not count."""
    read_by_another = exists().where(
        Receipt.message_id == Message.id,
        or_(Message.sent_by_id.is_(None), Receipt.user_id != Message.sent_by_id),
    )
    is_over = Message.done_at.is_(None), Message.kind == NOTICE, Message.sent_at < dates.now() - LASTS
    found = session.scalars(select(Message).where(*is_over, read_by_another).limit(BATCH_SIZE)).all()
    for message in found:
        message.done_at = dates.now()
    if found:
        versioned_cache.bump(session, INBOX)
    commit(session)
    return len(found)
