"""Input fields of forms: text in normal form, dates and numbers in Khmer or Latin digits.

Each field keeps the typed text and shows its error next to it. The fields of Flask-AppBuilder are not used, because
they need the classes and scripts of Bootstrap.
"""

import re
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.utils import unset_value
from wtforms.widgets import TextInput, html_params

from app.kernel.schema.display import reader_language
from app.kernel.text import dates, khmer

SHOWN_SUFFIX = "__shown"  # names the hidden marker of a field of which a browser may send nothing
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")

BUDDHIST_OFFSET = 543  # years of the Buddhist era before the common one
BUDDHIST_YEARS = (dates.FIRST_YEAR + BUDDHIST_OFFSET, dates.LAST_YEAR + BUDDHIST_OFFSET)
DATE_MESSAGES = {
    "form": _("This date cannot be read. Write day-month-year, for example 05-03-2026."),
    "year": _("Enter the year with four digits, between 1900 and 2100."),
    "month": _("Month %(month)s does not exist. Enter a month from 1 to 12."),
    "day": _("Month %(month)s has no day %(day)s."),
    "time": _("This time is not valid. Enter hours and minutes, for example 14:30."),
}


def raise_invalid(text, **values):
    """Raise ValueError with the translated message. Numbers in `values` are formatted for the reader."""
    formatted = {name: dates.format_number(value, reader_language()) for name, value in values.items()}
    raise ValueError(gettext(str(text), **formatted) if formatted else str(text))


class RuleMessage(str):
    """An error found while parsing, with the number of the rule that the value would break."""

    rule = "V004"


def describe_date_error(error):
    """Return the message of an InvalidDate."""
    try:
        raise_date_error(error)
    except ValueError as raised:
        return str(raised)


def raise_date_error(error):
    """Raise ValueError with the message of an InvalidDate. A year of the Buddhist era breaks rule V004."""
    year = error.values.get("year", 0)
    if error.code == "year" and BUDDHIST_YEARS[0] <= year <= BUDDHIST_YEARS[1]:
        digits = khmer.to_khmer_digits if reader_language() == "km" else str
        text = gettext(
            "The year %(year)s is in the Buddhist era. Enter the year %(common)s of the common era.",
            year=digits(str(year)),
            common=digits(str(year - BUDDHIST_OFFSET)),
        )
        raise ValueError(RuleMessage(text))
    raise_invalid(DATE_MESSAGES[error.code], **error.values)


class TextField(StringField):
    """One line of text in the normal form of `kernel.text.khmer`."""

    lines = False

    def process_formdata(self, valuelist):
        if not valuelist:
            return
        self.data = valuelist[0]
        try:
            self.data = khmer.normalize(valuelist[0], multiline=self.lines) or None
        except khmer.InvalidText:
            raise_invalid(_("This text contains characters that cannot be saved. Type it again by hand."))

    def _value(self):
        return self.data or ""


class MultilineField(TextAreaField, TextField):
    """Several lines of text."""

    lines = True
    process_formdata = TextField.process_formdata


class _ParsedField(Field):
    """A field that parses its text into a value, and that shows the typed text again after an error."""

    widget = TextInput()

    def parse(self, text):
        raise NotImplementedError

    def format(self, value):
        return str(value)

    def process_formdata(self, valuelist):
        if not valuelist:
            return
        self.data = None
        if valuelist[0].strip():
            self.data = self.parse(valuelist[0].strip())

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else self.format(self.data)


class _DateInput(_ParsedField):
    """A date field. The page script shows the parsed date in words."""

    def __call__(self, **kwargs):
        return super().__call__(data_date=True, **kwargs)


class DateField(_DateInput):
    """A day, in Khmer or Latin digits. Two-digit years are rejected."""

    def parse(self, text):
        try:
            return dates.parse_date(text)
        except dates.InvalidDate as error:
            raise_date_error(error)

    def format(self, value):
        return f"{value:%d/%m/%Y}"


class DateTimeField(_DateInput):
    """A day with hours and minutes. Without a time, `time_given` is False and the time is midnight.

    `day_only` shows the value without a time.
    """

    time_given = day_only = False

    def parse(self, text):
        try:
            moment, self.time_given = dates.parse_datetime(text)
            return moment
        except dates.InvalidDate as error:
            raise_date_error(error)

    def format(self, value):
        return f"{value:%d/%m/%Y}" if self.day_only else f"{value:%d/%m/%Y %H:%M}"


class IntegerField(_ParsedField):
    """A whole number of at most nine digits, which fits the integer column of every database.

    Full stops or spaces may group thousands (1.612, ១ ៦១២). Anything else between digits is rejected.
    """

    def parse(self, text):
        digits = khmer.to_latin_digits(text)
        if _GROUPED.fullmatch(digits):
            digits = digits.replace(".", "").replace(" ", "")
        if not _INTEGER.fullmatch(digits):
            raise_invalid(_("Enter a whole number with at most nine digits."))
        return int(digits)


class YearField(IntegerField):
    """A year of the common era. The error for a year of the Buddhist era names the common year."""

    def parse(self, text):
        year = super().parse(text)
        if not dates.FIRST_YEAR <= year <= dates.LAST_YEAR:
            raise_date_error(dates.InvalidDate("year", year=year))
        return year


class DecimalField(_ParsedField):
    """An exact number with at most `places` decimals, as written in Cambodia: 1.612,5.

    A comma is always the decimal mark. Full stops between groups of three digits group thousands (1.612 is
    one thousand six hundred and twelve). Any other single full stop is a decimal mark (1.5, 0.500, 1612.250).
    English notation with both (1,612.5) is rejected. The value is shown with a comma.
    """

    def __init__(self, *args, places=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.places = places

    def parse(self, text):
        value = Decimal(self._to_plain(khmer.to_latin_digits(text)))
        if abs(value) >= 10**11:
            raise_invalid(_("This number is too large."))
        if self.places is not None and value != round(value, self.places):
            raise_invalid(_("Enter at most %(number)s decimals."), number=self.places)
        return value

    def _to_plain(self, text):
        whole, comma, decimals = text.partition(",")
        if _GROUPED.fullmatch(whole):
            whole = whole.replace(".", "").replace(" ", "")
        plain = f"{whole}.{decimals}" if comma else whole
        if not _DECIMAL.fullmatch(plain):
            raise_invalid(_("Enter a number."))
        return plain

    def format(self, value):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".").replace(".", ",") if "." in text else text


class CoordinateField(_ParsedField):
    """A latitude or longitude in degrees. Point and comma are both the decimal mark, without grouping."""

    def parse(self, text):
        plain = khmer.to_latin_digits(text).replace(",", ".")
        if not _DECIMAL.fullmatch(plain):
            raise_invalid(_("Enter a number."))
        value = float(plain)
        if abs(value) > 180:
            raise_invalid(_("This number is too large."))
        return value


class CheckboxField(BooleanField):
    """A checkbox. A hidden marker distinguishes an unticked checkbox from a form without it."""

    def __init__(self, *args, yes_no_labels=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.yes_no_labels = yes_no_labels

    @property
    def shown_name(self):
        return f"{self.name}{SHOWN_SUFFIX}"

    def process(self, formdata, data=unset_value, extra_filters=None):
        sent = formdata is None or self.name in formdata or self.shown_name in formdata
        super().process(formdata if sent else None, data, extra_filters)

    def __call__(self, **kwargs):
        marker = Markup("<input %s>") % Markup(html_params(type="hidden", name=self.shown_name, value="1"))
        return Markup(super().__call__(**kwargs)) + marker
