"""Any number of values or rows in one statement parameter, so that the statement is written and planned once."""

import json
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    ColumnElement,
    String,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.kernel.database.engine import dialect_name


def in_array(session, column, values):
    """Return the condition that `column` is one of `values`.

    PostgreSQL receives the same statement for any number of values and plans it once.
    """
    if dialect_name(session) == "sqlite":
        return column.in_(values)
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))


def in_bound_array(dialect, column, name="values"):
    """Return the same condition for a statement that is built once: each execution binds the list as `name`."""
    if dialect == "sqlite":
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


def rows_from_json(dialect, name, **types):
    """Return a CTE of the rows in the parameter `name` (see `to_json_rows`), with columns of these types.

    With VALUES, each number of rows would be another statement that is written and planned again.
    """
    cells: Iterator[ColumnElement]
    columns: Iterator[ColumnElement]
    if dialect == "sqlite":
        each = func.json_each(bindparam(name, type_=String)).table_valued("value")
        cells = (
            func.json_extract(each.c.value, literal_column(f"'$[{position}]'"))
            for position in range(len(types))
        )
        columns = (type_coerce(cell, type_) for cell, type_ in zip(cells, types.values(), strict=True))
    else:
        rows = cast(bindparam(name, type_=String), JSON)
        each = func.json_array_elements(rows).table_valued(column("value", JSON))
        cells = (each.c.value.op("->>")(literal_column(str(position))) for position in range(len(types)))
        columns = (cast(cell, type_) for cell, type_ in zip(cells, types.values(), strict=True))
    labelled = (cell.label(label) for cell, label in zip(columns, types, strict=True))
    # Without MATERIALIZED, PostgreSQL parses a column from its text again for each row that it is compared with.
    return select(*labelled).select_from(each).cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def to_json_rows(rows):
    """Return the value of the parameter of `rows_from_json`."""
    return json.dumps([[_to_json(value) for value in row] for row in rows])


def _to_json(value):
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
