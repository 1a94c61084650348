"""Notices before a last day: each is sent once, because the job looks for the notice that it has sent."""

from sqlalchemy import exists

from app.inbox.actions import send_message
from app.inbox.models import NOTICE, Message


def is_reminded(model, text_key, since=None):
    """Return the condition that a notice with this text was sent about a record; since this time, if it is given."""
    sent = exists().where(
        Message.entity == model.__tablename__, Message.entity_id == model.id, Message.text_key == text_key
    )
    return sent if since is None else sent.where(Message.sent_at >= since)


def send_reminder(session, record, text_key, number, last_day, **to):
    """Send the notice that the last day of a record comes soon; `number` is what the text names."""
    about = {"entity": record.__tablename__, "entity_id": record.id, "number": number}
    send_message(session, NOTICE, text_key=text_key, until=f"{last_day:%d/%m/%Y}", **about, **to)
