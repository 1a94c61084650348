"""Parsing and formatting of dates, times, numbers and durations in Khmer and English.

Dates are stored in the civil time of Cambodia without a time zone. Input is day, month and year in that order, or ISO, with
Khmer or Latin digits. Output is Khmer ("km") or English (any other language). Formatting None gives "".
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.kernel.text.khmer import InvalidText, normalize, to_khmer_digits, to_latin_digits

CAMBODIA = ZoneInfo("Asia/Phnom_Penh")
CIVIL_ZONE = timezone(timedelta(hours=7))  # for records of all years: before 1945 the zone had other offsets
FIRST_YEAR, LAST_YEAR = 1900, 2100  # a Buddhist year (2569) is rejected, not converted
_MAX_LENGTH = 40  # characters; no date is longer

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

_SHORT_WEEKDAYS = {
    "km": ["ច", "អ", "ពុ", "ព្រ", "សុ", "ស", "អា"],
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}

_KHMER_SEPARATORS = str.maketrans(",.", ".,")
_DURATION_UNITS = {"km": ("ថ្ងៃ", "ម៉ោង", "នាទី"), "en": ("day", "hour", "minute")}

_DATE = (
    r"(?:(?P<day>[0-9]{1,2}) ?(?P<by>[-/. ]) ?(?P<month>[0-9]{1,2}) ?(?P=by) ?(?P<year>[0-9]{1,4})"
    r"|(?P<iso_year>[0-9]{4})-(?P<iso_month>[0-9]{2})-(?P<iso_day>[0-9]{2}))"
)
_TIME = (
    r"(?P<hour>[0-9]{1,2})"
    r"(?:[:.](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,6})?)?|(?<=[0-9]{2})(?P<bare_minute>[0-9]{2}))"
)
_DATE_PATTERN = re.compile(_DATE)
_ZONE = r"(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})"  # as the API writes times
_DATETIME_PATTERN = re.compile(rf"{_DATE}(?:(?:T|,? (?:ម៉ោង ?)?){_TIME}{_ZONE}?)?")


class InvalidDate(ValueError):
    """Raised for a date or time that cannot be parsed.

    `code` names the fault: "form" (not written like a date), "year" (two digits, or not 1900-2100), "month", "day" (the
    month has no such day) or "time". `values` holds the parsed numbers: year, month and day, or hour and minute. A caller
    can use them for a message such as "February has no 31st" in the reader's language.
    """

    def __init__(self, code: str, **values: int):
        super().__init__(code)
        self.code = code
        self.values = values


def now() -> datetime:
    """Return the civil time of Cambodia without a time zone."""
    return datetime.now(CAMBODIA).replace(tzinfo=None)


def parse_date(text: str) -> date:
    """Return the date in `text`; raise InvalidDate.

    Accepts 05-03-2026, 5/3/2026, 05.03.2026, 05 03 2026 and 2026-03-05, also with Khmer digits.
    """
    return _to_date(_match(_DATE_PATTERN, text))


def parse_datetime(text: str) -> tuple[datetime, bool]:
    """Return the date and time in `text`, and whether it has a time (otherwise 00:00); raise InvalidDate.

    The date has a form of `parse_date`. The time is 14:30, 14.30 or 1430, after a space, "ម៉ោង" or ISO's T. A time with a
    zone (14:30:00+07:00, 07:30:00Z) is converted to the time of Cambodia.
    """
    match = _match(_DATETIME_PATTERN, text)
    day = _to_date(match)
    if match["hour"] is None:
        return datetime.combine(day, time()), False
    hour, minute = int(match["hour"]), int(match["minute"] or match["bare_minute"])
    try:
        moment = datetime.combine(day, time(hour, minute, int(match["second"] or 0)))
    except ValueError:
        raise InvalidDate("time", hour=hour, minute=minute) from None
    return _to_civil_time(moment, match["zone"]), True


def _to_civil_time(moment: datetime, zone: str | None) -> datetime:
    if zone is None:
        return moment
    try:
        zoned = datetime.fromisoformat(moment.isoformat() + zone)
    except ValueError:  # +99:00
        raise InvalidDate("form") from None
    civil = zoned.astimezone(CIVIL_ZONE).replace(tzinfo=None)
    if not FIRST_YEAR <= civil.year <= LAST_YEAR:
        raise InvalidDate("year", year=civil.year)
    return civil


def format_iso(moment: datetime) -> str:
    """Return a civil time of Cambodia as RFC 3339 writes it: 2026-03-05T14:30:00+07:00."""
    return moment.replace(tzinfo=CIVIL_ZONE).isoformat()


def _match(pattern: re.Pattern, text: str) -> re.Match:
    if len(text) > _MAX_LENGTH:
        raise InvalidDate("form")
    try:
        match = pattern.fullmatch(to_latin_digits(normalize(text)))
    except InvalidText:
        raise InvalidDate("form") from None
    if not match:
        raise InvalidDate("form")
    return match


def _to_date(match: re.Match) -> date:
    year, month, day = (int(match[part] or match[f"iso_{part}"]) for part in ("year", "month", "day"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidDate("year", year=year, month=month, day=day)
    if not 1 <= month <= 12:
        raise InvalidDate("month", year=year, month=month, day=day)
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidDate("day", year=year, month=month, day=day) from None


def format_date(value: date | None, language: str) -> str:
    """Return the date as ០៥/០៣/២០២៦ or 05/03/2026."""
    return "" if value is None else _with_digits(f"{value:%d/%m/%Y}", language)


def format_datetime(value: datetime | None, language: str) -> str:
    """Return the date and time as ០៥/០៣/២០២៦ ម៉ោង ១៤:៣០ or 05/03/2026 14:30."""
    if value is None:
        return ""
    # The no-break space keeps the hour with its word; a line may break between date and time.
    hour = f"ម៉ោង\u00a0{value:%H:%M}" if language == "km" else f"{value:%H:%M}"
    return _with_digits(f"{value:%d/%m/%Y} {hour}", language)


def format_long_date(value: date | None, language: str, weekday: bool = False) -> str:
    """Return the date as ថ្ងៃទី៥ ខែមីនា ឆ្នាំ២០២៦ or 5 March 2026; `weekday` adds ថ្ងៃព្រហស្បតិ៍ or Thursday."""
    if value is None:
        return ""
    locale = "km" if language == "km" else "en"
    month = _MONTHS[locale][value.month - 1]
    name = _WEEKDAYS[locale][value.weekday()] + " " if weekday else ""
    if locale == "km":
        return to_khmer_digits(f"ថ្ងៃ{name}ទី{value.day} ខែ{month} ឆ្នាំ{value.year}")
    return f"{name}{value.day} {month} {value.year}"


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def format_month(value: date, language: str) -> str:
    """Return the month of the date as មីនា ២០២៦ or March 2026."""
    month = _MONTHS["km" if language == "km" else "en"][value.month - 1]
    return _with_digits(f"{month} {value.year}", language)


def format_weekday(number: int, language: str, short: bool = False) -> str:
    """Return the name of a weekday, Monday is 0: ព្រហស្បតិ៍ or Thursday, short ព្រ or Thu."""
    names = _SHORT_WEEKDAYS if short else _WEEKDAYS
    return names["km" if language == "km" else "en"][number]


def format_number(number: int | float | Decimal | None, language: str) -> str:
    """Return the number as ១.៦១២ or 1,612, ៧២,៤ or 72.4, with all its decimals: round it before."""
    if number is None:
        return ""
    text = f"{number:,}"
    return to_khmer_digits(text.translate(_KHMER_SEPARATORS)) if language == "km" else text


def format_duration(duration: timedelta | int | None, language: str) -> str:
    """Return a duration (timedelta or whole minutes) as ១៧ ម៉ោង ៣៨ នាទី or 17 hours 38 minutes.

    Seconds are cut off. A duration above 48 hours is given in days and hours. A negative one begins with a minus.
    """
    if duration is None:
        return ""
    minutes = int(duration / timedelta(minutes=1)) if isinstance(duration, timedelta) else duration
    hours, rest = divmod(abs(minutes), 60)
    counts = (*divmod(hours, 24), 0) if abs(minutes) > 48 * 60 else (0, hours, rest)
    locale = "km" if language == "km" else "en"
    parts = [
        _format_count(number, unit, locale)
        for number, unit in zip(counts, _DURATION_UNITS[locale], strict=True)
        if number
    ]
    return ("-" if minutes < 0 else "") + (
        " ".join(parts) or _format_count(0, _DURATION_UNITS[locale][2], locale)
    )


def _format_count(number: int, unit: str, language: str) -> str:
    if language == "km":
        return to_khmer_digits(f"{number} {unit}")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _with_digits(text: str, language: str) -> str:
    return to_khmer_digits(text) if language == "km" else text
