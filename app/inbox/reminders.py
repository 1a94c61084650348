"""Notices before a last day: each day is named once, because the job looks for the notice that it has sent."""

from sqlalchemy import String, cast, exists, func

from app.inbox.actions import send_message
from app.inbox.models import NOTICE, Message


def is_reminded(model, text_key, last_day):
    """Return the condition that a notice with this text has named this last day (a column) of a record."""
    iso = cast(last_day, String)  # 2026-11-30
    named = func.substr(iso, 9, 2) + "/" + func.substr(iso, 6, 2) + "/" + func.substr(iso, 1, 4)
    return exists().where(
        Message.entity == model.__tablename__,
        Message.entity_id == model.id,
        Message.text_key == text_key,
        Message.facts["until"].as_string() == named,
    )


def send_reminder(session, record, text_key, number, last_day, **to):
    """Send the notice that the last day of a record comes soon; `number` is what the text names."""
    about = {"entity": record.__tablename__, "entity_id": record.id, "number": number}
    send_message(session, NOTICE, text_key=text_key, until=f"{last_day:%d/%m/%Y}", **about, **to)
