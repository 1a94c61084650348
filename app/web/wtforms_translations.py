"""A sentence of the catalogue filled with values: numbers among them take the reader's digits.

WTForms brings no Khmer, and fills its sentences itself; so its forms get theirs from here as well.
"""

import re
from functools import lru_cache

from flask_babel import Domain, get_translations
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms.meta import DefaultMeta

from app.kernel.i18n.locale import language, locale
from app.kernel.text import dates, khmer


class Sentence(str):
    """A text with `%(name)s` in it. Text among the values stays as it is: it may be the number of a case."""

    def __mod__(self, values):
        if not isinstance(values, dict):
            return str(self) % values
        return _as_text(str(self)) % {name: _said(value) for name, value in values.items()}


@lru_cache(4096)
def _as_text(sentence):
    """The sentence with a place for a text where it has one for a number."""
    return re.sub(r"(%\(\w+\))d", r"\1s", sentence)


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
        self._text = lru_cache(8192)(lambda _language, sentence: super(Sentences, self).gettext(sentence))

    def get_translations(self):
        found = locale()
        if found is None:
            return super().get_translations()
        if found.language not in self.kept:
            self.kept[found.language] = super().get_translations()
        return self.kept[found.language]

    def gettext(self, string, **variables):
        found = locale()
        text = super().gettext(string) if found is None else self._text(found.language, string)
        return Sentence(text) % variables if variables else text

    def ngettext(self, singular, plural, num, **variables):
        text = self.get_translations().ungettext(singular, plural, num)
        return Sentence(text) % {"num": num, **variables}

    def pgettext(self, context, string, **variables):
        text = super().pgettext(context, string)
        return Sentence(text) % variables if variables else text


def in_templates(sentence, **values):
    """What `_` is in a template. Jinja's own looks a sentence up, and writes it as HTML, for each place anew."""
    text = _as_html(language(), sentence)
    return text % values if values or "%" in text else text


@lru_cache(4096)
def _as_html(_language, sentence):
    return Markup(get_translations().ugettext(sentence))


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
