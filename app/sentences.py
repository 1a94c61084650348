"""A sentence of the catalogue filled with values: numbers among them take the reader's digits.

WTForms brings no Khmer, and fills its sentences itself; so its forms get theirs from here as well.
"""

import re

from flask_babel import Domain, get_locale, get_translations
from flask_wtf import FlaskForm
from wtforms.meta import DefaultMeta

from app.kernel import dates, khmer
from app.kernel.display import language


class Sentence(str):
    """A text with `%(name)s` in it. Text among the values stays as it is: it may be the number of a case."""

    def __mod__(self, values):
        if not isinstance(values, dict):
            return str(self) % values
        said = {name: _said(value) for name, value in values.items()}
        return re.sub(r"(%\(\w+\))d", r"\1s", self) % said


def _said(value):
    if language() != "km" or isinstance(value, bool):
        return value
    if isinstance(value, int):  # it may be a year: no full stop after the thousands
        return khmer.khmer_digits(str(value))
    return dates.say_number(value, "km") if isinstance(value, float) else value


class Sentences(Domain):
    """Where `gettext` and its kin look, in Python; a template fills its sentences itself (`|number`)."""

    def __init__(self):
        super().__init__()
        self.kept = {}  # language → translations; Babel writes out the whole name of a locale at each sentence

    def get_translations(self):
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        if locale.language not in self.kept:
            self.kept[locale.language] = super().get_translations()
        return self.kept[locale.language]

    def gettext(self, string, **variables):
        text = super().gettext(string)
        return Sentence(text) % variables if variables else text

    def ngettext(self, singular, plural, num, **variables):
        text = self.get_translations().ungettext(singular, plural, num)
        return Sentence(text) % {"num": num, **variables}

    def pgettext(self, context, string, **variables):
        text = super().pgettext(context, string)
        return Sentence(text) % variables if variables else text


class OfForms:
    """What a form asks for sentences. It fills them afterwards, so they are given unfilled."""

    def gettext(self, sentence):
        return Sentence(get_translations().ugettext(sentence))

    def ngettext(self, singular, plural, number):
        return Sentence(get_translations().ungettext(singular, plural, number))


def speak_in_forms():
    """Give every form, FAB's too, the sentences of our catalogue."""
    for meta in (DefaultMeta, FlaskForm.Meta):
        meta.get_translations = lambda _meta, _form: OfForms()
