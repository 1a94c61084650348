"""Deliberate acts on messages, each in the transaction of the caller."""

from sqlalchemy import select

from app.inbox.models import NOTICE, Message, Receipt
from app.inbox.unread_counts import INBOX
from app.kernel.actor import actor_of
from app.kernel.database import versioned_cache
from app.kernel.text import dates


def send(
    session,
    kind,
    *,
    text_key,
    to_user=None,
    to_role=None,
    to_unit=None,
    entity=None,
    entity_id=None,
    due_at=None,
    **facts,
):
    """Put a message into the inbox of a user, or of a role and/or a unit (their codes and ids). Gives the message.

    `kind` is TASK or NOTICE; `entity` and `entity_id` name the record it is about; `facts` are the values of its
    sentence. Raises ValueError where nobody is addressed.
    """
    if not (to_user or to_role or to_unit):
        raise ValueError("A message needs somebody to read it.")
    message = Message(
        kind=kind,
        text_key=text_key,
        facts=facts,
        to_user_id=to_user,
        to_role=to_role,
        to_unit_code=to_unit,
        entity=entity,
        entity_id=entity_id,
        sent_at=dates.now(),
        sent_by_id=actor_of(session).user_id,
        due_at=due_at,
    )
    session.add(message)
    versioned_cache.bump(session, INBOX)
    return message


def finish(session, entity, entity_id, text_key=None):
    """The tasks about that record (those of `text_key` alone, where it is given) are done."""
    for message in _open_tasks(session, entity, entity_id):
        if text_key in (None, message.text_key):
            message.done_at = dates.now()
            versioned_cache.bump(session, INBOX)


def postpone(session, entity, entity_id, due_at):
    """The open tasks about that record that have an hour have another one."""
    for message in _open_tasks(session, entity, entity_id):
        if message.due_at is not None:
            message.due_at = due_at


def _open_tasks(session, entity, entity_id):
    about = Message.entity == entity, Message.entity_id == entity_id
    return session.scalars(
        select(Message).where(*about, Message.done_at.is_(None), Message.kind != NOTICE)
    ).all()


def open_by(session, message, user_id):
    """Write the receipt of the first time that this user opens it; a notice is done with it."""
    if session.get(Receipt, (message.id, user_id)) is not None:
        return
    session.add(Receipt(message_id=message.id, user_id=user_id, opened_at=dates.now()))
    if message.kind == NOTICE and message.done_at is None:
        message.done_at = dates.now()
        versioned_cache.bump(session, INBOX)


def open_about(session, entity, entity_id, user_id):
    """Whoever sees the record itself has opened what was sent to him alone about it."""
    sent = select(Message).where(
        Message.entity == entity,
        Message.entity_id == entity_id,
        Message.to_user_id == user_id,
        Message.done_at.is_(None),
    )
    for message in session.scalars(sent).all():
        open_by(session, message, user_id)
