"""The filters of a list: `_flt_<n>_<column>` in the URL, or behind a token where the value is personal.

FAB's `contains` scans the table; here text is compared from its beginning, so that an index answers.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import abort
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, Float, Integer, Numeric

from app.kernel.forms.inputs import said_of_day
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key, said
from app.kernel.schema.fields import declared
from app.kernel.screens.search_tokens import read_slip
from app.kernel.text import dates, khmer

IS, BEGINS, FROM, UNTIL = _("is"), _("begins with"), _("from"), _("until")
LONGEST = 200  # characters of one value
HIGHEST = "\U0010ffff"


@dataclass(frozen=True)
class Chip:
    """One filter in force, as people read it; `key` is its name in the URL."""

    key: str
    label: str
    operator: str
    value: str
    private: bool


@dataclass(frozen=True)
class Fault:
    """A value that cannot be read, under the comparison that was chosen for it, and the sentence that says why."""

    number: int
    text: str


class Filters:
    """The conditions that `args` puts on `model`, and how they read.

    What cannot be read is refused, unless it was `typed` a moment ago: then `faults` has it, by column.
    """

    def __init__(self, model, columns, args, typed=False):
        self.model, self.columns, self.typed = model, columns, typed
        self.faults = {}
        self.meanings = declared(model)
        self.conditions, self.chips = [], []
        self.begun = {}  # column of which the text or its beginning is known → that text
        self._take(args)
        if args.get("slip"):
            self._take(read_slip(args["slip"]))

    def _take(self, args):
        for key, value in args.items():
            if not key.startswith("_flt_") or not value:
                continue
            number, _separator, column = key.removeprefix("_flt_").partition("_")
            if column not in self.columns or number not in map(str, range(len(self.operators(column)))):
                abort(400, gettext("This list cannot be filtered by that."))
            if len(value) > LONGEST:
                text = gettext("This text is too long: at most %(number)s characters.", number=said(LONGEST))
                self._refuse(column, number, text)
                continue
            try:
                condition, words = self._condition(column, int(number), value)
            except (ValueError, khmer.Refused) as fault:
                text = said_of_day(fault) if isinstance(fault, dates.Unreadable) else ""
                text = text or gettext(
                    "The value of the filter «%(field)s» cannot be read.", field=self._label(column)
                )
                self._refuse(column, number, text)
                continue
            self.conditions.append(condition)
            private = self.meanings[column].private
            operator = str(self.operators(column)[int(number)])
            self.chips.append(Chip(key, self._label(column), operator, words, private))

    def _refuse(self, column, number, text):
        if not self.typed:
            abort(400, text)
        self.faults[column] = Fault(int(number), text)

    def _label(self, column):
        return str(self.meanings[column].label)

    def _type(self, column):
        return self.model.__mapper__.column_attrs[column].columns[0].type

    def operators(self, column):
        """The ways in which a column can be compared."""
        meaning = self.meanings[column]
        if meaning.lookup or meaning.codes or meaning.pair:
            return [IS]
        if isinstance(self._type(column), (Date, DateTime, Integer, Numeric, Float)):
            return [FROM, UNTIL]
        return [BEGINS, IS]

    def _condition(self, name, number, value):
        meaning = self.meanings[name]
        if meaning.lookup:
            return self._link(name, meaning, value)
        column = getattr(self.model, name)
        if meaning.codes:
            if value not in code_lists.keys(meaning.codes):
                raise ValueError(value)
            words = code_lists.ever(meaning.codes).get(value) or code_lists.label(meaning.codes, value)
            return column == value, words
        type_ = self._type(name)
        if meaning.pair:
            if value not in ("0", "1"):
                raise ValueError(value)
            return column.is_(value == "1"), meaning.pair.of(value == "1")
        if isinstance(type_, (Date, DateTime)):
            return self._day(column, type_, number, value)
        if isinstance(type_, (Integer, Numeric, Float)):
            limit = int(khmer.latin_digits(value))
            if abs(limit) > 2**31 - 1:
                raise ValueError(value)
            return (column >= limit if number == 0 else column <= limit), str(limit)
        text = khmer.normal(value)
        self.begun[name] = text
        if number == 1:
            return column == text, text
        return (column >= text) & (column < text + HIGHEST), text

    def _day(self, column, type_, number, value):
        day = dates.read_date(value)
        words = said(day)
        if isinstance(type_, Date):
            return (column >= day if number == 0 else column <= day), words
        start = datetime.combine(day, time())
        return (column >= start if number == 0 else column < start + timedelta(days=1)), words

    def _link(self, name, meaning, value):
        lookup = lookups.named(meaning.lookup)
        record = lookup.get(khmer.normal(value))
        if record is None:
            raise ValueError(value)
        column = getattr(self.model, foreign_key(self.model, name))
        key = record.__mapper__.primary_key_from_instance(record)[0]
        # A place stands for all that lies in it: its code begins theirs.
        nested = isinstance(key, str) and key.isdigit()
        return ((column >= key) & (column < key + HIGHEST) if nested else column == key), str(record)
