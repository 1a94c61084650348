"""What WTForms says of a box, from our own catalogue and with the reader's digits; WTForms brings no Khmer."""

import re
from numbers import Number

from flask_babel import get_translations
from flask_wtf import FlaskForm
from wtforms.meta import DefaultMeta

from app.kernel import dates
from app.kernel.display import language


class Message(str):
    """A sentence that WTForms will fill with `%`: numbers among its values take the reader's digits."""

    def __mod__(self, values):
        if not isinstance(values, dict):
            return str(self) % values
        said = {name: _said(value) for name, value in values.items()}
        return re.sub(r"(%\(\w+\))d", r"\1s", self) % said


def _said(value):
    return dates.say_number(value, language()) if isinstance(value, Number) else value


class Messages:
    """What WTForms asks for sentences. flask_babel's own gettext would fill placeholders too early."""

    def gettext(self, sentence):
        return Message(get_translations().ugettext(sentence))

    def ngettext(self, singular, plural, number):
        return Message(get_translations().ungettext(singular, plural, number))


def speak_the_readers_language():
    """Give every form, FAB's too, the sentences of our catalogue."""
    for meta in (DefaultMeta, FlaskForm.Meta):
        meta.get_translations = lambda _meta, _form: Messages()
