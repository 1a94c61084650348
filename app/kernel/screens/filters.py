"""The filters of a list: `_flt_<n>_<column>` in the URL, or behind a search token if the value is personal.

FAB's `contains` scans the table. Here text is compared by prefix, so that an index can be used.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import abort
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, Float, Integer, Numeric

from app.kernel.forms.inputs import describe_date_error
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key_column, format_value
from app.kernel.schema.fields import fields_of
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.search_tokens import load_search
from app.kernel.text import dates, khmer

IS, BEGINS, FROM, UNTIL = _("is"), _("begins with"), _("from"), _("until")
MAX_VALUE_LENGTH = 200
HIGHEST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class ActiveFilter:
    """One active filter as readers see it; `key` is its name in the URL."""

    key: str
    label: str
    operator: str
    value: str
    private: bool


@dataclass(frozen=True)
class FilterError:
    """A filter value that cannot be parsed, the number of its operator, and the message for the reader."""

    number: int
    text: str


class Filters:
    """The conditions that the arguments `args` put on the list of `view`, and their labels.

    A value that cannot be parsed ends the request with 400, unless `typed` is set (the value comes from a form): then
    `errors` holds the FilterError by column.
    """

    def __init__(self, view, args, typed=False):
        self.model, self.columns, self.typed = view.datamodel.obj, view.search_columns, typed
        self.errors = {}
        self.meanings = fields_of(self.model) | view.list_filters
        self.conditions, self.active = [], []
        self.prefixes = {}  # column → the text that its values equal or begin with
        self._add_arguments(args)
        if args.get("search"):
            self._add_arguments(load_search(args["search"]))

    @property
    def texts(self):
        """Return each active filter as a text that may be stored and printed: a personal value is left out."""
        return [
            one.label if one.private else f"{one.label} {one.operator} {one.value}" for one in self.active
        ]

    def _add_arguments(self, args):
        for key, value in args.items():
            if not key.startswith("_flt_") or not value:
                continue
            number, _separator, column = key.removeprefix("_flt_").partition("_")
            if column not in self.columns or number not in map(str, range(len(self.operators(column)))):
                abort(400, gettext("This list cannot be filtered by that."))
            if len(value) > MAX_VALUE_LENGTH:
                text = gettext(
                    "This text is too long. Use at most %(number)s characters.",
                    number=format_value(MAX_VALUE_LENGTH),
                )
                self._reject(column, number, text)
                continue
            try:
                condition, value_text = self._build_condition(column, int(number), value)
            except ValueError as error:
                text = describe_date_error(error) if isinstance(error, dates.InvalidDate) else ""
                text = text or gettext(
                    "The value of the filter «%(field)s» is not valid.", field=self._label(column)
                )
                self._reject(column, number, text)
                continue
            self.conditions.append(condition)
            private = self.meanings[column].private
            operator = str(self.operators(column)[int(number)])
            self.active.append(ActiveFilter(key, self._label(column), operator, value_text, private))

    def _reject(self, column, number, text):
        if not self.typed:
            abort(400, text)
        self.errors[column] = FilterError(int(number), text)

    def _label(self, column):
        return str(self.meanings[column].label)

    def _column_type(self, column):
        return self.model.__mapper__.column_attrs[column].columns[0].type

    def operators(self, column):
        """Return the operators of a column."""
        meaning = self.meanings[column]
        if isinstance(meaning, ListFilter) or meaning.lookup or meaning.codes or meaning.yes_no_labels:
            return [IS]
        if isinstance(self._column_type(column), (Date, DateTime, Integer, Numeric, Float)):
            return [FROM, UNTIL]
        return [BEGINS, IS]

    def _build_condition(self, name, number, value):
        meaning = self.meanings[name]
        if isinstance(meaning, ListFilter):
            key, text = meaning.parse(value)
            return meaning.build(key), text
        if meaning.lookup:
            return self._build_link_condition(name, meaning, value)
        condition, text = self._build_value_condition(name, meaning, number, value)
        if name in getattr(self.model, "__identity_fields__", ()):  # the list would tell what its rows hide
            condition &= ~self.model.has_hidden_identity()
        return condition, text

    def _build_value_condition(self, name, meaning, number, value):
        column = getattr(self.model, name)
        if meaning.codes:
            if value not in code_lists.keys(meaning.codes):
                raise ValueError(value)
            code_label = code_lists.choices_with_retired(meaning.codes).get(value) or code_lists.label(
                meaning.codes, value
            )
            return column == value, code_label
        type_ = self._column_type(name)
        if meaning.yes_no_labels:
            if value not in ("0", "1"):
                raise ValueError(value)
            return column.is_(value == "1"), meaning.yes_no_labels.label_for(value == "1")
        if isinstance(type_, (Date, DateTime)):
            return self._build_day_condition(column, type_, number, value)
        if isinstance(type_, (Integer, Numeric, Float)):
            limit = int(khmer.to_latin_digits(value))
            if abs(limit) > 2**31 - 1:
                raise ValueError(value)
            return (column >= limit if number == 0 else column <= limit), str(limit)
        text = khmer.normalize(value)
        self.prefixes[name] = text
        if number == 1:
            return column == text, text
        return (column >= text) & (column < text + HIGHEST_CHARACTER), text

    def _build_day_condition(self, column, type_, number, value):
        day = dates.parse_date(value)
        if isinstance(type_, Date):
            return (column >= day if number == 0 else column <= day), format_value(day)
        start = datetime.combine(day, time())
        return (column >= start if number == 0 else column < start + timedelta(days=1)), format_value(day)

    def _build_link_condition(self, name, meaning, value):
        lookup = lookups.get_lookup(meaning.lookup)
        record = lookup.get(khmer.normalize(value))
        if record is None:
            raise ValueError(value)
        column = getattr(self.model, foreign_key_column(self.model, name))
        key = record.__mapper__.primary_key_from_instance(record)[0]
        # A place includes all places inside it: their codes begin with its code.
        nested = isinstance(key, str) and key.isdigit()
        if nested:
            return (column >= key) & (column < key + HIGHEST_CHARACTER), str(record)
        return column == key, str(record)
