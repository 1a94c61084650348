"""The file of open data for programs like Superset or Metabase: what every reader of the whole country may count, without names.

It is a file of its own, written from nothing: rows that are deleted from a database may remain readable in its file.
"""

import shutil
from pathlib import Path

from app.statistics import crime, periods, suppression
from app.statistics.query_builder.fields import COUNTS

# Cases have a number of this file only, no day and no officer. People are rows of a case, without a number of the person.
_TABLES = {
    "cases": """SELECT number AS case_number, month, hour, weekday, province, district, commune, unit, place_kind,
        report_kind, status, clearance, late_reason, imported, on_time FROM facts.cases c JOIN numbers n ON n.id = c.id""",
    "offences": """SELECT number AS case_number, family, offence, class, attempt, method, means, motive, weapon,
        second_weapon
        FROM facts.offences o JOIN numbers n ON n.id = o.case_id""",
    "people": f"""SELECT number AS case_number, role, sex, band, foreigner, education, occupation, relation, injury,
        intoxication, participation, family_status, decision FROM facts.people p JOIN numbers n ON n.id = p.case_id WHERE {COUNTS["people"].where}""",
    "items": """SELECT number AS case_number, kind, role, substance, weapon, quantity, measure
        FROM facts.items i JOIN numbers n ON n.id = i.case_id""",
}


def write_open_data(figures, path, today):
    """Write the file of open data from the published facts, and return the number of its cases."""
    import duckdb

    waiting, copy = (Path(f"{path}.{suffix}") for suffix in ("part", "facts"))
    for old in (waiting, copy):
        old.unlink(missing_ok=True)
    shutil.copyfile(figures.path, copy)  # the process may have the published file open already
    connection = duckdb.connect(waiting)
    try:
        connection.execute(f"ATTACH '{copy}' AS facts (READ_ONLY)")
        connection.execute(
            "CREATE TEMP TABLE numbers AS SELECT id, row_number() OVER (ORDER BY chance) AS number"
            " FROM (SELECT id, random() AS chance FROM facts.cases WHERE protected IS NULL)"
        )
        for table, sql in _TABLES.items():
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM ({sql}) ORDER BY case_number")
        connection.execute(
            'CREATE TABLE protected_cases ("group" VARCHAR, province VARCHAR, year INTEGER, month INTEGER, number INTEGER)'
        )
        if rows := _list_protected(figures, today):
            connection.executemany("INSERT INTO protected_cases VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("CREATE TABLE about (as_of TIMESTAMP)")
        connection.execute("INSERT INTO about VALUES (?)", [figures.as_of])
        connection.execute("DETACH facts")
        count = connection.execute("SELECT count(*) FROM cases").fetchone()[0]
    finally:
        connection.close()
        copy.unlink(missing_ok=True)
    waiting.rename(path)
    return count


def _list_protected(figures, today):
    """Return the rows of the suppressed cubes: NULL for the sum of an axis, and for a number that is not shown."""
    rows = []
    years = figures.fetch_rows(
        "SELECT DISTINCT month // 100 FROM cases WHERE protected IS NOT NULL ORDER BY 1"
    )
    for (year,) in years:
        cube, hidden = crime.load_protected_cube(figures, year)
        for key in sorted((key for key in cube if suppression.ALL in key), key=str):
            group, province, month = (None if part == suppression.ALL else part for part in key)
            last = periods.last_day_of_month(periods.first_day(year * 100 + (month or 12)))
            if last < today:  # a growing number could single out a case
                rows.append((group, province, year, month, suppression.show(cube, hidden, key)))
    return rows
