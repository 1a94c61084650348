"""The boxes of the register's forms: text in normal form, dates and numbers in either script, codes, links.

Each keeps what was typed and says beside it what is wrong. FAB's own fields print Bootstrap's classes and
need its scripts.
"""

import re
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from wtforms import BooleanField, Field, StringField, TextAreaField, ValidationError
from wtforms.widgets import TextInput, html_params

from app.kernel import codes, dates, khmer, lookups

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")

FEW = 12  # choices that a plain select may hold; more become a lookup

DATE_SENTENCES = {
    "form": _("This date cannot be read. Write day-month-year, for example 05-03-2026."),
    "year": _("Write the year with four digits, between 1900 and 2100."),
    "month": _("A year has no month %(month)s."),
    "day": _("Month %(month)s has no day %(day)s."),
    "time": _("This time cannot be read. Write hours and minutes, for example 14:30."),
}


def refuse(text, **values):
    raise ValueError(gettext(str(text), **values) if values else str(text))


class TextBox(StringField):
    """One line of text in the normal form of `kernel.khmer`."""

    lines = False

    def process_formdata(self, valuelist):
        if not valuelist:
            return
        self.data = valuelist[0]
        try:
            self.data = khmer.normal(valuelist[0], lines=self.lines) or None
        except khmer.Refused:
            refuse(_("This text holds characters that cannot be kept. Type it again by hand."))

    def _value(self):
        return self.data or ""


class TextArea(TextAreaField, TextBox):
    """Several lines of text."""

    lines = True
    process_formdata = TextBox.process_formdata


class _Typed(Field):
    """A box whose text is read into a value, and which shows again what was typed."""

    widget = TextInput()

    def read(self, text):
        raise NotImplementedError

    def say(self, value):
        return str(value)

    def process_formdata(self, valuelist):
        if not valuelist:
            return
        self.data = None
        if valuelist[0].strip():
            self.data = self.read(valuelist[0].strip())

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else self.say(self.data)


class _Dated(_Typed):
    """A box whose date the script reads back in words."""

    def __call__(self, **kwargs):
        return super().__call__(data_date=True, **kwargs)


class DateBox(_Dated):
    """A day, in Khmer or Latin digits; two-digit years are refused."""

    def read(self, text):
        try:
            return dates.read_date(text)
        except dates.Unreadable as fault:
            refuse(DATE_SENTENCES[fault.code], **fault.values)

    def say(self, value):
        return f"{value:%d-%m-%Y}"


class MomentBox(_Dated):
    """A day with hours and minutes; without them, `time_given` is False and the hour is midnight."""

    time_given = False

    def read(self, text):
        try:
            moment, self.time_given = dates.read_moment(text)
            return moment
        except dates.Unreadable as fault:
            refuse(DATE_SENTENCES[fault.code], **fault.values)

    def say(self, value):
        return f"{value:%d-%m-%Y %H:%M}"


class NumberBox(_Typed):
    """A whole number of at most nine digits, so that every database can keep it.

    Thousands may be grouped by full stops or spaces (1.612, ១ ៦១២); anything else between digits is refused.
    """

    def read(self, text):
        digits = khmer.latin_digits(text)
        if _GROUPED.fullmatch(digits):
            digits = digits.replace(".", "").replace(" ", "")
        if not _WHOLE.fullmatch(digits):
            refuse(_("Write a whole number of at most nine digits."))
        return int(digits)


class DecimalBox(_Typed):
    """An exact number with at most `places` decimals, as it is written in Cambodia: 1.612,5.

    A comma is always the decimal mark. Full stops that part the digits into threes group thousands (1.612 is
    one thousand six hundred and twelve); any other single full stop is a decimal mark (1.5, 0.500, 1612.250).
    What mixes the two the English way (1,612.5) is refused, not guessed. Shown again it has a comma.
    """

    def __init__(self, *args, places=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.places = places

    def read(self, text):
        value = Decimal(self._plain(khmer.latin_digits(text)))
        if abs(value) >= 10**11:
            refuse(_("This number is too large."))
        if self.places is not None and value != round(value, self.places):
            refuse(_("Write at most %(number)s decimals."), number=self.places)
        return value

    def _plain(self, text):
        whole, comma, decimals = text.partition(",")
        if _GROUPED.fullmatch(whole):
            whole = whole.replace(".", "").replace(" ", "")
        plain = f"{whole}.{decimals}" if comma else whole
        if not _DECIMAL.fullmatch(plain):
            refuse(_("Write a number."))
        return plain

    def say(self, value):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".").replace(".", ",") if "." in text else text


