"""Filters of a list that are more than one column: a place with all places in it, an offence of a case, a deadline.

A view declares them in `list_filters`. They are shown, combined and checked like the filters of its columns.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, and_, false, or_, true

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.fields import Field
from app.kernel.text import dates, khmer

OVERDUE, DAY, WEEK = "overdue", "day", "week"
DUE_CHOICES = {OVERDUE: _("Overdue"), DAY: _("Within a day"), WEEK: _("Within 7 days")}


@dataclass(frozen=True)
class ListFilter(Field):
    """A filter by one key: of a lookup, of a code list, or of `choices` (key → label). A `typed` one has a free text.

    `build(key)` returns the condition on the rows of the list.
    """

    build: Callable[[Any], Any] | None = None
    choices: dict = field(default_factory=dict)
    typed: bool = False

    def parse(self, value):
        """Return (key, text for the reader) of a submitted value. Raise ValueError if there is no such choice."""
        value = khmer.normalize(value)
        if self.typed:
            return value, value
        if self.lookup:
            lookup = lookups.get_lookup(self.lookup)
            record = lookup.get(value)
            if record is None:
                raise ValueError(value)
            key = record.__mapper__.primary_key_from_instance(record)[0]
            return key, lookup.words(key) if lookup.words else str(record)
        labels = code_lists.choices_with_retired(self.codes) if self.codes else self.choices
        if value not in labels:
            raise ValueError(value)
        return value, str(labels[value])


def words_filter(*columns, label):
    """Return the filter by words that are anywhere in one of the columns. The text never appears in a URL."""

    def build(text):
        words = text.split()
        return and_(*(or_(*(column.icontains(one, autoescape=True) for column in columns)) for one in words))

    return ListFilter(label, typed=True, private=True, build=build)


def due_filter(column, is_open):
    """Return the filter by the deadline in `column` of the rows for which `is_open` holds."""

    return make_due_filter(lambda key: and_(is_open, is_due(column, key)))


def make_due_filter(build):
    return ListFilter(_("Deadline"), choices=DUE_CHOICES, build=build)


def is_due(column, key):
    """Return the condition that the deadline in `column` is as the choice `key` of DUE_CHOICES says."""
    now = dates.now().date() if isinstance(column.type, Date) else dates.now()
    if key == OVERDUE:
        return column < now
    return column.between(now, now + timedelta(days=1 if key == DAY else 7))


def visible_rows(model):
    """Return the condition that the reader sees a row of `model`, for a filter of rows that hold other rows.

    The session adds it to the rows of the list only where it filters them itself, and never to a count below it.
    """
    scope = actor_of(db.session).scope
    condition = false() if scope is None else model.__row_filter__(scope)
    return true() if condition is None else condition
