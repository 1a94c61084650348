"""Values that a statement is given as one parameter, however many they are, so that it is written and planned once."""

import json
from datetime import date, datetime

from sqlalchemy import (
    JSON,
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

from app.kernel.database.engine import dialect_of


def among(session, column, values):
    """That `column` is one of these values. However many they are, PostgreSQL is asked one statement, which it plans once."""
    if dialect_of(session) == "sqlite":
        return column.in_(values)
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))


def among_given(dialect, column):
    """The same for a statement that is built once for each dialect: the list comes with each execution, as `given`."""
    if dialect == "sqlite":
        return column.in_(bindparam("given", expanding=True))
    return column == any_(bindparam("given", type_=ARRAY(column.type)))


def rows_of(dialect, name, **kinds):
    """A CTE of the rows that stand in the parameter `name` (see `as_rows`), its columns of these kinds.

    With VALUES it would be another statement for each number of rows, which is written and planned anew.
    """
    if dialect == "sqlite":
        each = func.json_each(bindparam(name, type_=String)).table_valued("value")
        cells = (
            func.json_extract(each.c.value, literal_column(f"'$[{place}]'")) for place in range(len(kinds))
        )
        columns = (type_coerce(cell, kind) for cell, kind in zip(cells, kinds.values(), strict=True))
    else:
        rows = cast(bindparam(name, type_=String), JSON)
        each = func.json_array_elements(rows).table_valued(column("value", JSON))
        cells = (each.c.value.op("->>")(literal_column(str(place))) for place in range(len(kinds)))
        columns = (cast(cell, kind) for cell, kind in zip(cells, kinds.values(), strict=True))
    found = (one.label(label) for one, label in zip(columns, kinds, strict=True))
    # Worked out once: else PostgreSQL takes a column from its text again for each row that it is compared with.
    return select(*found).select_from(each).cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def as_rows(rows):
    """The value of such a parameter."""
    return json.dumps([[_in_json(one) for one in row] for row in rows])


def _in_json(value):
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
