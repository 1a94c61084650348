"""Field declarations: one line declares a column, its label, its screens and its place in the REST API.

The declaration is stored in SQLAlchemy's `Column.info` (or `relationship(info=…)`). Views, forms, the API and the data
dictionary read it there.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.orm import mapped_column, relationship

from app.kernel.i18n.yes_no import YesNoLabels

FORM_SCREENS = "show add edit"


@dataclass(frozen=True)
class Field:
    """The presentation of a column.

    `on` names the screens: list, show, add, edit and search, `order` if a list may be sorted by the column, and `correct`
    if only a correction changes it. `codes` names
    the code list of a coded column, `lookup` the lookup that finds a linked record. `multi_choice` names the lookup of a text
    column with any number of keys, separated by commas. `width` is the width of the field in a form, in grid columns of
    twelve. Search input for a `private` column (the name or a number of a person) never appears in a URL. `yes_no_labels`
    are the words of a yes/no column. A `last` field, which a mixin declares, follows the fields of its model.
    """

    label: Any
    help: Any = None
    on: frozenset = frozenset()
    codes: str | None = None
    lookup: str | None = None
    multi_choice: str | None = None
    width: int = 4
    private: bool = False
    yes_no_labels: YesNoLabels | None = None
    last: bool = False


def _info(label, help, on, **more):
    return {"field": Field(label=label, help=help, on=frozenset(on.split()), **more)}


def field(type_, *column_args, label, help=None, on=FORM_SCREENS, width=4, private=False, **column):
    """Return a column with a `Field`; further arguments go to SQLAlchemy's `mapped_column`."""
    return mapped_column(
        type_, *column_args, info=_info(label, help, on, width=width, private=private), **column
    )


def code_field(codes, *, label, help=None, on=FORM_SCREENS, width=3, **column):
    """Return a column for a key of the code list `codes` (see `code_lists`)."""
    return mapped_column(String(40), info=_info(label, help, on, codes=codes, width=width), **column)


def flag(yes_no_labels, *, label, help=None, on=FORM_SCREENS, width=3, **column):
    """Return a yes/no column with the default no, shown with the words of `yes_no_labels`."""
    info = _info(label, help, on, width=width, yes_no_labels=yes_no_labels)
    return mapped_column(Boolean, default=False, info=info, **column)


def multi_choice(lookup, length, *, label, help=None, on=FORM_SCREENS, width=12, **column):
    """Return a text column for several keys of a lookup that can list all its choices; checkboxes in forms."""
    return mapped_column(
        String(length), info=_info(label, help, on, multi_choice=lookup, width=width), **column
    )


def split_keys(text):
    """Return the keys in a comma-separated text."""
    return [key.strip() for key in (text or "").split(",") if key.strip()]


def count(*, label, help=None, on=FORM_SCREENS, width=3, **column):
    """Return an integer column."""
    return mapped_column(Integer, info=_info(label, help, on, width=width), **column)


def link(foreign_key, *, lookup, label, help=None, on=FORM_SCREENS, width=6, last=False, **relation):
    """Return a relationship to the record of `foreign_key`, which forms select with the named lookup."""
    return relationship(
        foreign_keys=foreign_key,
        info=_info(label, help, on, lookup=lookup, width=width, last=last),
        **relation,
    )


@cache
def fields_of(model):
    """Return {name: Field} of a model in declaration order, `last` fields at the end. The cached dict must not be changed."""
    mapper = model.__mapper__
    fields = {}
    for name in _declaration_order(model):
        attribute = mapper.attrs.get(name)
        if attribute is None:
            continue
        info = attribute.columns[0].info if hasattr(attribute, "columns") else attribute.info
        if "field" in info:
            fields[name] = info["field"]
    return dict(sorted(fields.items(), key=lambda item: item[1].last))  # stable


def _declaration_order(model):
    names = []
    for cls in reversed(model.__mro__):
        names += [name for name in vars(cls) if name not in names]
    return names


def field_names_on(model, screens, order=(), omitted=()):
    """Return the names of the fields of `model` on any of `screens` ("add edit"); those in `order` come first.

    `omitted` maps the names that are left out to the reasons. A list with a layout of its own is built with it too, so
    that a new field is not forgotten there. Raises KeyError if a name is no field.
    """
    fields, screens = fields_of(model), set(screens.split())
    unknown = {*order, *omitted} - fields.keys()
    if unknown:
        raise KeyError(f"{model.__name__} has no field {', '.join(sorted(unknown))}")
    others = (name for name, declared_field in fields.items() if declared_field.on & screens)
    return [*order, *(name for name in others if name not in order and name not in omitted)]


def field_groups(model, screens, groups, omitted=()):
    """Return `groups` ({name: field names}); the last one also has the fields that none of them names.

    `screens` and `omitted` are those of `field_names_on`.
    """
    placed = [name for names in groups.values() for name in names]
    others = field_names_on(model, screens, placed, omitted)[len(placed) :]
    last = list(groups)[-1]
    return groups | {last: [*groups[last], *others]}
