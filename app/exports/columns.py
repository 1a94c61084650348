"""What of a list stands in an export: the fields of its list and page, each in the type that a sheet knows.

Values come in columns, some hundred at a time. Words of codes and places are looked up in memory, once for each; records
that a row links to are read for all rows at once, by the session, which leaves out what the reader does not see.
"""

from flask_babel import gettext
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, inspect, select

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key, language
from app.kernel.schema.fields import declared

TEXT, NUMBER, DATE, MOMENT, FLAG, CODE, LINK = "text", "number", "date", "moment", "flag", "code", "link"
TYPES = ((Boolean, FLAG), (DateTime, MOMENT), (Date, DATE), ((Integer, Numeric, Float), NUMBER))
REMEMBERED = 20_000  # linked records in memory at once


class Words(dict):
    """key → word, asked for once."""

    def __init__(self, find):
        super().__init__({None: "", "": ""})
        self.find = find
        self.through = str  # what the writer of a file does to each text

    def __missing__(self, key):
        word = self[key] = self.through(self.find(key))
        return word

    def of(self, keys):
        return list(map(self.__getitem__, keys))


class Linked(dict):
    """key → name of the linked record, read in the reader's part: what lies outside, or is protected, has none."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.pk = inspect(model).primary_key[0]
        self.hidden = gettext("Not shown here")
        self.through = str

    def of(self, keys):
        if len(self) > REMEMBERED:
            self.clear()
        unknown = set(keys) - self.keys() - {None}
        if unknown:
            found = select(self.model).where(self.pk.in_(unknown))
            names = {
                getattr(one, self.pk.key): self.through(str(one))
                for one in db.session.scalars(found).unique()
            }
            self.update((key, names.get(key, self.hidden)) for key in unknown)
        return ["" if key is None else self[key] for key in keys]

    def shown(self, keys):
        """Those of the keys whose record the reader sees."""
        return {key for key in keys if key is not None and self.get(key) != self.hidden}


class Column:
    """One column: `name` for programs, `label` for people, `kind` for the sheet, and how its values become words."""

    def __init__(self, model, name, label, meaning):
        self.name, self.label = name, str(label)
        self.codes, self.words = meaning.codes, None
        if meaning.lookup:
            self.kind = LINK
            self.column = getattr(model, foreign_key(model, name))
            remembered = lookups.named(meaning.lookup).words
            target = model.__mapper__.relationships[name].mapper.class_
            self.words = Words(remembered) if remembered is not None else Linked(target)
        else:
            self.column = getattr(model, name)
            self.kind = CODE if meaning.codes else _kind_of(self.column.type)
            if meaning.codes:
                self.words = Words(lambda key: code_lists.label(meaning.codes, key))
            elif self.kind == FLAG:
                self.words = Words({True: str(meaning.pair.yes), False: str(meaning.pair.no)}.get)

    def said(self, values):
        """The values as a person reads them."""
        return values if self.words is None else self.words.of(values)

    def plain(self, values):
        """The values as a program reads them: keys of codes and places; of records their names, for a key may be hidden."""
        return self.words.of(values) if isinstance(self.words, Linked) else values

    def through(self, change):
        """Let each word pass `change` once, and not each cell."""
        if self.words is not None:
            self.words.through = change

    @property
    def legend(self):
        """(key, word in Khmer, word in English) of the codes that were met."""
        if not self.codes:
            return
        rows = code_lists.held().get(self.codes, {})
        for key in self.words:
            if key and key in rows:
                yield key, rows[key].name_km, rows[key].name_en


class Told:
    """A column that the list reads of all its rows at once, in words: offences of a case."""

    kind, column, code_lists, legend = TEXT, None, None, ()

    def __init__(self, name, label):
        self.name, self.label = name, str(label)

    def said(self, values):
        return values

    plain = said

    def through(self, change):
        """Nothing is remembered of its words."""


def _kind_of(type_):
    return next((kind for types, kind in TYPES if isinstance(type_, types)), TEXT)


def of_view(view):
    """The columns of a view's list, then those of its page, in the reader's language. What is computed row by
    row is left out: it tells of the moment, and a file grows old.
    """
    meanings, labels, told = declared(view.datamodel.obj), view._labels(language()), view.told_of([])
    names = dict.fromkeys((*view.list_columns, *view.show_columns))
    return [
        Told(name, labels[name])
        if name in told
        else Column(view.datamodel.obj, name, labels.get(name, meanings[name].label), meanings[name])
        for name in names
        if name in told or name in meanings
    ]
