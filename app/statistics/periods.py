"""Periods of the figures: whole months, and the same period of earlier years."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.forms.inputs import describe_date_error
from app.kernel.i18n.locale import reader_language
from app.kernel.text import dates

MAX_YEARS = 30
YOUNG_DAYS = 7  # so long a month has too few records to be shown first
DAY, WEEK, FOUR_WEEKS, MONTH, YEAR_TO_DATE, YEAR = "day", "week", "28days", "month", "to_date", "year"
KINDS = {
    DAY: _("Day"), WEEK: _("7 days"), FOUR_WEEKS: _("28 days"), MONTH: _("Month"), YEAR_TO_DATE: _("Year to date"),
    YEAR: _("Whole year"),
}  # fmt: skip
_LENGTHS = {DAY: 1, WEEK: 7, FOUR_WEEKS: 28}


class InvalidPeriod(ValueError):
    """Raised for a period that cannot be asked; its text is the message for the reader."""


@dataclass(frozen=True)
class Period:
    """A period from the first to the last day, both included; `is_fixed` if it counts days, as a week does."""

    first: date
    last: date
    is_fixed: bool = field(default=False, compare=False)

    def __str__(self):
        language = reader_language()
        if self.first == self.last:
            return dates.format_date(self.first, language)
        return f"{dates.format_date(self.first, language)} – {dates.format_date(self.last, language)}"

    @property
    def has_whole_months(self):
        return self.first.day == 1 and self.last == last_day_of_month(self.last)

    def shift_years(self, years):
        """Return the same period of another year: so many days, whole months, or the same dates.

        29 February is 28 February in a year without it.
        """
        first, last = (_in_year(day, day.year + years) for day in (self.first, self.last))
        if self.is_fixed:
            last = first + (self.last - self.first)
        elif self.has_whole_months:
            last = last_day_of_month(last)
        return replace(self, first=first, last=last)

    def until(self, day):
        """Return the part of the period up to a day, at least its first day: a running month is compared with as many days."""
        return replace(self, last=max(self.first, min(self.last, day)))


def _in_year(day, year):
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def parse_day(text):
    """Return the day that a reader typed; raise InvalidPeriod with the reason."""
    try:
        return dates.parse_date(text)
    except dates.InvalidDate as error:
        raise InvalidPeriod(describe_date_error(error)) from None


def parse_month(text):
    """Return the first day of a month typed as 11/2026; raise InvalidPeriod with the reason."""
    return parse_day(f"01/{text.strip().replace('-', '/')}")


def format_month(month):
    """Return 202611 as វិច្ឆិកា ២០២៦ or November 2026."""
    return dates.format_month(first_day(month), reader_language())


def first_day(month):
    """Return the first day of a month given as a number: 202611."""
    return date(month // 100, month % 100, 1)


def month_number(day):
    """Return the month of a day as a number: 202611."""
    return day.year * 100 + day.month


def add_months(day, months):
    """Return the first day of the month that is so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def add_days(day, days):
    """Return the day that is so many days later."""
    return day + timedelta(days=days)


def last_day_of_month(day):
    """Return the last day of the month of this day."""
    return add_months(day, 1) - timedelta(days=1)


def choose_month(today):
    """Return the month that a page of work shows first, as a number: the one before during the first days of a month."""
    return month_number(add_months(today, -1 if today.day <= YOUNG_DAYS else 0))


def find_last_complete_day(kind, today):
    """Return yesterday, or the last day of the last complete month if the kind is a month."""
    return add_days(today.replace(day=1) if kind == MONTH else today, -1)


def build_period(kind, last):
    """Return the period of this kind that ends on the day `last`, or contains it if it is a month or a year."""
    if kind in _LENGTHS:
        return Period(last - timedelta(days=_LENGTHS[kind] - 1), last, is_fixed=True)
    if kind == MONTH:
        return Period(last.replace(day=1), last_day_of_month(last))
    if kind == YEAR:
        return Period(date(last.year, 1, 1), date(last.year, 12, 31))
    return Period(date(last.year, 1, 1), last)


def parse_months(first_text, last_text):
    """Return the period of whole months from one to another; raise InvalidPeriod with the reason."""
    first, last = parse_month(first_text), last_day_of_month(parse_month(last_text))
    if last < first:
        raise InvalidPeriod(gettext("The period ends before it begins."))
    if last.year - first.year >= MAX_YEARS:
        raise InvalidPeriod(
            gettext(
                "A period has at most %(years)s years.",
                years=dates.format_number(MAX_YEARS, reader_language()),
            )
        )
    return Period(first, last)
