"""Rows as light objects, and the text in which they travel to the database.

A demo row is no ORM object (a million of them would take an hour), but it borrows the model's own `derive`, so
its computed columns are those of a real save. Every column of the model is an attribute with its default.
"""

from datetime import date, datetime
from decimal import Decimal
from types import FunctionType

from sqlalchemy import Float, Numeric, select

from app.cases.models import Case, CaseOffence, Exhibit, Involvement, Supplement
from app.custody import models as custody
from app.kernel.trace import seals
from app.orders.models import CourtOrder, OrderEvent
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName

NULL = "\\N"  # as PostgreSQL's COPY writes it
HELD_MODELS = (
    custody.Arrest, custody.Custody, custody.CustodyStep, custody.Judgment, custody.Sentence, custody.Detention,
    custody.DetentionStep, custody.Release,
)  # fmt: skip
MODELS = (
    Person, PersonName, PersonDocument, PersonAddress, PersonMark,
    Case, CaseOffence, Involvement, Exhibit, Supplement, CourtOrder, OrderEvent, *HELD_MODELS,
)  # fmt: skip
TABLES = tuple(model.__table__.name for model in MODELS)  # a table after those it points to


class Row:
    def __init__(self, **values):
        self.__dict__.update(values)


def _row_of(model):
    """A class of rows for `model`, with what `derive` needs of it."""
    members = {}
    for cls in reversed(model.__mro__):
        for name, member in vars(cls).items():
            if isinstance(member, (FunctionType, property)) and not name.startswith("_"):
                members[name] = member
    members |= {column.name: _default(column) for column in _written(model)}
    return type(f"{model.__name__}Row", (Row,), members | {"table": model.__table__.name})


def _written(model):
    """The columns of a model that statements name; SQLAlchemy keeps a helper column of its own to itself."""
    return select(model.__table__).selected_columns


def _default(column):
    return column.default.arg if column.default is not None and column.default.is_scalar else None


PersonRow, NameRow, DocumentRow, AddressRow, MarkRow = map(_row_of, MODELS[:5])
CaseRow, OffenceRow, InvolvementRow, ExhibitRow, SupplementRow = map(_row_of, MODELS[5:10])
OrderRow, ActRow = map(_row_of, MODELS[10:12])
HELD = {model.__table__.name: _row_of(model) for model in HELD_MODELS}

_SAID = {
    type(None): lambda value: NULL,
    bool: lambda value: "1" if value else "0",
    int: str,
    float: repr,
    Decimal: str,
    date: str,
    datetime: lambda value: value.isoformat(" ", "microseconds"),  # as SQLAlchemy keeps it in SQLite
}


def said(value):
    """A value as one cell of the text; a backslash (sort keys have some) is doubled, as COPY wants it."""
    if type(value) is str:
        return value.replace("\\", "\\\\") if "\\" in value else value
    return _SAID[type(value)](value)


_CELLS = {
    model.__table__.name: [(column.name, said(_default(column))) for column in _written(model)]
    for model in MODELS
}
_INEXACT = {
    model.__table__.name: [n for n, column in enumerate(_written(model)) if isinstance(column.type, Float)]
    for model in MODELS
}


def columns(table):
    """The names of the columns of a table, in the order of the cells."""
    return [name for name, _blank in _CELLS[table]]


def text_of(table, rows):
    """Rows of one table as lines of tab-separated cells, UTF-8; texts hold neither tab nor line end."""
    cells = _CELLS[table]
    text = "".join(_line(vars(row), cells) for row in rows)
    if text.count("\n") != len(rows) or text.count("\t") != len(rows) * (len(cells) - 1):
        raise ValueError(f"A text of the demo for {table} holds a tab or a line end.")
    return text.encode()


def _line(values, cells):
    return "\t".join([said(values[name]) if name in values else blank for name, blank in cells]) + "\n"


def cells_of(text):
    """Each row of such a text as a list of cells, None for NULL."""
    for line in text.decode().split("\n")[:-1]:
        cells = [None if cell == NULL else cell for cell in line.split("\t")]
        if "\\\\" in line:
            cells = [cell and cell.replace("\\\\", "\\") for cell in cells]
        yield cells


def numbers_read(table, rows):
    """Such lists of cells with their inexact numbers read: SQLite reads one in twenty thousand a little beside it."""
    for cells in rows:
        for place in _INEXACT[table]:
            cells[place] = cells[place] and float(cells[place])
        yield cells


def _sealed(table):
    """(place of the cell, "column=", whether it is an exact number) of the cells that a seal covers."""
    places = {name: number for number, name in enumerate(columns(table.name))}
    return [
        (
            places[name],
            f"{name}=",
            isinstance(table.c[name].type, Numeric) and not isinstance(table.c[name].type, Float),
        )
        for name, _cell in seals.sealed_columns(table)
    ]


_SEALED = {model.__table__.name: _sealed(model.__table__) for model in MODELS}


def seals_of(table, text):
    """The short seals of the rows of such a text, one after the other; a cell is already as `seals` would tell it."""
    plan, found = _SEALED[table], []
    for cells in cells_of(text):
        told = [
            name + (seals.short_number(cells[place]) if exact else cells[place])
            for place, name, exact in plan
            if cells[place] is not None
        ]
        found.append(seals.short_seal(seals.joined(table, told)))
    return b"".join(found)
