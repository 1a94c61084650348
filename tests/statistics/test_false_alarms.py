"""A country with seasons, large and small places, frequent and rare families, and no effect: few of its cells are unusual.

`run.py nightly statistics` makes it as large as a country: 500,000 cases in twenty years.
"""

from collections import Counter
from datetime import date

import pytest

from app.statistics import crime, hot_spots, periods, reader, store
from app.statistics.reader import NATIONWIDE, Limits
from tests import nightly

CASES = nightly.count("STATISTICS_COUNTRY", 20_000)
YEARS, LAST = 20, date(2026, 11, 30)
MOST = 0.05
FAMILIES = ("property", "violence", "drugs", "traffic", "fraud", "public_order", "weapons", "other")
# A place and a family are the more frequent the lower their number. January has twice the cases of July.
_MADE = f"""
    SELECT i AS id, day, year(day) * 100 + month(day) AS month, isodow(day) AS weekday, province,
        province || district AS district, province || district || commune AS commune, false AS imported,
        $families[1 + CAST(floor({len(FAMILIES)} * power(pick(i, 'family', 10000) / 10000, 2)) AS INTEGER)] AS family
    FROM (SELECT range AS i, DATE '{LAST}' - pick(range, 'day', {YEARS * 3653 // 10}) AS day,
        printf('%02d', 1 + CAST(floor(25 * power(pick(range, 'province', 10000) / 10000, 2)) AS INTEGER)) AS province,
        printf('%02d', 1 + pick(range, 'district', 8)) AS district, printf('%02d', 1 + pick(range, 'commune', 8)) AS commune
        FROM range($cases))
    WHERE pick(i, 'season', 100) < 75 + 25 * cos(2 * pi() * (month(day) - 1) / 12)"""
_COLUMNS = "id, day, month, weekday, province, district, commune, imported"


@pytest.fixture
def country(app, figures_folder):
    """Publish the facts and return the open copy."""
    with app.app_context():
        with store.open_work_file() as work:
            work.execute("CREATE TEMP MACRO pick(row, name, n) AS CAST(hash(row, name) % n AS INTEGER)")
            work.execute(
                f"CREATE TEMP TABLE made AS {_MADE}", {"cases": CASES * 4 // 3, "families": list(FAMILIES)}
            )
            work.execute(f"INSERT INTO cases ({_COLUMNS}) SELECT {_COLUMNS} FROM made")
            work.execute("INSERT INTO offences (id, case_id, family) SELECT id, id, family FROM made")
            work.execute("INSERT OR REPLACE INTO state VALUES ('as_of', '\"2026-12-01T10:00:00\"')")
        store.publish()
        yield reader.open_reader()


@pytest.mark.nightly(name="statistics")
def test_country_without_an_effect_has_few_unusual_cells(country):
    found = {
        "months outside the usual band": measure_bands(country),
        "differences beyond the usual": measure_differences(country),
        "hot spots": measure_hot_spots(country),
    }
    assert all(cells for _alarms, cells in found.values()), found
    assert all(alarms <= MOST * cells for alarms, cells in found.values()), found


def list_provinces(figures):
    return [row[0] for row in figures.fetch_rows("SELECT DISTINCT province FROM cases ORDER BY 1")]


def measure_bands(figures):
    """Return (months outside their band, months with a band) of the country and each province, by family."""
    alarms = cells = 0
    for limits in (NATIONWIDE, *map(Limits, list_provinces(figures))):
        for family in ("", *FAMILIES):
            for _month, count, band in crime.list_line(figures, limits, periods.month_number(LAST), family):
                if band is not None:
                    cells += 1
                    alarms += not band[1] <= count <= band[2]
    return alarms, cells


def measure_differences(figures):
    """Return (differences beyond the usual, differences) of the families of each province in twelve months."""
    alarms = cells = 0
    for limits in map(Limits, list_provinces(figures)):
        for back in range(12):
            period = periods.build_period(periods.MONTH, periods.add_months(LAST, -back))
            counts = crime.compare_families(figures, limits, period, years=1)
            alarms += sum(crime.is_beyond_usual(*pair) for pair in counts.values())
            cells += len(counts)
    return alarms, cells


def measure_hot_spots(figures):
    """Return (hot communes, communes with a case) of each family in a year."""
    counts = {family: Counter() for family in ("", *FAMILIES)}
    for family, commune, number in figures.fetch_rows(
        "SELECT family, commune, count(*) FROM cases c JOIN offences o ON o.case_id = c.id WHERE month > 202511 GROUP BY ALL"
    ):
        counts[family][commune] += number
        counts[""][commune] += number
    hot = [hot_spots.find_hot_spots(counts[family], counts[""]) for family in FAMILIES]
    return sum(map(len, hot)), sum(len(counts[family]) for family in FAMILIES)
