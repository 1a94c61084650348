"""The boxes of the register's forms: text in normal form, dates and numbers in either script.

Each keeps what was typed and says beside it what is wrong. FAB's own fields print Bootstrap's classes and
need its scripts.
"""

import re
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.utils import unset_value
from wtforms.widgets import TextInput, html_params

from app.kernel.schema.display import language
from app.kernel.text import dates, khmer

SHOWN = "__shown"  # ends the name of the hidden mark beside a box of which a browser may send nothing
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")

AHEAD = 543  # years of the Buddhist era before the common one
BUDDHIST = (dates.FIRST_YEAR + AHEAD, dates.LAST_YEAR + AHEAD)
DATE_SENTENCES = {
    "form": _("This date cannot be read. Write day-month-year, for example 05-03-2026."),
    "year": _("Write the year with four digits, between 1900 and 2100."),
    "month": _("A year has no month %(month)s."),
    "day": _("Month %(month)s has no day %(day)s."),
    "time": _("This time cannot be read. Write hours and minutes, for example 14:30."),
}


def refuse(text, **values):
    said = {name: dates.say_number(value, language()) for name, value in values.items()}
    raise ValueError(gettext(str(text), **said) if said else str(text))


class ByRule(str):
    """What is refused before a rule could read it, with the number of the rule that it would break."""

    rule = "V004"


def said_of_day(fault):
    """Why no day was read, in a sentence."""
    try:
        refuse_day(fault)
    except ValueError as refused:
        return str(refused)


def refuse_day(fault):
    """Say why no day was read. A year of the Buddhist era lies centuries after every entry (V004)."""
    year = fault.values.get("year", 0)
    if fault.code == "year" and BUDDHIST[0] <= year <= BUDDHIST[1]:
        digits = khmer.khmer_digits if language() == "km" else str
        text = gettext(
            "The year %(year)s is of the Buddhist era. Write the year %(common)s of the common era.",
            year=digits(str(year)),
            common=digits(str(year - AHEAD)),
        )
        raise ValueError(ByRule(text))
    refuse(DATE_SENTENCES[fault.code], **fault.values)


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
            refuse_day(fault)

    def say(self, value):
        return f"{value:%d/%m/%Y}"


class MomentBox(_Dated):
    """A day with hours and minutes; without them, `time_given` is False and the hour is midnight."""

    time_given = False

    def read(self, text):
        try:
            moment, self.time_given = dates.read_moment(text)
            return moment
        except dates.Unreadable as fault:
            refuse_day(fault)

    def say(self, value):
        return f"{value:%d/%m/%Y %H:%M}"


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


class YearBox(NumberBox):
    """A year of the common era; one of the Buddhist era is refused with the year that it is."""

    def read(self, text):
        year = super().read(text)
        if not dates.FIRST_YEAR <= year <= dates.LAST_YEAR:
            refuse_day(dates.Unreadable("year", year=year))
        return year


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

    def __init__(self, *args, pair=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.pair = pair

    @property
    def shown_name(self):
        return f"{self.name}{SHOWN}"

    def process(self, formdata, data=unset_value, extra_filters=None):
        sent = formdata is None or self.name in formdata or self.shown_name in formdata
        super().process(formdata if sent else None, data, extra_filters)

    def __call__(self, **kwargs):
        mark = Markup("<input %s>") % Markup(html_params(type="hidden", name=self.shown_name, value="1"))
        return Markup(super().__call__(**kwargs)) + mark
