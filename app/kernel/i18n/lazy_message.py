"""A sentence that a rule speaks, before anybody knows who will read it and in which language.

`_("Text with %(limit)s", limit=110)` is found by pybabel under its usual keyword `_`. Babel is imported only
when the sentence is read, so that rules stay free of the web. Dates and numbers among the values take the
reader's form then; text (an identifier, a register number) stays as it is. Unlike Babel's own lazy string it
has no `__html__`: a page escapes it.
"""

from datetime import date, datetime
from decimal import Decimal

from app.kernel.text import dates


class Sentence:
    """A text to translate and the values of its named placeholders."""

    __slots__ = ("msgid", "values")

    def __init__(self, msgid, values):
        self.msgid, self.values = msgid, values

    def __str__(self):
        from flask_babel import gettext

        text = gettext(self.msgid)
        return text % {name: _said(value) for name, value in self.values.items()} if self.values else text

    def __repr__(self):
        return f"_({self.msgid!r})"

    def __eq__(self, other):
        return isinstance(other, Sentence) and (self.msgid, self.values) == (other.msgid, other.values)

    def __hash__(self):
        return hash(self.msgid)


def _(msgid, **values):
    """The sentence `msgid` with its values, to be translated when it is read."""
    return Sentence(msgid, values)


def _said(value):
    """A value as the reader writes it; whatever is no date and no number says itself."""
    from flask_babel import get_locale

    locale = get_locale()
    language = locale.language if locale else "en"
    if isinstance(value, datetime):
        return dates.say_moment(value, language)
    if isinstance(value, date):
        return dates.say_date(value, language)
    if isinstance(value, (int, float, Decimal)):
        return dates.say_number(value, language)
    return str(value)
