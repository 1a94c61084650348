"""Counts of SQL statements."""

from contextlib import contextmanager

from sqlalchemy import event


@contextmanager
def counted(register):
    """Return the statements of this block on the application's database, as a growing list. BEGIN is none of them."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):  # that of PostgreSQL is not seen here
            asked.append(statement)

    event.listen(register.app_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(register.app_engine, "before_cursor_execute", note)
