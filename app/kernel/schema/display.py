"""How a value of a record is shown: in the reader's language, by what its field declares."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from flask_babel import gettext

from app.kernel.i18n.locale import language
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.fields import Field, parts
from app.kernel.text import dates, khmer

NOTHING = Field(label="")


@dataclass(frozen=True)
class Clock:
    """Time held against its limit, in hours, as `parts/clock.html` draws it."""

    id: str
    text: str
    passed: float
    limit: int
    warnings: tuple
    state: str  # "", soon or over


def shown(record, name, meaning=NOTHING):
    """The text of one field of one record; empty where there is nothing to show."""
    if meaning.lookup:
        return linked(record, name, meaning)
    value = getattr(record, name)
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.several:
        return listed(meaning.several, value)
    if meaning.pair:
        return meaning.pair.of(value) if value else ""  # a page full of "no" hides the one "yes"
    return said(value)


def listed(lookup, value):
    """The words of several keys of a lookup."""
    return " · ".join(map(lookups.named(lookup).words, parts(value)))


def linked(record, name, meaning):
    """The words of a link, from memory where the lookup keeps them there, else from the loaded record."""
    words = lookups.named(meaning.lookup).words
    if words is None:
        linked_record = getattr(record, name)
        if linked_record is None and getattr(record, foreign_key(type(record), name)) is not None:
            return gettext("Not shown here")  # it lies outside the reader's part, or is protected
        return "" if linked_record is None else str(linked_record)
    key = getattr(record, foreign_key(type(record), name))
    return words(key) if key else ""


@cache
def foreign_key(model, name):
    """The name of the column behind a link."""
    return next(iter(model.__mapper__.relationships[name].local_columns)).key


def said(value):
    """A plain value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return dates.say_moment(value, language())
    if isinstance(value, date):
        return dates.say_date(value, language())
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return dates.say_number(Decimal(text.rstrip("0").rstrip(".") if "." in text else text), language())
    if isinstance(value, int):  # an age or a year: the reader's digits, no thousands
        return khmer.khmer_digits(value) if language() == "km" else str(value)
    return str(value)
