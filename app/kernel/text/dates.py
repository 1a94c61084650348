"""Dates and times as they are typed, stored and said in Cambodia.

Stored is the civil time of Cambodia without a zone. Typed are day, month and year in that order, or ISO, with
Khmer or Latin digits. Said it is in Khmer ("km") or in English (any other language); of None "" is said.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.kernel.text.khmer import Refused, khmer_digits, latin_digits, normal

CAMBODIA = ZoneInfo("Asia/Phnom_Penh")
FIRST_YEAR, LAST_YEAR = 1900, 2100  # a Buddhist year (2569) is refused, not guessed
_LONGEST = 40  # characters; no date is longer

_MONTHS = {
    "km": ["មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_WEEKDAYS = {
    "km": ["ច័ន្ទ", "អង្គារ", "ពុធ", "ព្រហស្បតិ៍", "សុក្រ", "សៅរ៍", "អាទិត្យ"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}

_KHMER_SEPARATORS = str.maketrans(",.", ".,")
_SPAN_UNITS = {"km": ("ថ្ងៃ", "ម៉ោង", "នាទី"), "en": ("day", "hour", "minute")}

_DATE = (
    r"(?:(?P<day>[0-9]{1,2}) ?(?P<by>[-/. ]) ?(?P<month>[0-9]{1,2}) ?(?P=by) ?(?P<year>[0-9]{1,4})"
    r"|(?P<iso_year>[0-9]{4})-(?P<iso_month>[0-9]{2})-(?P<iso_day>[0-9]{2}))"
)
_TIME = (
    r"(?P<hour>[0-9]{1,2})"
    r"(?:[:.](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?|(?<=[0-9]{2})(?P<bare_minute>[0-9]{2}))"
)
_READ_DATE = re.compile(_DATE)
_READ_MOMENT = re.compile(rf"{_DATE}(?:(?:T|,? (?:ម៉ោង ?)?){_TIME})?")


class Unreadable(ValueError):
    """A date or time that can't be read.

    `code` says what is wrong: "form" (not written like a date), "year" (two digits, or not 1900-2100),
    "month", "day" (the month has no such day), "time". `values` holds the numbers that were read: year, month
    and day, or hour and minute; so a caller can say "February has no 31st" in the reader's language.
    """

    def __init__(self, code: str, **values: int):
        super().__init__(code)
        self.code = code
        self.values = values


def now() -> datetime:
    """The civil time of Cambodia, without a zone."""
    return datetime.now(CAMBODIA).replace(tzinfo=None)


def read_date(text: str) -> date:
    """The date written in `text`: 05-03-2026, 5/3/2026, 05.03.2026, 05 03 2026 or 2026-03-05, also with Khmer
    digits. Raises Unreadable."""
    return _date(_match(_READ_DATE, text))


def read_moment(text: str) -> tuple[datetime, bool]:
    """The date and time written in `text`, and whether a time was given; without one it is 00:00.

    The date is written as for read_date, the time as 14:30, 14.30 or 1430, after a space, "ម៉ោង" or ISO's T.
    Raises Unreadable.
    """
    found = _match(_READ_MOMENT, text)
    day = _date(found)
    if found["hour"] is None:
        return datetime.combine(day, time()), False
    hour, minute = int(found["hour"]), int(found["minute"] or found["bare_minute"])
    try:
        return datetime.combine(day, time(hour, minute, int(found["second"] or 0))), True
    except ValueError:
        raise Unreadable("time", hour=hour, minute=minute) from None


def _match(form: re.Pattern, text: str) -> re.Match:
    if len(text) > _LONGEST:
        raise Unreadable("form")
    try:
        found = form.fullmatch(latin_digits(normal(text)))
    except Refused:
        raise Unreadable("form") from None
    if not found:
        raise Unreadable("form")
    return found


def _date(found: re.Match) -> date:
    year, month, day = (int(found[part] or found[f"iso_{part}"]) for part in ("year", "month", "day"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable("year", year=year, month=month, day=day)
    if not 1 <= month <= 12:
        raise Unreadable("month", year=year, month=month, day=day)
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable("day", year=year, month=month, day=day) from None


def say_date(value: date | None, language: str) -> str:
    """០៥/០៣/២០២៦ or 05/03/2026."""
    return "" if value is None else _digits(f"{value:%d/%m/%Y}", language)


def say_moment(value: datetime | None, language: str) -> str:
    """០៥/០៣/២០២៦ ម៉ោង ១៤:៣០ or 05/03/2026 14:30."""
    if value is None:
        return ""
    # Where a line is too short the day and the time part, and not the hour and its word.
    hour = f"ម៉ោង\u00a0{value:%H:%M}" if language == "km" else f"{value:%H:%M}"
    return _digits(f"{value:%d/%m/%Y} {hour}", language)


def long_date(value: date | None, language: str, weekday: bool = False) -> str:
    """ថ្ងៃទី៥ ខែមីនា ឆ្នាំ២០២៦ or 5 March 2026; with `weekday` ថ្ងៃព្រហស្បតិ៍ ទី៥ … or Thursday 5 …"""
    if value is None:
        return ""
    known = "km" if language == "km" else "en"
    month = _MONTHS[known][value.month - 1]
    name = _WEEKDAYS[known][value.weekday()] + " " if weekday else ""
    if known == "km":
        return khmer_digits(f"ថ្ងៃ{name}ទី{value.day} ខែ{month} ឆ្នាំ{value.year}")
    return f"{name}{value.day} {month} {value.year}"


def say_number(number: int | float | Decimal | None, language: str) -> str:
    """១.៦១២ or 1,612; ៧២,៤ or 72.4. As many decimals as the number has: round before."""
    if number is None:
        return ""
    text = f"{number:,}"
    return khmer_digits(text.translate(_KHMER_SEPARATORS)) if language == "km" else text


def say_span(span: timedelta | int | None, language: str) -> str:
    """A length of time, given as timedelta or in whole minutes: ១៧ ម៉ោង ៣៨ នាទី or 17 hours 38 minutes.

    Seconds are cut off. Above 48 hours it is said in days and hours. Below zero it has a minus before it.
    """
    if span is None:
        return ""
    minutes = int(span / timedelta(minutes=1)) if isinstance(span, timedelta) else span
    hours, rest = divmod(abs(minutes), 60)
    counts = (*divmod(hours, 24), 0) if abs(minutes) > 48 * 60 else (0, hours, rest)
    known = "km" if language == "km" else "en"
    said = [
        _count(number, unit, known) for number, unit in zip(counts, _SPAN_UNITS[known], strict=True) if number
    ]
    return ("-" if minutes < 0 else "") + (" ".join(said) or _count(0, _SPAN_UNITS[known][2], known))


def _count(number: int, unit: str, language: str) -> str:
    if language == "km":
        return khmer_digits(f"{number} {unit}")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _digits(text: str, language: str) -> str:
    return khmer_digits(text) if language == "km" else text
