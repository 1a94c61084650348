"""What a message says. Each feature registers its sentences by a key; their values come with the message."""

from flask_babel import gettext

from app.kernel.i18n.locale import language
from app.kernel.schema.display import said
from app.kernel.text import dates

TIMES = ("until", "when")  # of the values these are a day or a moment, kept as 05/03/2026 or 05/03/2026 14:30

_sentences = {}


def register(**sentences):
    """`register(**{"correction.asked": _("… %(number)s …")})`, with lazy sentences."""
    _sentences.update(sentences)


def text_of(message):
    """The message in the reader's language; what nobody has registered is told by its key."""
    sentence = _sentences.get(message.text_key)
    if sentence is None:
        return gettext("Message %(key)s", key=message.text_key)
    return str(sentence) % {name: _in_words(name, value) for name, value in message.facts.items()}


def _in_words(name, value):
    if name not in TIMES:
        return said(value) if isinstance(value, int) else value
    if not value:
        return ""
    when, has_hour = dates.read_moment(value)
    return dates.say_moment(when, language()) if has_hour else dates.say_date(when, language())
