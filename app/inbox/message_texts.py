"""Texts of messages. Each feature registers its texts by key; the message contains their values."""

from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema.display import format_value
from app.kernel.text import dates
from app.reference.unit_paths import find_unit_path

TIME_FACTS = ("until", "when")  # values that are a date or time, stored as 05/03/2026 or 05/03/2026 14:30

_texts = {}


def register_texts(**texts):
    """Register lazy texts by key: `register_texts(**{"correction.requested": _("… %(number)s …")})`."""
    _texts.update(texts)


def format_message(message):
    """Return the text of a message in the reader's language, or its key if no text is registered."""
    sentence = _texts.get(message.text_key)
    if sentence is None:
        return gettext("Message %(key)s", key=message.text_key)
    return str(sentence) % {name: _format_fact(name, value) for name, value in message.facts.items()}


def _format_fact(name, value):
    if name == "unit":  # stored as its code
        return next(reversed(find_unit_path(value)), value)
    if name not in TIME_FACTS:
        return format_value(value) if isinstance(value, int) else value
    if not value:
        return ""
    when, has_hour = dates.parse_datetime(value)
    return (
        dates.format_datetime(when, reader_language())
        if has_hour
        else dates.format_date(when, reader_language())
    )
