"""Inserts of many rows of one table in one statement.

Binding each row in SQLAlchemy takes longer than the database needs to write it. Both databases therefore receive all rows
through the driver.
"""

import json
from functools import cache
from itertools import chain

from sqlalchemy import Connection

from app.kernel.database.engine import dialect_insert

ROWS_PER_STATEMENT = 100  # on SQLite


def insert_rows(connection, table, names, rows):
    """Insert `rows`, dicts with values for some of the columns `names`."""
    insert = _insert_on_sqlite if connection.dialect.name == "sqlite" else _insert_on_postgresql
    insert(connection, table, names, rows)


def insert_if_absent(session, table, rows):
    """Insert dicts with the same columns each and leave existing rows unchanged. `session` may be a connection."""
    if not rows:
        return
    connection = session if isinstance(session, Connection) else session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(dialect_insert(connection, table).on_conflict_do_nothing(), rows)
    else:
        statement = f"{_json_insert(connection.dialect, table, tuple(rows[0]))} ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, (_to_json(rows),))


def _insert_on_sqlite(connection, table, names, rows):
    """Insert many rows per statement, because SQLite flushes the full-text index after each one."""
    dialect, columns = connection.dialect, {}
    for name in names:
        values = [row.get(name) for row in rows]
        if values.count(None) < len(values):  # a column without any value is left out
            bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
            columns[name] = map(bind, values) if bind else values
    records = list(zip(*columns.values(), strict=True))
    for start in range(0, len(records), ROWS_PER_STATEMENT):
        batch = records[start : start + ROWS_PER_STATEMENT]
        placeholders = ", ".join([f"({', '.join('?' * len(columns))})"] * len(batch))
        statement = f"INSERT INTO {_target(dialect, table, columns)} VALUES {placeholders}"  # noqa: S608  (our own names)
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(batch)))


def _insert_on_postgresql(connection, table, names, rows):
    """Insert all rows from one JSON text, so that the statement is the same for any number of rows."""
    filled = [{name: value for name in names if (value := row.get(name)) is not None} for row in rows]
    connection.exec_driver_sql(_json_insert(connection.dialect, table, names), (_to_json(filled),))


def _to_json(rows):
    return json.dumps(rows, ensure_ascii=False, default=str)


@cache
def _json_insert(dialect, table, names):
    preparer = dialect.identifier_preparer
    source = f"json_populate_recordset(NULL::{preparer.format_table(table)}, %s)"
    columns = ", ".join(map(preparer.quote, names))
    return f"INSERT INTO {_target(dialect, table, names)} SELECT {columns} FROM {source}"  # noqa: S608


def _target(dialect, table, names):
    preparer = dialect.identifier_preparer
    return f"{preparer.format_table(table)} ({', '.join(map(preparer.quote, names))})"
