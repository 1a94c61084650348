"""The data dictionary: every table of the register with its columns, written from the fields that declare them."""

from flask_appbuilder import Model
from flask_babel import force_locale
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, String, Text

from app.kernel.schema.display import foreign_key
from app.kernel.schema.fields import declared

HEAD = """# Data dictionary

Written by `python3 run.py dictionary` from the fields in the code; a test compares the two.

A column holds text, a number or a day as it is; «code of …» holds a key of that code list, «key of …» the key of a
row of that table. Days and times are the civil time of Cambodia. *Screens*: list, show, add (a new row), edit, search,
order (a list can be put in its order).
"""
COLUMNS = ("Column", "Label", "ឈ្មោះ", "Holds", "Must be filled", "Screens")
ORDER = ("list", "show", "add", "edit", "search", "order")
KINDS = (
    (Boolean, "yes or no"),
    (DateTime, "day and time"),
    (Date, "day"),
    (Integer, "whole number"),
    (Float, "number"),
    (Numeric, "exact number"),
    (Text, "long text"),
    (String, "text"),
)


def text():
    """The whole dictionary as Markdown, the same at every run. Needs an application context."""
    parts = [HEAD, *(_table(model) for model in models())]
    return "\n".join(parts)


def models():
    """The models that declare fields, by the name of their table."""
    found = [mapper.class_ for mapper in Model.registry.mappers if declared(mapper.class_)]
    return sorted(found, key=lambda model: model.__tablename__)


def _table(model):
    links = {
        foreign_key(model, name): (name, meaning)
        for name, meaning in declared(model).items()
        if meaning.lookup
    }
    rows = [COLUMNS, tuple("---" for _cell in COLUMNS)]
    for attribute in model.__mapper__.column_attrs:
        column = attribute.columns[0]
        meaning = column.info.get("field")
        on = set(meaning.on) if meaning else set()
        if attribute.key in links:  # the screens show the link, not its key
            meaning = links[attribute.key][1]
            on |= meaning.on
        rows.append(
            (
                f"`{column.name}`",
                *_labels(meaning),
                _holds(column, meaning),
                "" if column.nullable else "yes",
                " ".join(screen for screen in ORDER if screen in on),
            )
        )
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    about = " ".join((model.__doc__ or "").split())
    return "\n".join([f"## {model.__tablename__}", "", about, "", *lines, ""])


def _labels(meaning):
    """The label in English and in Khmer; nothing for a column that no screen shows."""
    if meaning is None:
        return "", ""
    said = []
    for locale in ("en", "km"):
        with force_locale(locale):
            said.append(str(meaning.label))
    return tuple(said)


def _holds(column, meaning):
    if column.foreign_keys:
        return f"key of `{next(iter(column.foreign_keys)).column.table.name}`"
    if meaning is not None and meaning.codes:
        return f"code of `{meaning.codes}`"
    kind = next((word for type_, word in KINDS if isinstance(column.type, type_)), type(column.type).__name__)
    length = getattr(column.type, "length", None)
    return f"{kind}, at most {length} characters" if length else kind
