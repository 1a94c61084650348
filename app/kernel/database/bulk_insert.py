"""Many rows of one table in one statement: to have each row bound by SQLAlchemy takes longer than the database takes for it,
so both databases are handed all of them by the driver.
"""

import json
from functools import cache
from itertools import chain

from sqlalchemy import Connection

from app.kernel.database.engine import insert_into

AT_ONCE = 100  # rows of one statement of SQLite


def insert(connection, table, names, rows):
    """`rows` are dicts that hold a value for some of the columns `names`."""
    into = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    into(connection, table, names, rows)


def insert_missing(session, table, rows):
    """Dicts with the same columns each; a row that is there already stays. `session` may be a connection."""
    if not rows:
        return
    connection = session if isinstance(session, Connection) else session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)
    else:
        statement = f"{_of_text(connection.dialect, table, tuple(rows[0]))} ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, (_text(rows),))


def _on_sqlite(connection, table, names, rows):
    """Many rows in one statement, for behind each statement SQLite brings the index of all texts home."""
    dialect, columns = connection.dialect, {}
    for name in names:
        values = [held.get(name) for held in rows]
        if values.count(None) < len(values):  # what no row fills stays empty without being named
            bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
            columns[name] = map(bind, values) if bind else values
    told = list(zip(*columns.values(), strict=True))
    for start in range(0, len(told), AT_ONCE):
        some = told[start : start + AT_ONCE]
        marks = ", ".join([f"({', '.join('?' * len(columns))})"] * len(some))
        statement = f"INSERT INTO {_into(dialect, table, columns)} VALUES {marks}"  # noqa: S608  (names of ours)
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def _on_postgresql(connection, table, names, rows):
    """All rows as one text, which PostgreSQL takes apart itself: the same statement, however many they are."""
    told = [{name: value for name in names if (value := held.get(name)) is not None} for held in rows]
    connection.exec_driver_sql(_of_text(connection.dialect, table, names), (_text(told),))


def _text(rows):
    return json.dumps(rows, ensure_ascii=False, default=str)


@cache
def _of_text(dialect, table, names):
    quoted = dialect.identifier_preparer
    found = f"json_populate_recordset(NULL::{quoted.format_table(table)}, %s)"
    return f"INSERT INTO {_into(dialect, table, names)} SELECT {', '.join(map(quoted.quote, names))} FROM {found}"  # noqa: S608


def _into(dialect, table, names):
    quoted = dialect.identifier_preparer
    return f"{quoted.format_table(table)} ({', '.join(map(quoted.quote, names))})"
