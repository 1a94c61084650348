"""One line declares a column, its label, its screens and its place in the REST API.

The declaration lives in SQLAlchemy's own `Column.info` (or `relationship(info=…)`), where the views, the
forms, the API and the data dictionary read it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.orm import mapped_column, relationship

from app.kernel.i18n.yes_no import Pair

EVERYWHERE = "list show add edit search"
WRITTEN = "show add edit"


@dataclass(frozen=True)
class Field:
    """What a column means to people.

    `on` names the screens: list, show, add, edit, search, and `order` where a list may be sorted by it.
    `codes` names the code list whose keys the column holds; `lookup` the lookup that finds a linked record; `several`
    the lookup of whose keys a column of text holds any number, with commas between them.
    `width` is the number of grid columns, of twelve, that its box takes in a form. What is typed to search a
    `private` column (a name, a number of a person) never stands in a URL. `pair` has the words of a yes/no column.
    """

    label: Any
    help: Any = None
    on: frozenset = frozenset()
    codes: str | None = None
    lookup: str | None = None
    several: str | None = None
    width: int = 4
    private: bool = False
    pair: Pair | None = None


def _info(label, help, on, **more):
    return {"field": Field(label=label, help=help, on=frozenset(on.split()), **more)}


def field(type_, *column_args, label, help=None, on=WRITTEN, width=4, private=False, **column):
    """A column with its meaning; the rest goes to SQLAlchemy's `mapped_column`."""
    return mapped_column(
        type_, *column_args, info=_info(label, help, on, width=width, private=private), **column
    )


def coded(codes, *, label, help=None, on=WRITTEN, width=3, **column):
    """A column that holds a key of the code list `codes` (see `kernel.codes`)."""
    return mapped_column(String(40), info=_info(label, help, on, codes=codes, width=width), **column)


def flag(pair, *, label, help=None, on=WRITTEN, width=3, **column):
    """A yes/no column, no by default, told in the words of `pair`."""
    return mapped_column(
        Boolean, default=False, info=_info(label, help, on, width=width, pair=pair), **column
    )


def several(lookup, length, *, label, help=None, on=WRITTEN, width=12, **column):
    """A column of any number of keys of the lookup of that name, all of which can be told; ticked in forms."""
    return mapped_column(String(length), info=_info(label, help, on, several=lookup, width=width), **column)


def parts(listed):
    """The keys in a text that parts them by commas."""
    return [part.strip() for part in (listed or "").split(",") if part.strip()]


def count(*, label, help=None, on=WRITTEN, width=3, **column):
    """A whole-number column."""
    return mapped_column(Integer, info=_info(label, help, on, width=width), **column)


def link(foreign_key, *, lookup, label, help=None, on=WRITTEN, width=6, **relation):
    """The record that `foreign_key` points to, chosen in forms by the lookup of that name."""
    return relationship(
        foreign_keys=foreign_key, info=_info(label, help, on, lookup=lookup, width=width), **relation
    )


@cache
def declared(model):
    """The declared fields of a model, name → Field, in the order they were written. Not to be changed."""
    mapper = model.__mapper__
    found = {}
    for name in _written_order(model):
        attribute = mapper.attrs.get(name)
        if attribute is None:
            continue
        info = attribute.columns[0].info if hasattr(attribute, "columns") else attribute.info
        if "field" in info:
            found[name] = info["field"]
    return found


def _written_order(model):
    names = []
    for cls in reversed(model.__mro__):
        names += [n for n in vars(cls) if n not in names]
    return names


def names_on(model, screen):
    """The names of the fields of `model` that stand on `screen`."""
    return [name for name, declared_field in declared(model).items() if screen in declared_field.on]
