"""Query plans: whether the database would use an index or scan a table."""

import re
from contextlib import contextmanager

from sqlalchemy import event

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
# A list follows its index and takes the first rows; this is not a full scan.
WHOLE_TABLE = {"sqlite": r"^SCAN (\w+)\b(?! USING INDEX)", "postgresql": r"Seq Scan on (\w+)"}


@contextmanager
def planned(register):
    """Return the queries of this block, as a growing list of (statement, parameters)."""
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
    """Return the lines of the plan. PostgreSQL would scan small tables: sequential scans are discouraged."""
    kind = register.owner.dialect.name
    with register.owner.connect() as connection:
        if kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(EXPLAIN[kind] + statement, parameters).all()
        connection.rollback()
    return [str(row[-1]).strip() for row in rows]


def find_scanned_tables(register, statement, parameters):
    """Return the names of the tables that are fully scanned."""
    kind = register.owner.dialect.name
    found = (re.search(WHOLE_TABLE[kind], line) for line in plan(register, statement, parameters))
    return {one[1] for one in found if one}
