"""How a database would answer what was asked of it: by an index, or by reading a table from end to end."""

import re
from contextlib import contextmanager

from sqlalchemy import event

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
# A list goes along its index and takes the first rows; that is no reading of the whole.
WHOLE_TABLE = {"sqlite": r"^SCAN (\w+)\b(?! USING INDEX)", "postgresql": r"Seq Scan on (\w+)"}


@contextmanager
def planned(register):
    """The questions that are asked inside this block, as a list of (statement, parameters) that grows."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(register.app_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(register.app_engine, "before_cursor_execute", note)


def plan(register, statement, parameters):
    """The lines of the plan. Of small tables PostgreSQL would read all: that it is told not to like."""
    kind = register.owner.dialect.name
    with register.owner.connect() as connection:
        if kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(EXPLAIN[kind] + statement, parameters).all()
        connection.rollback()
    return [str(row[-1]).strip() for row in rows]


def read_whole(register, statement, parameters):
    """The names of the tables that are read from end to end."""
    kind = register.owner.dialect.name
    found = (re.search(WHOLE_TABLE[kind], line) for line in plan(register, statement, parameters))
    return {one[1] for one in found if one}
