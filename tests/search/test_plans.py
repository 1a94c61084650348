"""Whatever is typed, no search reads a table from end to end: the plan of each of its statements says so."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import bindparam, event, text
from sqlalchemy.engine import Engine

from tests.registers import APPLICATION
from tests.search.test_bad_input import ODD, sent

# Not what the walls read beside each person: of a few rows the planner of PostgreSQL misjudges it.
GROWING = {
    "person", "person_name", "person_document", "person_address", "person_mark", "person_photo", "case", "case_offence",
    "involvement", "supplement", "exhibit", "name_key", "name_bearer", "saved_search", "audit_event",
}  # fmt: skip
USUAL = [
    "Sok Dara",
    "sokdara",
    "សុខ ដារ៉ា",
    "ដារ៉ា",
    "Xokk Dqra",
    "012 345 678",
    "1AB-2345",
    "ទូរស័ព្ទដៃ",
    "កា",
    "ទូរស័ព្ទ 5គ្រឿង",
]
ORDERED = {
    "Index Scan",
    "Index Only Scan",
}  # without a condition they go through all of it, as through the table
NAMES = {
    "name_key",
    "name_bearer",
}  # other tables are empty here, and an order is worth more than a condition


@contextmanager
def statements():
    """{statement: its parameters}, each once."""
    seen = {}

    def remember(_connection, _cursor, statement, parameters, *_rest):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.setdefault(statement, parameters)

    event.listen(Engine, "before_cursor_execute", remember)
    yield seen
    event.remove(Engine, "before_cursor_execute", remember)


@pytest.fixture
def plans(register, each_database):
    """Asks whoever owns the database, in a transaction that is taken back."""
    with register.owner.connect() as connection:
        if connection.dialect.name == "postgresql":
            as_if_they_were_large(connection)
        yield connection
        connection.rollback()


def as_if_they_were_large(connection):
    """A small table is read whole, whatever its indexes: PostgreSQL is told of a million rows in each."""
    connection.execute(
        text("UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relname IN :names").bindparams(
            bindparam("names", sorted(GROWING), expanding=True)
        )
    )
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # some are empty all the same
    connection.exec_driver_sql(f"SET LOCAL ROLE {APPLICATION}")  # behind the walls, as the application asks


def read_whole(connection, statement, parameters):
    """The growing tables that this statement reads from end to end."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        steps = (re.match(r"SCAN (\w+?)(_\d+)?( USING .*)?$", row[3]) for row in rows)
        return {step[1] for step in steps if step} & GROWING
    (plan,) = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, parameters).scalar()
    return set(_whole(plan["Plan"])) & GROWING


def _whole(node):
    kind = node["Node Type"]
    unconditional = kind in ORDERED and "Index Cond" not in node and node["Relation Name"] in NAMES
    if kind == "Seq Scan" or unconditional:
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _whole(part)


@pytest.mark.parametrize("url", ["/find/", "/find/suggest", "/texts/"])
def test_no_search_reads_a_table_from_end_to_end(clerk, country, plans, url):
    with statements() as seen:
        for typed in USUAL + ODD:
            sent(clerk, url, typed)
    assert seen
    for statement, parameters in seen.items():
        assert not read_whole(plans, statement, parameters), statement


def test_a_statement_without_an_index_is_noticed(plans):
    assert read_whole(plans, "SELECT id FROM person WHERE mother_name = 'x'", ()) == {"person"}
