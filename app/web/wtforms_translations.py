"""Translated messages: numbers in them use the reader's digits. WTForms has no Khmer, so its forms use them too."""

import re
from functools import lru_cache

from flask_babel import Domain, get_translations
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms.meta import DefaultMeta

from app.kernel.i18n.locale import reader_language, reader_locale
from app.kernel.text import dates, khmer


class TranslatedText(str):
    """A text with placeholders such as `%(name)s`. Text values stay unchanged, because they may be a case number."""

    def __mod__(self, values):
        if not isinstance(values, dict):
            return str(self) % values
        return _with_text_placeholders(str(self)) % {
            name: _localize_value(value) for name, value in values.items()
        }


@lru_cache(4096)
def _with_text_placeholders(message):
    """Return the message with text placeholders instead of number placeholders."""
    return re.sub(r"(%\(\w+\))d", r"\1s", message)


def _localize_value(value):
    if reader_language() != "km" or isinstance(value, bool):
        return value
    if isinstance(value, int):  # it may be a year: no thousands separator
        return khmer.to_khmer_digits(str(value))
    return dates.format_number(value, "km") if isinstance(value, float) else value


class TranslationDomain(Domain):
    """The translation domain behind `gettext` and its variants in Python code."""

    def __init__(self):
        super().__init__()
        self.by_language = {}  # language → translations; Babel formats the whole locale name at each lookup
        self._text = lru_cache(8192)(
            lambda _language, message: super(TranslationDomain, self).gettext(message)
        )

    def get_translations(self):
        found = reader_locale()
        if found is None:
            return super().get_translations()
        if found.language not in self.by_language:
            self.by_language[found.language] = super().get_translations()
        return self.by_language[found.language]

    def gettext(self, string, **variables):
        found = reader_locale()
        text = super().gettext(string) if found is None else self._text(found.language, string)
        return TranslatedText(text) % variables if variables else text

    def ngettext(self, singular, plural, num, **variables):
        text = self.get_translations().ungettext(singular, plural, num)
        return TranslatedText(text) % {"num": num, **variables}

    def pgettext(self, context, string, **variables):
        text = super().pgettext(context, string)
        return TranslatedText(text) % variables if variables else text


def translate_in_template(message, **values):
    """Return the translation of a message as HTML; this is `_` in templates.

    Jinja's own version looks the message up, and converts it to HTML, at each use.
    """
    text = _translate_html(reader_language(), message)
    return text % values if values or "%" in text else text


@lru_cache(4096)
def _translate_html(_language, message):
    return Markup(get_translations().ugettext(message))


class FormTranslations:
    """The translations of a form. WTForms fills the placeholders itself, so the messages are returned unfilled."""

    def gettext(self, message):
        return TranslatedText(get_translations().ugettext(message))

    def ngettext(self, singular, plural, number):
        return TranslatedText(get_translations().ungettext(singular, plural, number))


def translate_forms():
    """Make every form, including FAB's, use our translations."""
    for meta in (DefaultMeta, FlaskForm.Meta):
        meta.get_translations = lambda _meta, _form: FormTranslations()
