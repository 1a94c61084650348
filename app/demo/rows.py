"""Rows as light objects, and the text in which they travel to the database.

A demo row is no ORM object (a million of them would take an hour), but it borrows the model's own `derive`, so
its computed columns are those of a real save. Every column of the model is an attribute with its default.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from types import FunctionType

from sqlalchemy import Float, Numeric, select

from app.cases.models import Case, CaseOffence, Exhibit, Involvement, Supplement
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import models as custody
from app.kernel.audit import row_hashes
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName

NULL = "\\N"  # as PostgreSQL's COPY writes it
NOTHING = "\0"  # a cell without a value, before it becomes NULL; no text of the register holds it
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
        self.__dict__ = values


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


@lru_cache(4096)  # all rows of a case were entered at one moment
def _moment(value):
    return value.isoformat(" ", "microseconds")  # as SQLAlchemy keeps it in SQLite


_SAID = {
    bool: lambda value: "1" if value else "0",
    int: str,
    float: repr,
    Decimal: str,
    date: str,
    datetime: _moment,
}
_COLUMNS = {model.__table__.name: [column.name for column in _written(model)] for model in MODELS}
_INEXACT = {
    model.__table__.name: [n for n, column in enumerate(_written(model)) if isinstance(column.type, Float)]
    for model in MODELS
}


def columns(table):
    """The names of the columns of a table, in the order of the cells."""
    return _COLUMNS[table]


def told(table, rows):
    """Column → its cells in `rows` of one table, as `seals` would tell them; NOTHING where there is no value."""
    names = columns(table)
    values = zip(*map(attrgetter(*names), rows), strict=True)
    return dict(zip(names, map(_said, values), strict=True))


def _said(values):
    if set(map(type, values)) == {str}:
        return values  # texts are cells as they are, and most columns hold nothing else
    return [
        NOTHING if value is None else value if type(value) is str else _SAID[type(value)](value)
        for value in values
    ]


def text_of(table, cells):
    """What was `told` of rows as lines of tab-separated cells, UTF-8; texts hold neither tab nor line end nor APART."""
    lines = ["\t".join(line) for line in zip(*cells.values(), strict=True)]
    text = "\n".join([*lines, ""])
    if (
        text.count("\n") != len(lines)
        or text.count("\t") != len(lines) * (len(cells) - 1)
        or row_hashes.APART in text
    ):
        raise ValueError(f"A text of the demo for {table} holds a tab, a line end or the mark of the seals.")
    # A backslash (sort keys have some) is doubled, as COPY wants it; the one of NULL is not.
    return text.encode().replace(b"\\", b"\\\\").replace(NOTHING.encode(), NULL.encode())


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
    """(column, whether it is an exact number) of the cells that a seal covers."""
    return [
        (name, isinstance(table.c[name].type, Numeric) and not isinstance(table.c[name].type, Float))
        for name, _cell in row_hashes.sealed_columns(table)
    ]


_SEALED = {model.__table__.name: _sealed(model.__table__) for model in MODELS}


def seals_of(table, cells):
    """The short seals of the rows of which this was `told`, one after the other; `text_of` has looked for APART."""
    named = []
    for name, exact in _SEALED[table]:
        label = f"{row_hashes.APART}{name}="
        found = map(row_hashes.short_number, cells[name]) if exact else cells[name]
        named.append(["" if cell is NOTHING else label + cell for cell in found])
    return row_hashes.short_seals(table, zip(*named, strict=True))
