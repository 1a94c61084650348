"""The file of open data: its numbers, and what it does not hold."""

import random
from datetime import date

import duckdb
import pytest

from app.statistics import crime, open_data, reader, suppression
from tests.statistics.query_builder.test_queries import publish_random_facts

TODAY = date(2026, 11, 29)


@pytest.fixture
def extract(app, publish_facts, tmp_path):
    """Write the file of open data of random facts; return its connection and the facts."""
    publish_random_facts(publish_facts, random.Random(9))
    path = tmp_path / "open.duckdb"
    with app.app_context():
        figures = reader.open_reader()
        open_data.write_open_data(figures, path, TODAY)
        open_data.write_open_data(figures, path, TODAY)  # again, in its place
        with duckdb.connect(path, read_only=True) as connection:
            yield connection, figures
    assert [one.name for one in tmp_path.glob("open*")] == ["open.duckdb"]


def test_extract_has_open_cases_and_adults_only(extract):
    connection, figures = extract
    assert connection.execute("SELECT count(*), count(DISTINCT case_number) FROM cases").fetchall() == (
        figures.fetch_rows("SELECT count(*), count(*) FROM cases WHERE protected IS NULL")
    )
    by_family = "SELECT family, province, count(*) FROM {} GROUP BY ALL ORDER BY ALL"
    assert connection.execute(by_family.format("offences JOIN cases USING (case_number)")).fetchall() == (
        figures.fetch_rows(
            by_family.format("offences o JOIN cases c ON c.id = o.case_id WHERE protected IS NULL")
        )
    )
    people = figures.fetch_rows(
        "SELECT count(*) FROM people p JOIN cases c ON c.id = p.case_id WHERE protected IS NULL AND NOT minor AND NOT hidden"
    )
    assert connection.execute("SELECT count(*) FROM people").fetchall() == people
    with pytest.raises(duckdb.InvalidInputException):
        connection.execute("DELETE FROM cases")
    columns = {row[0] for row in connection.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
    assert not columns & {
        "who",
        "id",
        "case_id",
        "day",
        "officer",
        "recorded",
        "minor",
        "hidden",
        "protected",
    }


def test_extract_has_protected_cases_as_the_suppressed_cube(extract):
    connection, figures = extract
    cube, hidden = crime.load_protected_cube(figures, 2025)
    rows = connection.execute('SELECT "group", province, month, number FROM protected_cases').fetchall()
    held = {tuple("" if part is None else part for part in row[:3]): row[3] for row in rows}
    assert held == {key: suppression.show(cube, hidden, key) for key in cube if "" in key}
    assert not any(0 < (number or 0) < 5 for number in held.values())
