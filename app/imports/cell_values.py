"""Parses a cell for its target: normalized text, date, code or reference.

An uncertain value becomes a problem.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.imports import code_mapping, date_words, limon, target_fields
from app.imports.profiles import BUDDHIST, BUDDHIST_OFFSET
from app.imports.readers import UnreadableCell
from app.imports.readers.xlsx_cells import parse_serial_date
from app.kernel.forms.inputs import DATE_MESSAGES
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import reader_language
from app.kernel.text import dates, khmer

YES, NO = (
    frozenset(("1", "true", "yes", "x", "y", "បាទ", "មាន")),
    frozenset(("0", "false", "no", "n", "ទេ", "គ្មាន")),
)
WHOLE_NUMBER = re.compile("-?[0-9]{1,9}")
FIRST_BUDDHIST = 2400
MAX_NAMED_CODES = 10  # codes listed in a message
YEAR_ALONE = _("Only the year is known, but this field needs the whole date.")
IN_LIST = _("This value is not in the list.")


class Reference(NamedTuple):
    """A reference record, by code or by name. References of many cells are looked up together."""

    lookup: str
    key: str
    name: str

    @property
    def unknown_error(self):
        """Return the error for a reference that the system does not know."""
        text = _(
            "«%(value)s» is not in the system. Fix it, or define its meaning in the profile.",
            value=self.key[:40],
        )
        return InvalidCell(text)


class YearOnly(int):
    """A year of birth in place of a date."""


class DayOnly(datetime):
    """Midnight of a day whose time the file does not say."""


class InvalidCell(ValueError):
    """The cell cannot be imported; `message` says why, `rule` is the number of a broken rule."""

    def __init__(self, message, rule=""):
        super().__init__(message)
        self.message, self.rule = message, rule


def parse_cell(profile, target, cell):
    """Return the value of a cell; a link becomes a `Reference`. Raise InvalidCell."""
    if isinstance(cell, UnreadableCell):
        raise InvalidCell(cell.message)
    if cell is None:
        return None
    if isinstance(cell, date):
        return _convert_date_cell(target, cell)
    text = _normalize_text(profile, target, cell)
    if text == "":
        return None
    text = profile.codes.get(target.key, {}).get(text, text)
    return _PARSERS[target.type](profile, target, text)


def _convert_date_cell(target, cell):
    """Return the value of a cell that the spreadsheet stores as a date. Raise InvalidCell."""
    if target.type == target_fields.MOMENT:
        return cell if isinstance(cell, datetime) else DayOnly(cell.year, cell.month, cell.day)
    if target.type == target_fields.DATE:
        return cell.date() if isinstance(cell, datetime) else cell
    if target.name == "birth_year":
        return cell.year
    raise InvalidCell(_("This is a date, but this field needs another kind of value."))


def _normalize_text(profile, target, cell):
    if target.key in profile.limon:
        converted = limon.to_unicode(cell)
        if converted.unknown:
            pieces = " ".join(map(limon.format_piece, converted.unknown))
            raise InvalidCell(
                _("This text could not be converted from Limon to Unicode: %(pieces)s", pieces=pieces)
            )
        return converted.text if target.type == target_fields.LINES else khmer.normalize(converted.text)
    if limon.BRACKET_OPEN in cell:
        raise InvalidCell(_("Enter the text in brackets in Unicode."))
    try:
        return khmer.normalize(cell, multiline=target.type == target_fields.LINES)
    except khmer.InvalidText:
        raise InvalidCell(_("This text contains characters that cannot be saved.")) from None


def _parse_text(profile, target, text):
    if target.max_length and len(text) > target.max_length:
        raise InvalidCell(
            _("This text is too long. Use at most %(number)s characters.", number=target.max_length)
        )
    return text


def _parse_day(profile, target, text):
    moment = _parse_moment_text(profile.dates, profile.era, profile.pivot, text, target.name == "born_on")
    return moment if isinstance(moment, YearOnly) else moment.date()


def _parse_moment(profile, target, text):
    return _parse_moment_text(profile.dates, profile.era, profile.pivot, text)


@lru_cache(30_000)
def _parse_moment_text(date_format, era, pivot, text, year_allowed=False):
    """Return the date and time in the format of the profile, or a `YearOnly`. Raise InvalidCell.

    Cached, because a file repeats its dates. A year of the wrong era is an error, never a guess.
    """
    digits = khmer.to_latin_digits(text)
    if date_format.startswith("serial") and re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", digits):
        day = parse_serial_date(float(digits), date_format == "serial-1904")
        if isinstance(day, UnreadableCell):
            raise InvalidCell(day.message)
        return day if isinstance(day, datetime) else DayOnly(day.year, day.month, day.day)
    parts = date_words.split_date(text, date_format)
    if parts is None or (parts.day is None and not year_allowed):
        raise InvalidCell(YEAR_ALONE if parts is not None else DATE_MESSAGES["form"])
    year = _convert_year(parts, era, pivot)
    if parts.day is None:
        return YearOnly(year)
    try:
        moment, has_time = dates.parse_datetime(f"{parts.day:02}-{parts.month:02}-{year:04}{parts.time}")
        return moment if has_time else DayOnly(moment.year, moment.month, moment.day)
    except dates.InvalidDate as error:
        raise InvalidCell(_date_message(error)) from None


def _convert_year(parts, era, pivot):
    """Return the year of the common era. An era that the text names counts more than that of the profile."""
    year, era = parts.year, parts.era or era
    if year < 100 and pivot is not None and not parts.is_long_year:
        if era == BUDDHIST:
            return 2500 + year - BUDDHIST_OFFSET
        return year + (2000 if year <= pivot else 1900)
    if year >= FIRST_BUDDHIST and era != BUDDHIST:
        raise _wrong_era_error(year)
    return year - BUDDHIST_OFFSET if year >= FIRST_BUDDHIST else year


def _wrong_era_error(year):
    """Return the error for a Buddhist year, which is centuries after the date of entry."""
    text = _(
        "The year %(year)s is in the Buddhist era. Choose the Buddhist era in the profile.",
        year=str(year),
    )
    return InvalidCell(text, "V004")


def _date_message(error):
    return _FilledMessage(DATE_MESSAGES[error.code], error.values)


class _FilledMessage:
    """A message of the forms with its numbers, formatted when it is read."""

    def __init__(self, message, values):
        self.message, self.values = message, values

    def __str__(self):
        numbers = {name: dates.format_number(value, reader_language()) for name, value in self.values.items()}
        return str(self.message) % numbers


def _parse_integer(profile, target, text):
    digits = khmer.to_latin_digits(text)
    if not WHOLE_NUMBER.fullmatch(digits):
        raise InvalidCell(_("Enter a whole number with at most nine digits."))
    number = int(digits)
    if number < 0:
        raise InvalidCell(_("This number cannot be below zero."))
    if target.name == "birth_year" and number >= FIRST_BUDDHIST:
        if profile.era != BUDDHIST:
            raise _wrong_era_error(number)
        return number - BUDDHIST_OFFSET
    return number


def _parse_decimal(profile, target, text):
    """Return a decimal number; comma and point are both decimal marks, and digits are not grouped."""
    plain = khmer.to_latin_digits(text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", plain):
        raise InvalidCell(_("Enter a number."))
    return Decimal(plain)


def _parse_degree(profile, target, text):
    try:
        value = float(khmer.to_latin_digits(text).replace(",", "."))
    except ValueError:
        raise InvalidCell(_("Enter a number.")) from None
    if not -180 <= value <= 180:
        raise InvalidCell(_("This number is too large."))
    return value


def _parse_flag(profile, target, text):
    word = text.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise InvalidCell(IN_LIST)


def _parse_code(profile, target, text):
    keys = code_mapping.find_keys(target, text)
    if len(keys) > 1:
        raise InvalidCell(format_ambiguity(text, keys))
    if not keys:
        raise InvalidCell(
            _(
                "«%(value)s» is not in the list. Fix it, or define its meaning in the profile.",
                value=text[:40],
            )
        )
    return keys[0]


def format_ambiguity(text, keys):
    """Return the error message for a name that several codes or records have."""
    return _(
        "Several entries are named «%(value)s». Write the code of the correct one: %(codes)s.",
        value=text[:40],
        codes=", ".join(sorted(keys)[:MAX_NAMED_CODES]),
    )


def _parse_link(profile, target, text):
    return Reference(target.lookup, khmer.to_latin_digits(text), text)


_PARSERS = {
    target_fields.TEXT: _parse_text,
    target_fields.LINES: _parse_text,
    target_fields.DATE: _parse_day,
    target_fields.MOMENT: _parse_moment,
    target_fields.WHOLE_NUMBER: _parse_integer,
    target_fields.DECIMAL: _parse_decimal,
    target_fields.DEGREE: _parse_degree,
    target_fields.FLAG: _parse_flag,
    target_fields.CODE: _parse_code,
    target_fields.LINK: _parse_link,
}
