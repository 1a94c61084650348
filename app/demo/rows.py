"""Rows as light objects, and their text form for the database.

Demo rows are no ORM objects, because a million of them would take an hour. They use the model's own methods, so their
derived columns are those of a real save. Every column of the model is an attribute with its default.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from types import FunctionType

from sqlalchemy import Float, Numeric, select

from app.cases.models import Case, CaseDisposition, CaseOffence, Exhibit, Involvement, Supplement
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import models as custody
from app.kernel.audit import row_hashes
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName

NULL = "\\N"  # of PostgreSQL's COPY
EMPTY_CELL = "\0"  # a cell without a value, before it becomes NULL; no text contains it
CUSTODY_MODELS = (
    custody.Arrest, custody.Custody, custody.CustodyStep, custody.Judgment, custody.Sentence, custody.Detention,
    custody.DetentionStep, custody.Release,
)  # fmt: skip
MODELS = (
    Person, PersonName, PersonDocument, PersonAddress, PersonMark,
    Case, CaseOffence, Involvement, Exhibit, Supplement, CaseDisposition, CourtOrder, OrderEvent, *CUSTODY_MODELS,
)  # fmt: skip
TABLES = tuple(model.__table__.name for model in MODELS)  # a table after those it refers to


class Row:
    def __init__(self, **values):
        self.__dict__ = values


def _make_row_class(model):
    """Return a class of rows for `model` with its public methods and properties."""
    members = {}
    for cls in reversed(model.__mro__):
        for name, member in vars(cls).items():
            if isinstance(member, (FunctionType, property)) and not name.startswith("_"):
                members[name] = member
    members |= {column.name: _get_default(column) for column in _table_columns(model)}
    return type(f"{model.__name__}Row", (Row,), members | {"table": model.__table__.name})


def _table_columns(model):
    """Return the columns of a model that statements name. SQLAlchemy hides a helper column."""
    return select(model.__table__).selected_columns


def _get_default(column):
    return column.default.arg if column.default is not None and column.default.is_scalar else None


PersonRow, NameRow, DocumentRow, AddressRow, MarkRow = map(_make_row_class, MODELS[:5])
CaseRow, OffenceRow, InvolvementRow, ExhibitRow, SupplementRow, StepRow = map(_make_row_class, MODELS[5:11])
OrderRow, OrderEventRow = map(_make_row_class, MODELS[11:13])
CUSTODY_ROWS = {model.__table__.name: _make_row_class(model) for model in CUSTODY_MODELS}


@lru_cache(4096)  # all rows of a case have the same time
def _format_datetime(value):
    return value.isoformat(" ", "microseconds")  # as SQLAlchemy stores it in SQLite


_FORMATTERS = {
    bool: lambda value: "1" if value else "0",
    int: str,
    float: repr,
    Decimal: str,
    date: str,
    datetime: _format_datetime,
}
_COLUMN_NAMES = {model.__table__.name: [column.name for column in _table_columns(model)] for model in MODELS}
_FLOAT_POSITIONS = {
    model.__table__.name: [
        n for n, column in enumerate(_table_columns(model)) if isinstance(column.type, Float)
    ]
    for model in MODELS
}


def column_names(table):
    """Return the column names of a table, in the order of the cells."""
    return _COLUMN_NAMES[table]


def format_cells(table, rows):
    """Return {column: its cells as text} of the rows of one table; EMPTY_CELL for no value."""
    names = column_names(table)
    values = zip(*map(attrgetter(*names), rows), strict=True)
    return dict(zip(names, map(_format_values, values), strict=True))


def _format_values(values):
    if set(map(type, values)) == {str}:
        return values  # most columns hold only texts, which are cells already
    return [
        EMPTY_CELL if value is None else value if type(value) is str else _FORMATTERS[type(value)](value)
        for value in values
    ]


def encode_rows(table, cells):
    """Return the cells as lines of tab-separated UTF-8 text. Raises ValueError for a separator in a text."""
    lines = ["\t".join(line) for line in zip(*cells.values(), strict=True)]
    text = "\n".join([*lines, ""])
    if (
        text.count("\n") != len(lines)
        or text.count("\t") != len(lines) * (len(cells) - 1)
        or row_hashes.SEPARATOR in text
    ):
        raise ValueError(
            f"A text of the demo for {table} contains a tab, a line end or the separator of the row hashes."
        )
    # COPY requires a doubled backslash (sort keys have some), except in NULL.
    return text.encode().replace(b"\\", b"\\\\").replace(EMPTY_CELL.encode(), NULL.encode())


def decode_rows(text):
    """Yield each row of such a text as a list of cells, None for NULL."""
    for line in text.decode().split("\n")[:-1]:
        cells = [None if cell == NULL else cell for cell in line.split("\t")]
        if "\\\\" in line:
            cells = [cell and cell.replace("\\\\", "\\") for cell in cells]
        yield cells


def parse_floats(table, rows):
    """Yield such rows with numbers as floats, because SQLite parses one in twenty thousand slightly wrong."""
    for cells in rows:
        for place in _FLOAT_POSITIONS[table]:
            cells[place] = cells[place] and float(cells[place])
        yield cells


def _hashed_columns(table):
    """Return [(column, whether it is an exact number)] of the columns in a row hash."""
    return [
        (name, isinstance(table.c[name].type, Numeric) and not isinstance(table.c[name].type, Float))
        for name, _cell in row_hashes.hashed_columns(table)
    ]


_HASHED_COLUMNS = {model.__table__.name: _hashed_columns(model.__table__) for model in MODELS}


def hash_rows(table, cells):
    """Return the short row hashes of the rows as one byte string. `encode_rows` has checked for separators."""
    named = []
    for name, exact in _HASHED_COLUMNS[table]:
        label = f"{row_hashes.SEPARATOR}{name}="
        found = map(row_hashes.trim_decimals, cells[name]) if exact else cells[name]
        named.append(["" if cell is EMPTY_CELL else label + cell for cell in found])
    return row_hashes.short_hashes(table, zip(*named, strict=True))
