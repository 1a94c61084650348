"""Formats the values of a record in the reader's language, as their fields declare."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.fields import Field, split_keys
from app.kernel.text import dates, khmer

NO_FIELD = Field(label="")


@dataclass(frozen=True)
class Deadline:
    """The elapsed time and its limit, in hours, for `parts/deadline.html`."""

    id: str
    text: str
    elapsed: float
    limit: int
    warnings: tuple
    state: str  # "", "soon" or "over"


def format_field(record, name, field=NO_FIELD):
    """Return the text of one field of a record, empty if there is nothing to show."""
    if hides_field(record, name):
        return gettext("Not shown here")
    if field.lookup:
        return format_link(record, name, field)
    value = getattr(record, name)
    if field.codes:
        return code_lists.label(field.codes, value)
    if field.multi_choice:
        return format_keys(field.multi_choice, value)
    if field.yes_no_labels:
        return (
            field.yes_no_labels.label_for(value) if value else ""
        )  # many "no" values would hide the few "yes" values
    if is_unknown(record, name):
        return gettext("Date unknown")
    return format_value(value.date() if is_day_only(record, name) else value)


def hides_field(record, name):
    """Return whether the field identifies a person whose identity the record hides from the reader."""
    return name in getattr(type(record), "__identity_fields__", ()) and record.hides_identity


def is_unknown(record, name):
    """Return whether no source states this time: the column then holds the earliest possible day."""
    flag = getattr(record, "__unknown_flags__", {}).get(name)
    return flag is not None and getattr(record, flag)


def is_day_only(record, name):
    """Return whether only the day of this time is known: the column then holds midnight."""
    flag = getattr(record, "__day_flags__", {}).get(name)
    return flag is not None and getattr(record, name) is not None and getattr(record, flag)


def format_keys(lookup, value):
    """Return the labels of the comma-separated keys of a lookup."""
    return " · ".join(map(lookups.get_lookup(lookup).words, split_keys(value)))


def format_link(record, name, field):
    """Return the label of a linked record: from memory if the lookup supports it, else from the record."""
    words = lookups.get_lookup(field.lookup).words
    if words is None:
        linked_record = getattr(record, name)
        if linked_record is None and getattr(record, foreign_key_column(type(record), name)) is not None:
            return gettext("Not shown here")  # outside the reader's scope, or protected
        return "" if linked_record is None else str(linked_record)
    key = getattr(record, foreign_key_column(type(record), name))
    return words(key) if key else ""


@cache
def foreign_key_column(model, name):
    """Return the name of the foreign key column of a link."""
    return next(iter(model.__mapper__.relationships[name].local_columns)).key


def format_value(value):
    """Return a plain value as text in the reader's language."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return dates.format_datetime(value, reader_language())
    if isinstance(value, date):
        return dates.format_date(value, reader_language())
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return dates.format_number(
            Decimal(text.rstrip("0").rstrip(".") if "." in text else text), reader_language()
        )
    if isinstance(value, int):  # an age or a year: no thousands separator
        return khmer.to_khmer_digits(value) if reader_language() == "km" else str(value)
    return str(value)
