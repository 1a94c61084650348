"""Actions on messages, in the caller's transaction."""

from sqlalchemy import select, update

from app.inbox.models import NOTICE, Message, Receipt
from app.inbox.unread_counts import INBOX
from app.kernel.actor import actor_of
from app.kernel.database import versioned_cache
from app.kernel.text import dates
from app.reference.unit_paths import find_current_unit


def send_message(
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
    """Send a message to a user (id), a role (name), a unit (code), or a role in a unit. Return the message.

    `kind` is TASK or NOTICE; `entity` and `entity_id` identify the record it is about; `facts` are the values of its
    text. Raise ValueError if there is no recipient.
    """
    if not (to_user or to_role or to_unit):
        raise ValueError("A message needs a recipient: to_user, to_role or to_unit.")
    message = Message(
        kind=kind,
        text_key=text_key,
        facts=facts,
        to_user_id=to_user,
        to_role=to_role,
        to_unit_code=find_current_unit(to_unit),
        entity=entity,
        entity_id=entity_id,
        sent_at=dates.now(),
        sent_by_id=actor_of(session).user_id,
        due_at=due_at,
    )
    session.add(message)
    versioned_cache.bump(session, INBOX)
    return message


def complete_tasks(session, entity, entity_id, *text_keys):
    """Mark the open tasks about the record as done, or only those with these texts."""
    complete_tasks_of_all(session, entity, [entity_id], *text_keys)


def complete_tasks_of_all(session, entity, ids, *text_keys):
    """Mark the open tasks about these records as done, or only those with these texts."""
    if not ids:
        return
    done = update(Message).where(*_is_open_task(entity, ids)).values(done_at=dates.now())
    if text_keys:
        done = done.where(Message.text_key.in_(text_keys))
    if session.execute(done).rowcount:
        versioned_cache.bump(session, INBOX)


def postpone_tasks(session, entity, entity_id, due_at):
    """Change the deadline of the open tasks about the record that have one."""
    is_due = *_is_open_task(entity, [entity_id]), Message.due_at.is_not(None)
    session.execute(update(Message).where(*is_due).values(due_at=due_at))


def _is_open_task(entity, ids):
    about = Message.entity == entity, Message.entity_id.in_(ids)
    return *about, Message.done_at.is_(None), Message.kind != NOTICE


def open_message(session, message, user_id):
    """Write the receipt when the user opens the message for the first time.

    This completes a notice to this user. A notice to a unit or a role waits for each of its other readers.
    """
    if session.get(Receipt, (message.id, user_id)) is not None:
        return
    session.add(Receipt(message_id=message.id, user_id=user_id, opened_at=dates.now()))
    if message.kind == NOTICE and message.done_at is None:
        if message.to_user_id is not None:
            message.done_at = dates.now()
        versioned_cache.bump(session, INBOX)


def open_record_messages(session, entity, entity_id, user_id):
    """Mark the messages to this user about the record as opened, because they view the record itself."""
    sent = select(Message).where(
        Message.entity == entity,
        Message.entity_id == entity_id,
        Message.to_user_id == user_id,
        Message.done_at.is_(None),
    )
    for message in session.scalars(sent).all():
        open_message(session, message, user_id)
