"""The query plans of all search statements: none reads a whole table."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import bindparam, event, text
from sqlalchemy.engine import Engine

from tests.registers import APPLICATION
from tests.search.test_bad_input import ODD_TEXTS, post_text

# Without the tables of the row-level security policies: with few rows the PostgreSQL planner misjudges them.
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
}  # without a condition they read the whole index
NAMES = {
    "name_key",
    "name_bearer",
}  # other tables are empty here, so the planner prefers the order to a condition


@contextmanager
def recorded_statements():
    """Yield {statement: its parameters}, filled while the context is open."""
    seen = {}

    def record(_connection, _cursor, statement, parameters, *_rest):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.setdefault(statement, parameters)

    event.listen(Engine, "before_cursor_execute", record)
    yield seen
    event.remove(Engine, "before_cursor_execute", record)


@pytest.fixture
def plans(register, each_database):
    """Return a connection of the database owner. Its transaction is rolled back."""
    with register.owner.connect() as connection:
        if connection.dialect.name == "postgresql":
            pretend_large_tables(connection)
        yield connection
        connection.rollback()


def pretend_large_tables(connection):
    """Set the statistics of PostgreSQL to a million rows, because it reads a small table as a whole."""
    connection.execute(
        text("UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relname IN :names").bindparams(
            bindparam("names", sorted(GROWING), expanding=True)
        )
    )
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # some tables are still empty
    connection.exec_driver_sql(
        f"SET LOCAL ROLE {APPLICATION}"
    )  # with row-level security, like the application


def find_full_scans(connection, statement, parameters):
    """Return the growing tables that this statement reads as a whole."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        steps = (re.match(r"SCAN (\w+?)(_\d+)?( USING .*)?$", row[3]) for row in rows)
        return {step[1] for step in steps if step} & GROWING
    (plan,) = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, parameters).scalar()
    return set(_full_scan_tables(plan["Plan"])) & GROWING


def _full_scan_tables(node):
    kind = node["Node Type"]
    unconditional = kind in ORDERED and "Index Cond" not in node and node["Relation Name"] in NAMES
    if kind == "Seq Scan" or unconditional:
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _full_scan_tables(part)


@pytest.mark.parametrize("url", ["/find/", "/find/suggest", "/text-search/"])
def test_search_has_no_full_table_scan(clerk, country, plans, url):
    with recorded_statements() as seen:
        for typed in USUAL + ODD_TEXTS:
            post_text(clerk, url, typed)
    assert seen
    for statement, parameters in seen.items():
        assert not find_full_scans(plans, statement, parameters), statement


def test_statement_without_index_is_detected(plans):
    assert find_full_scans(plans, "SELECT id FROM person WHERE mother_name = 'x'", ()) == {"person"}
