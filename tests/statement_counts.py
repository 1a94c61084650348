"""How many SQL statements something takes."""

from contextlib import contextmanager

from sqlalchemy import event


@contextmanager
def counted(register):
    """The statements that the register's database is asked inside this block, as a list that grows."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(register.app_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(register.app_engine, "before_cursor_execute", note)
