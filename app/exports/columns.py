"""Columns of an export: the fields of a view's list and page, each with a type for the spreadsheet.

Values are processed by column, some hundred at a time. Labels of codes and places are looked up once and
cached. Linked records are read for all rows at once through the session, which leaves out what the reader
may not see.
"""
# unrestricted: asks whether a person was a suspect below 18 in the case of a row; shows no row

from flask_babel import gettext
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, case, exists, inspect, null, select

from app.cases.models import Involvement
from app.cases.rules import MINOR
from app.extensions import db
from app.kernel.audit.access_log import find_person_ids
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key_column, reader_language
from app.kernel.schema.fields import fields_of

TEXT, NUMBER, DATE, MOMENT, FLAG, CODE, LINK = "text", "number", "date", "moment", "flag", "code", "link"
TYPES = ((Boolean, FLAG), (DateTime, MOMENT), (Date, DATE), ((Integer, Numeric, Float), NUMBER))
NAMES_PEOPLE = ("person", "involvement")  # the tables whose rows are shown by the name of a person
MAX_CACHED_RECORDS = 20_000  # linked records kept in memory
NO_RECORD = -1  # the key of no record


class CachedLabels(dict):
    """Cache of key → label; each label is looked up once."""

    def __init__(self, load_label):
        super().__init__({None: "", "": ""})
        self.load_label = load_label
        self.transform = str  # applied to each label by the file writer

    def __missing__(self, key):
        label = self[key] = self.transform(self.load_label(key))
        return label

    def get_many(self, keys):
        return list(map(self.__getitem__, keys))