class PositionBox(_Typed):
    """A degree of latitude or longitude. Nothing is grouped: point and comma are both the decimal mark."""

    def read(self, text):
        plain = khmer.latin_digits(text).replace(",", ".")
        if not _DECIMAL.fullmatch(plain):
            refuse(_("Write a number."))
        value = float(plain)
        if abs(value) > 180:
            refuse(_("This number is too large."))
        return value


class FlagBox(BooleanField):
    """A tick. The hidden mark tells a form that shows the box unticked from one that lacks it."""

    @property
    def shown_name(self):
        return f"{self.name}__shown"

    def __call__(self, **kwargs):
        mark = Markup("<input %s>") % Markup(html_params(type="hidden", name=self.shown_name, value="1"))
        return Markup(super().__call__(**kwargs)) + mark


class LookupBox(Field):
    """A box found by typing: the key travels hidden, the words are shown.

    `data` is a key for a long code list and a record for a link. Words without a key (no script, or nothing
    chosen) are looked up once more: one exact answer is taken, otherwise the clerk is asked to choose.
    """

    widget = None

    def __init__(self, label=None, validators=None, lookup="", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.lookup_name = lookup
        self.words = ""

    @property
    def lookup(self):
        return lookups.named(self.lookup_name)

    @property
    def text_name(self):
        return f"{self.name}__text"

    def process(self, formdata, data=None, extra_filters=None, **kwargs):
        self.words = formdata.get(self.text_name, "") if formdata is not None else ""
        super().process(formdata, *([data] if data is not None else []), extra_filters=extra_filters)

    def process_formdata(self, valuelist):
        if not valuelist and not self.words:
            return
        self.data = None
        try:
            key = khmer.normal(valuelist[0] if valuelist else "")[:60]
        except khmer.Refused:
            refuse(_("This choice is not in the register. Type and choose again."))
        if key:
            self.data = self.lookup.get(key)
            if self.data is None:
                refuse(_("This choice is not in the register. Type and choose again."))
        elif self.words.strip():
            exact = [
                item for item in self.lookup.find(self.words.strip()) if item["text"] == self.words.strip()
            ]
            if len(exact) != 1:
                refuse(_("Nothing was chosen. Type some letters and choose a line."))
            self.data = self.lookup.get(exact[0]["id"])

    @property
    def key(self):
        if self.data is None:
            return ""
        return (
            self.data if isinstance(self.data, str) else str(getattr(self.data, "code", None) or self.data.id)
        )

    @property
    def shown(self):
        if self.words:
            return self.words
        if isinstance(self.data, str) and self.lookup_name.startswith("code."):
            return codes.label(self.lookup_name.removeprefix("code."), self.data)
        return "" if self.data is None else str(self.data)

    def _value(self):
        return self.key

    def __call__(self, **kwargs):
        private = {"data_post": "1"} if self.lookup.private else {}
        box = html_params(
            type="text",
            id=self.id,
            name=self.text_name,
            value=self.shown,
            role="combobox",
            autocomplete="off",
            aria_expanded="false",
            data_lookup=f"/lookup/{self.lookup_name}",
            class_=f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip(),
            **private,
            **kwargs,
        )
        hidden = html_params(type="hidden", name=self.name, value=self.key)
        return Markup("<input %s><input %s>") % (Markup(box), Markup(hidden))


class CodeBox(LookupBox):
    """One value of a code list: a plain select while the list is short, a lookup beyond.

    A retired value stays choosable where the record already has it.
    """

    def __init__(self, label=None, validators=None, codes_name="", **kwargs):
        super().__init__(label, validators, lookup=f"code.{codes_name}", **kwargs)
        self.codes_name = codes_name

    @property
    def choices(self):
        return codes.choices(self.codes_name, keep=self.object_data)

    def pre_validate(self, form):
        if self.data and self.data not in dict(self.choices):
            raise ValidationError(gettext("This value is not in the list."))

    def __call__(self, **kwargs):
        choices = self.choices
        if len(choices) > FEW:
            return super().__call__(**kwargs)
        css = f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip()
        options = [Markup("<option value=''></option>")]
        for key, word in choices:
            chosen = Markup(" selected") if key == self.data else ""
            options.append(Markup('<option value="{}"{}>{}</option>').format(key, chosen, word))
        attributes = Markup(html_params(id=self.id, name=self.name, class_=css, **kwargs))
        return Markup("<select {}>{}</select>").format(attributes, Markup("").join(options))
