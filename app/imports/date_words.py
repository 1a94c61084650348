"""Splits a date as officers wrote it: with month names, numbers in Khmer words, eras, or digits without separators."""

import re
from typing import NamedTuple

from app.kernel.text import khmer

BUDDHIST, COMMON = "buddhist", "common"
_MONTHS = (
    "មករា january jan",
    "កុម្ភៈ កុម្ភះ កុម្ភ: កម្ភៈ february feb",
    "មីនា មិនា march mar",
    "មេសា april apr",
    "ឧសភា ឩសភា may",
    "មិថុនា មិថុនា មីថុនា june jun",
    "កក្កដា កកដា july jul",
    "សីហា សិហា august aug",
    "កញ្ញា កញា september sept sep",
    "តុលា october oct",
    "វិច្ឆិកា វិច្ចិកា វិច្ឆកា november nov",
    "ធ្នូ ធ្នូរ ធ្នូ december dec",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = re.compile(
    "|".join(
        rf"\b{name}\b\.?" if name.isascii() and name[0].isalpha() and name[0] < "z" else re.escape(name)
        for name in sorted(MONTHS, key=len, reverse=True)
    ),
    re.IGNORECASE,
)
_ERAS = {
    BUDDHIST: ("ពុទ្ធសករាជ", "ព.ស.", "ព.ស", "b.e.", "be"),
    COMMON: ("គ្រិស្តសករាជ", "គ.ស.", "គ.ស", "a.d.", "ad"),
}
_WEEKDAY = "(?:អាទិត្យ|ចន្ទ|ច័ន្ទ|អង្គារ|ពុធ|ព្រហស្បតិ៍|ព្រហស្បត្តិ៍|សុក្រ|សៅរ៍)"
_FILLERS = re.compile(rf"ថ្ងៃ\s*{_WEEKDAY}?\s*(?:ទី)?|ខែ|ឆ្នាំ|ទី|of\b|,", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{1,4})\s?[-/. ]\s?([0-9]{1,2})\s?[-/. ]\s?([0-9]{1,4})(.*)", re.DOTALL)
_DAY_AND_YEAR = re.compile(r"([0-9]{1,4})[-./ ]+([0-9]{1,4})((?: .*)?)", re.DOTALL)
_COMPACT = re.compile("[0-9]{8}|[0-9]{6}")
_YEAR = re.compile("[0-9]{4}")
_UNITS = {
    "មួយ": 1, "ពីរ": 2, "បី": 3, "បួន": 4, "ប្រាំ": 5, "ប្រាំមួយ": 6, "ប្រាំពីរ": 7, "ប្រាំបី": 8, "ប្រាំបួន": 9,
}  # fmt: skip
_TENS = {
    "ដប់": 10,
    "ម្ភៃ": 20,
    "សាមសិប": 30,
    "សែសិប": 40,
    "ហាសិប": 50,
    "ហុកសិប": 60,
    "ចិតសិប": 70,
    "ប៉ែតសិប": 80,
    "កៅសិប": 90,
}
_SCALES = {"រយ": 100, "ពាន់": 1000}
_NUMBER = re.compile("|".join(sorted((*_UNITS, *_TENS, *_SCALES), key=len, reverse=True)))
_NUMBERS = re.compile(f"(?:{_NUMBER.pattern})+")


class DateParts(NamedTuple):
    """The numbers of a date; `day` and `month` are None if the text is only a year."""

    day: int | None
    month: int | None
    year: int
    time: str = ""
    era: str = ""
    is_long_year: bool = True  # written with more than two digits


def split_date(text, date_format):
    """Return the parts of a date, or None. `date_format` decides the order of day and month of numbers."""
    text, era = _take_era(khmer.to_latin_digits(text).strip())
    text, month = _take_month(text)
    if month:
        found = _DAY_AND_YEAR.fullmatch(text)
        if found is None:
            return None
        day, year = (found[2], found[1]) if len(found[1]) == 4 else (found[1], found[2])
        return DateParts(int(day), month, int(year), found[3], era, len(year) > 2) if len(day) < 3 else None
    if _COMPACT.fullmatch(text):
        text = _separate(text, date_format)
    parts = _DATE.fullmatch(text)
    if parts is None:
        return DateParts(None, None, int(text), era=era) if _YEAR.fullmatch(text) else None
    first, second, third = parts[1], parts[2], parts[3]
    if len(first) == 4 or (date_format == "ymd" and len(third) < 4):
        day, month, year = third, second, first
    else:
        day, month, year = (second, first, third) if date_format == "mdy" else (first, second, third)
    return DateParts(int(day), int(month), int(year), parts[4], era, len(year) > 2) if len(day) < 3 else None


def _take_era(text):
    """Return the text without the name of an era, and that era."""
    for era, names in _ERAS.items():
        for name in names:
            found = re.search(rf"(?<![a-zA-Z]){re.escape(name)}(?![a-zA-Z])", text, re.IGNORECASE)
            if found:
                return " ".join((text[: found.start()] + " " + text[found.end() :]).split()), era
    return text, ""


def _take_month(text):
    """Return the text without the name of a month and with numbers for number words, and the number of that month."""
    named = _MONTH.search(text)
    if named:
        text = f"{text[: named.start()]} {text[named.end() :]}"
    if not text.isascii() or named:
        text = _FILLERS.sub(" ", text)
        text = _NUMBERS.sub(lambda match: f" {read_number(match[0])} ", text)
    if named:
        text = re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", " ", text)
    name = named[0].rstrip(".").lower() if named else ""
    return " ".join(text.split()), MONTHS.get(name, 0)


def read_number(words):
    """Return the number of Khmer number words, such as ម្ភៃបី."""
    total = current = 0
    for word in _NUMBER.findall(words):
        if word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
        else:
            current += _UNITS.get(word) or _TENS[word]
    return total + current


def _separate(text, date_format):
    """Return digits without separators with them: year first if they begin with a year."""
    if len(text) == 8:
        year_first = text[:2] in ("19", "20", "24", "25") and text[4:6] <= "12" and "01" <= text[6:] <= "31"
        if year_first and (date_format == "ymd" or not ("1900" <= text[4:] <= "2100" and text[2:4] <= "12")):
            return f"{text[:4]}-{text[4:6]}-{text[6:]}"
        return f"{text[:2]}-{text[2:4]}-{text[4:]}"
    return f"{text[:2]}-{text[2:4]}-{text[4:]}"