class RecordNames(dict):
    """Cache of key → name of a linked record.

    Records out of the reader's scope or protected have no name.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.people = {}  # key → ids of the people that its name shows
        self.numbers = {}  # key → public number of the record
        self.pk = inspect(model).primary_key[0]
        self.hidden = gettext("Not shown here")
        self.has_numbers = hasattr(model, "number")
        self.transform = str

    def get_many(self, keys):
        if len(self) > MAX_CACHED_RECORDS:
            self.clear()
            self.people.clear()
            self.numbers.clear()
        unknown = set(keys) - self.keys() - {None}
        if unknown:
            query = select(self.model).where(self.pk.in_(unknown))
            records = {getattr(record, self.pk.key): record for record in db.session.scalars(query).unique()}
            if self.model is Involvement:
                records = {key: record for key, record in records.items() if record.protection != MINOR}
            names = {key: self.transform(str(record)) for key, record in records.items()}
            self.update((key, names.get(key, self.hidden)) for key in unknown)
            self.numbers |= {key: record.number for key, record in records.items() if self.has_numbers}
            if self.model.__tablename__ in NAMES_PEOPLE:
                self.people |= {key: find_person_ids([record]) for key, record in records.items()}
        return ["" if key is None else self[key] for key in keys]

    def find_people(self, keys):
        """Return the ids of the people that the names of these keys show."""
        return {person for key in keys for person in self.people.get(key, ())}


class Column:
    """A column with the labels of its values.

    `name` is for programs, `label` for people, and `kind` for the spreadsheet.
    """

    def __init__(self, model, name, label, meaning):
        self.name, self.label = name, str(label)
        self.codes, self.labels = meaning.codes, None
        if meaning.lookup:
            self.kind = LINK
            column = _hide_minor(model, name, getattr(model, foreign_key_column(model, name)))
            self.column = _hide_identity(model, name, column)
            get_label = lookups.get_lookup(meaning.lookup).words
            target = model.__mapper__.relationships[name].mapper.class_
            self.labels = CachedLabels(get_label) if get_label is not None else RecordNames(target)
        else:
            self.column = _hide_identity(model, name, getattr(model, name))
            self.kind = CODE if meaning.codes else _get_kind(self.column.type)
            if meaning.codes:
                self.labels = CachedLabels(lambda key: code_lists.label(meaning.codes, key))
            elif self.kind == FLAG:
                self.labels = CachedLabels(
                    {True: str(meaning.yes_no_labels.yes), False: str(meaning.yes_no_labels.no)}.get
                )

    def format_values(self, values):
        """Return the values as people read them."""
        return values if self.labels is None else self.labels.get_many(values)

    def raw_values(self, values):
        """Return the values as programs read them.

        Codes and places stay keys. Linked records become names, because their key may be hidden.
        """
        return self.labels.get_many(values) if isinstance(self.labels, RecordNames) else values

    def set_transform(self, change):
        """Apply `change` to each label once instead of to each cell."""
        if self.labels is not None:
            self.labels.transform = change

    @property
    def legend(self):
        """Yield (key, Khmer name, English name) of the codes that occur."""
        if not self.codes:
            return
        rows = code_lists.all_lists().get(self.codes, {})
        for key in self.labels:
            if key and key in rows:
                yield key, rows[key].name_km, rows[key].name_en


class KeyColumn:
    """The key of the row, or its public number made from the key: rows with equal values stay apart."""

    labels, legend = None, ()

    def __init__(self, name, label, column, format_key=None):
        self.name, self.label, self.column = name, str(label), column
        self.kind, self.format_key = TEXT if format_key else NUMBER, format_key

    def format_values(self, values):
        return list(map(self.format_key, values)) if self.format_key else values

    raw_values = format_values

    def set_transform(self, change):
        """Do nothing; no key is a formula."""


class LinkNumberColumn(KeyColumn):
    """The public number of the record that another column names: two people of one name stay apart."""

    def __init__(self, link):
        label = gettext("%(field)s: number", field=link.label)
        super().__init__(f"{link.name}_number", label, link.column, self._find_number)
        self.names = link.labels

    def _find_number(self, key):
        return self.names.numbers.get(key, "")

    def format_values(self, values):
        self.names.get_many(values)
        return super().format_values(values)

    raw_values = format_values


class SummaryColumn:
    """A text column that the view computes for all rows at once, such as the offences of a case."""

    kind, column, labels, legend = TEXT, None, None, ()

    def __init__(self, name, label):
        self.name, self.label = name, str(label)

    def format_values(self, values):
        """Return each value as one text: a list of the page shows several below each other."""
        return [", ".join(map(str, one)) if isinstance(one, list) else one for one in values]

    raw_values = format_values

    def set_transform(self, change):
        """Do nothing; summaries are not cached."""


def _hide_identity(model, name, column):
    """Return the column without the values that identify a hidden person."""
    if name not in getattr(model, "__identity_fields__", ()):
        return column
    return case((model.has_hidden_identity(), null()), else_=column)


def _hide_minor(model, name, column):
    """Return the column of a person without those who were suspects below 18 in the case of the row.

    The reader may see them elsewhere, such as in a later case as an adult; no file says that they were a suspect before.
    """
    if name != "person" or not hasattr(model, "case_id"):
        return column
    row = Involvement.__table__.alias().c
    of_case = row.case_id == model.case_id, row.person_id == model.person_id
    return case((exists().where(*of_case, row.protection == MINOR), NO_RECORD), else_=column)


def _get_kind(type_):
    return next((kind for types, kind in TYPES if isinstance(type_, types)), TEXT)


def build_columns(view, chosen=()):
    """Return the columns of the view's list and page, or the `chosen` ones, and the keys, in the reader's language.

    Values computed row by row are left out: they describe the moment, and a file is kept.
    """
    model = view.datamodel.obj
    meanings, labels, summaries = (
        fields_of(model),
        view.reader_labels(reader_language()),
        view.column_values([]),
    )
    flags = getattr(model, "__day_flags__", {}).values()  # midnight, or a day without a time
    names = dict.fromkeys(chosen or (*view.list_columns, *view.show_columns, *flags))
    columns = [
        SummaryColumn(name, labels[name])
        if name in summaries
        else Column(model, name, labels.get(name, meanings[name].label), meanings[name])
        for name in names
        if name in summaries or name in meanings
    ]
    return [*columns, *_build_key_columns(model, columns)]


def _build_key_columns(model, columns):
    """Return the columns of the keys: those of linked records with a number of their own, and that of the row."""
    for column in columns:
        if isinstance(column.labels, RecordNames) and column.labels.has_numbers:
            yield LinkNumberColumn(column)
    key = inspect(model).primary_key[0]
    if hasattr(model, "format_number"):
        yield KeyColumn("number", gettext("Person number"), key, model.format_number)
    yield KeyColumn("id", gettext("Key"), key)
