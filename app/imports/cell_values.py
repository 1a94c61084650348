"""What a cell means for its target: text in normal form, a day, a code, a place. What is not sure is a problem."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.imports import code_mapping, limon, target_fields
from app.imports.profiles import BUDDHIST, YEARS_APART
from app.imports.readers import Bad
from app.imports.readers.xlsx_cells import day_of
from app.kernel.forms.inputs import DATE_SENTENCES
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import language
from app.kernel.text import dates, khmer

YES, NO = (
    frozenset(("1", "true", "yes", "x", "y", "បាទ", "មាន")),
    frozenset(("0", "false", "no", "n", "ទេ", "គ្មាន")),
)
WHOLE = re.compile("-?[0-9]{1,9}")
PARTS = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})(.*)", re.DOTALL)
FIRST_BUDDHIST = 2400
NAMED = 10  # codes that a sentence names
IN_LIST = _("This value is not in the list.")


class Reference(NamedTuple):
    """A record of the reference data, by its code or by the name that was written; many are looked up at once."""

    lookup: str
    key: str
    name: str

    @property
    def unknown(self):
        text = _(
            "«%(value)s» is not in the register. Mend it, or say in the profile what it means.",
            value=self.key[:40],
        )
        return Unclear(text)


class Unclear(ValueError):
    """A cell that cannot be taken over; `sentence` says why, by the rule of that number where there is one."""

    def __init__(self, sentence, rule=""):
        super().__init__(sentence)
        self.sentence, self.rule = sentence, rule


def read(profile, target, cell):
    """The value of one cell; of a link its `Reference`. Raises Unclear."""
    if isinstance(cell, Bad):
        raise Unclear(cell.sentence)
    if cell is None:
        return None
    if isinstance(cell, date):
        return _of_day(target, cell)
    text = _text(profile, target, cell)
    if text == "":
        return None
    text = profile.codes.get(target.key, {}).get(text, text)
    return _READ[target.type](profile, target, text)


def _of_day(target, cell):
    """A cell that the sheet itself keeps as a date."""
    if target.type == target_fields.MOMENT:
        return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
    if target.type == target_fields.DATE:
        return cell.date() if isinstance(cell, datetime) else cell
    if target.name == "birth_year":
        return cell.year
    raise Unclear(_("This is a date, and something else belongs here."))


def _text(profile, target, cell):
    if target.key in profile.limon:
        turned = limon.to_unicode(cell)
        if turned.unknown:
            pieces = " ".join(map(limon.named, turned.unknown))
            raise Unclear(_("This could not be turned from Limon into Unicode: %(pieces)s", pieces=pieces))
        return turned.text if target.type == target_fields.LINES else khmer.normal(turned.text)
    if limon.OPENED in cell:
        raise Unclear(_("Write in Unicode what stands in brackets."))
    try:
        return khmer.normal(cell, lines=target.type == target_fields.LINES)
    except khmer.Refused:
        raise Unclear(_("This text holds characters that cannot be kept.")) from None


def _words(profile, target, text):
    if target.longest and len(text) > target.longest:
        raise Unclear(_("This text is too long: at most %(number)s characters.", number=target.longest))
    return text


def _day(profile, target, text):
    return _moment(profile, target, text).date()


def _moment(profile, target, text):
    return _read_moment(profile.dates, profile.era, text)


@lru_cache(30_000)
def _read_moment(written, era, text):
    """The day as the profile says that days are `written`: kept, as a file says the same days again and again. A year of the
    wrong era is never taken for another."""
    digits = khmer.latin_digits(text)
    if written == "serial" and re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", digits):
        day = day_of(float(digits))
        if isinstance(day, Bad):
            raise Unclear(day.sentence)
        return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    parts = PARTS.fullmatch(digits)
    if parts is None:
        raise Unclear(DATE_SENTENCES["form"])
    day, month, year = _in_order(written, parts)
    if year >= FIRST_BUDDHIST and era != BUDDHIST:
        raise _of_another_era(year)
    if year >= FIRST_BUDDHIST:
        year -= YEARS_APART
    try:
        return dates.read_moment(f"{day:02}-{month:02}-{year:04}{parts[4]}")[0]
    except dates.Unreadable as fault:
        raise Unclear(_date_sentence(fault)) from None


def _of_another_era(year):
    """It lies centuries after every entry."""
    text = _(
        "The year %(year)s is of the Buddhist era. Say in the profile that the file counts so.",
        year=str(year),
    )
    return Unclear(text, "V004")


def _in_order(written, parts):
    one, two, three = (int(parts[place]) for place in (1, 2, 3))
    if written == "ymd" or len(parts[1]) == 4:
        return three, two, one
    return (two, one, three) if written == "mdy" else (one, two, three)


def _date_sentence(fault):
    return _Filled(DATE_SENTENCES[fault.code], fault.values)


class _Filled:
    """A sentence of the forms with its numbers, told when it is read."""

    def __init__(self, sentence, values):
        self.sentence, self.values = sentence, values

    def __str__(self):
        said = {name: dates.say_number(value, language()) for name, value in self.values.items()}
        return str(self.sentence) % said


def _whole(profile, target, text):
    digits = khmer.latin_digits(text)
    if not WHOLE.fullmatch(digits):
        raise Unclear(_("Write a whole number of at most nine digits."))
    number = int(digits)
    if number < 0:
        raise Unclear(_("This number cannot be below zero."))
    if target.name == "birth_year" and number >= FIRST_BUDDHIST:
        if profile.era != BUDDHIST:
            raise _of_another_era(number)
        return number - YEARS_APART
    return number


def _exact(profile, target, text):
    """A number with decimals; a comma is the decimal mark as well as a point, and nothing is grouped."""
    plain = khmer.latin_digits(text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", plain):
        raise Unclear(_("Write a number."))
    return Decimal(plain)


def _degree(profile, target, text):
    try:
        value = float(khmer.latin_digits(text).replace(",", "."))
    except ValueError:
        raise Unclear(_("Write a number.")) from None
    if not -180 <= value <= 180:
        raise Unclear(_("This number is too large."))
    return value


def _flag(profile, target, text):
    word = text.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unclear(IN_LIST)


def _code(profile, target, text):
    keys = code_mapping.keys_of(target, text)
    if len(keys) > 1:
        raise Unclear(of_several(text, keys))
    if not keys:
        raise Unclear(
            _(
                "«%(value)s» is not in the list. Mend it, or say in the profile what it means.",
                value=text[:40],
            )
        )
    return keys[0]


def of_several(text, keys):
    """What is said of a word that several codes or records bear."""
    return _(
        "Several have the name «%(value)s». Write the code of the one that is meant: %(codes)s.",
        value=text[:40],
        codes=", ".join(sorted(keys)[:NAMED]),
    )


def _link(profile, target, text):
    return Reference(target.lookup, khmer.latin_digits(text), text)


_READ = {
    target_fields.TEXT: _words, target_fields.LINES: _words, target_fields.DATE: _day, target_fields.MOMENT: _moment, target_fields.WHOLE: _whole,
    target_fields.EXACT: _exact, target_fields.DEGREE: _degree, target_fields.FLAG: _flag, target_fields.CODE: _code, target_fields.LINK: _link,
}  # fmt: skip
