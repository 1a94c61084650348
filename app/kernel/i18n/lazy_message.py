"""Messages of rules, translated into the reader's language when they are read.

`_("Text with %(limit)s", limit=110)` is found by pybabel under its usual keyword `_`. Babel is imported only when the
message is read, so that rules do not depend on the web framework. Dates and numbers among the values are then formatted for
the reader; text (an identifier, a case number) stays as it is, and the values of a tuple are joined. Unlike Babel's own lazy string it has no `__html__`, so
that a page escapes it.
"""

from datetime import date, datetime
from decimal import Decimal

from app.kernel.text import dates


class LazyMessage:
    """A text to translate and the values of its named placeholders."""

    __slots__ = ("msgid", "values")

    def __init__(self, msgid, values):
        self.msgid, self.values = msgid, values

    def __str__(self):
        from flask_babel import gettext

        text = gettext(self.msgid)
        return (
            text % {name: _format_value(value) for name, value in self.values.items()}
            if self.values
            else text
        )

    def __repr__(self):
        return f"_({self.msgid!r})"

    def __eq__(self, other):
        return isinstance(other, LazyMessage) and (self.msgid, self.values) == (other.msgid, other.values)

    def __hash__(self):
        return hash(self.msgid)


def _(msgid, **values):
    """Return a message that is translated when it is read."""
    return LazyMessage(msgid, values)


def _format_value(value):
    """Return a date or number in the reader's format, and any other value as `str`."""
    from flask_babel import get_locale

    locale = get_locale()
    language = locale.language if locale else "en"
    if isinstance(value, datetime):
        return dates.format_datetime(value, language)
    if isinstance(value, date):
        return dates.format_date(value, language)
    if isinstance(value, (int, float, Decimal)):
        return dates.format_number(value, language)
    if isinstance(value, tuple):
        return " · ".join(map(_format_value, value))
    return str(value)
