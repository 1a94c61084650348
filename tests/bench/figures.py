"""Time of the pages of figures with 500,000 cases over twenty years, and with ten times as many:
`python -m tests.bench.figures DATABASE-URL [CASES [TIMES]]`.

The facts are multiplied, not the database: it gives accounts and places only. They are made by hashes, so that each run
asks about the same ones. The numbers are elapsed milliseconds of one process, as a reader waits for them.

Sign-in writes to the database: use a copy.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

from app.kernel.schema import code_lists
from app.statistics import map_figures, store
from tests.bench.answering import Answering
from tests.bench.turns import share

CASES, TIMES, LARGER, WARM = 500_000, 40, 10, 3
SLOWEST, MOST, LARGEST_MAP = 300, 1.3, 120_000  # milliseconds, times the small facts, bytes
READER = "planning"
YEARS = "first=12/2024&last=11/2026"
PAGES = {
    "timely work": "/statistics/timeliness/?month=202610",
    "what happened: month": "/statistics/crime/?kind=month&until=31/10/2026",
    "what happened: year": "/statistics/crime/?kind=year&until=31/12/2025",
    "map of the nation": "/statistics/map/?period=2025",
    "map of a province": "/statistics/map/02?period=2025&family=property",
    "table: family × province": f"/statistics/tables/?rows=family&columns=province&{YEARS}",
    "table: month × weekday": f"/statistics/tables/?rows=month&columns=weekday&{YEARS}",
    "table: means, twenty years": "/statistics/tables/?count=offences&rows=means&columns=year&first=01/2007&last=11/2026",
    "table: people each once": "/statistics/tables/?count=people&rows=band&columns=sex&first=12/2025&last=11/2026",
    "table: people in cases": f"/statistics/tables/?count=involvements&rows=role&columns=band&{YEARS}",
    "table: grams by substance": f"/statistics/tables/?count=grams&rows=substance&columns=year&{YEARS}",
    "table: protected": "/statistics/tables/?count=protected&rows=group&columns=year&first=01/2020&last=12/2025",
}
LONG = {
    "report of a year, PDF": "/printout/statistics-report/?period=2025",
    "report of a year, workbook": "/printout/statistics-report/workbook?period=2025",
}
# A number below `n` of the row and of the name of a column.
_PICK = "CREATE MACRO pick(row, name, n) AS CAST(hash(row, name) % n AS INTEGER)"
_FACTS = {
    "cases": """SELECT i, day, year(day) * 100 + month(day), if(pick(i, 'known', 5) = 0, NULL, pick(i, 'hour', 24)),
        isodow(day), commune[:2], commune[:4], commune, 'house', 'phone', if(pick(i, 'open', 3) = 0, 'open', 'closed'),
        if(pick(i, 'arrest', 3) = 0, 'arrest', NULL), day + 1, day + to_hours(delay), year(day) * 100 + month(day),
        'PC-' || commune[:2], pick(i, 'officer', 900), delay, delay <= 48, NULL, pick(i, 'imported', 20) = 0,
        if(pick(i, 'group', 12) = 0, 'sexual', NULL), true, pick(i, 'village', 9) > 0, pick(i, 'photo', 9) > 0, true
        FROM (SELECT range AS i, DATE '2026-11-29' - pick(range, 'day', 7300) AS day, pick(range, 'delay', 90) AS delay,
            places[1 + pick(range, 'place', len(places))] AS commune FROM range($cases), lists)""",
    "offences": """SELECT range, CAST(range / 1.2 AS INTEGER), families[1 + pick(range, 'family', len(families))], 'x', 'felony',
        false, 'break_in', means[1 + pick(range, 'means', len(means))], NULL, NULL, NULL
        FROM range(CAST($cases * 1.2 AS INTEGER)), lists""",
    "people": """SELECT range, range // 2, pick(range, 'who', $cases), if(range % 2 = 0, 'suspect', 'victim'),
        if(pick(range, 'sex', 2) = 0, 'male', 'female'), bands[1 + pick(range, 'band', len(bands))], false, false, false,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM range($cases * 2), lists""",
    "items": """SELECT range, range * 2, if(range % 3 = 0, 'drug', 'weapon'), 'seized', 'substance-' || range % 8, NULL,
        pick(range, 'grams', 500), 'gram' FROM range($cases // 2), lists""",
}  # fmt: skip


def make_facts(app, folder, cases):
    """Publish the facts of so many cases in a folder."""
    app.config["STATISTICS_DIR"] = folder
    with app.app_context():
        lists = (
            [spot.code for spot in map_figures.list_spots("", 6)],
            sorted(code_lists.keys("offence_family")),
            sorted(code_lists.keys("means")),
            ["18-24", "25-34", "35-44", "45-59", "60+"],
        )
        with store.open_work_file() as work:
            work.execute("SET memory_limit = '2GB'")
            work.execute("SET preserve_insertion_order = false")
            work.execute(_PICK)
            work.execute(
                "CREATE TEMP TABLE lists (places VARCHAR[], families VARCHAR[], means VARCHAR[], bands VARCHAR[])"
            )
            work.execute("INSERT INTO lists VALUES (?, ?, ?, ?)", lists)
            for table, sql in _FACTS.items():
                work.execute(f"INSERT INTO {table} {sql}", {"cases": cases})
            work.execute("DROP MACRO pick")
            work.execute("INSERT OR REPLACE INTO state VALUES ('as_of', '\"2026-11-29T10:00:00\"')")
            work.execute("CHECKPOINT")
        store.publish()
        (store.get_folder() / "work.duckdb").unlink()


def ask(answering, folder, path, times, warm=WARM):
    """Return (95th percentile of the elapsed milliseconds, bytes of the answer) of a page with the facts of a folder."""
    answering.app.config["STATISTICS_DIR"] = folder
    answers = [answering.answer(path) for _number in range(warm + times)]
    bad = {one["status"] for one in answers} - {200}
    assert not bad, f"{path} answered with {bad}"
    return share(sorted(one["wall"] for one in answers[warm:]), 0.95), answers[-1]["bytes"]


def main(url, cases=CASES, times=TIMES):
    cases, times = int(cases), int(times)
    missed = []
    with tempfile.TemporaryDirectory() as home:
        answering = Answering("ours", url, Path(home), READER)
        folders = [Path(home) / str(number) for number in (cases, cases * LARGER)]
        for folder in folders:
            make_facts(answering.app, folder, int(folder.name))
            size = sum(path.stat().st_size for path in folder.glob("*.duckdb"))
            print(f"{int(folder.name):,} cases, {size / 2**20:,.0f} MB", flush=True)
        for name, path in PAGES.items():
            found = [ask(answering, folder, path, times) for folder in folders]
            (small, size), (large, _size) = found
            print(
                f"{name:30} p95 {small:7.0f} ms {large:7.0f} ms × {large / small:.2f} {size:9,} bytes",
                flush=True,
            )
            if large > SLOWEST or large > small * MOST:
                missed.append(name)
            if path.startswith("/statistics/map/?") and size > LARGEST_MAP:
                missed.append(f"{name}: bytes")
        for name, path in LONG.items():
            times_of = [ask(answering, folder, path, 1, 0)[0] / 1000 for folder in folders]
            print(f"{name:30} {times_of[0]:.1f} s {times_of[1]:.1f} s", flush=True)
    print(f"DuckDB {duckdb.__version__}. Missed: {', '.join(missed) or 'none'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
