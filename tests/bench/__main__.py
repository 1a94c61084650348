"""`python3 run.py bench`: fill two databases, request our pages and those of stock FAB in turn, print the
results.
"""

import argparse
import json
import multiprocessing
import platform
from datetime import date
from importlib import metadata
from pathlib import Path

import config
from app.web import assets, language
from tests.bench import (
    background_load,
    browsers,
    clerks,
    exports,
    filters,
    log,
    pages,
    printouts,
    promises,
    protected,
    report,
    saves,
    search,
    starts,
    stores,
)
from tests.bench.turns import in_turn
from tests.bench.worker import Worker

LONG = ("exports", "printouts", "background_load")  # parts that take minutes and change seldom
PACKAGES = ("flask-appbuilder", "flask", "sqlalchemy", "psycopg")


def arguments():
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--database", choices=(*stores.KINDS, "both"), default="sqlite")
    parser.add_argument(
        "--persons", type=int, default=1_000_000, help="of the large country; the small has a hundredth"
    )
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked")
    parser.add_argument("--seconds", type=int, default=clerks.SECONDS, help="how long sixty clerks save")
    parser.add_argument("--without", nargs="+", choices=LONG, default=(), help="leave these out")
    parser.add_argument("--quick", action="store_true", help="a tenth of the persons and of the questions")
    parser.add_argument(
        "--folder", type=Path, default=config.DATA_DIR / "bench", help="where the countries are kept"
    )
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    parser.add_argument("--write", action="store_true", help="write docs/figures.md")
    options = parser.parse_args()
    if options.quick:
        options.persons, options.times = options.persons // 10, max(6, options.times // 10)
        options.seconds //= 10
    return options


def measure(kind, options):
    """Measure all parts on one database."""
    large_url, small_url, written_url, bare_url = stores.prepared(kind, options.folder, options.persons)
    ours, stock = (Worker(side, large_url, options.folder) for side in ("ours", "stock"))
    small = Worker("ours", small_url, options.folder)
    key, times = pages.people_seen(ours)[0], options.times
    tables = report.ResultTables(kind, options.persons)
    found = {"database": kind, "persons": options.persons}
    found["calibration"] = tables.calibration(
        in_turn(times, bare=ours.bare_page, lookup=lambda: ours.key_lookup(key))
    )
    found["pages"] = tables.pages(pages.against_stock(ours, stock, times))
    found["growth"] = tables.compared("large against small", pages.against_small(ours, small, times))
    found["last"] = tables.compared("last page against the first", pages.last_against_first(ours, times))
    found["filters"] = tables.filters(filters.measure(ours, stores.USER, 1))
    found["search"] = tables.search(search.measure(ours, stock, times))
    clerk = Worker("ours", large_url, options.folder, protected.READER)
    asked = protected.measure(clerk, times)
    found["protected"] = tables.compared("protected against unknown people", asked)
    clerk.close()
    found["start"] = tables.start(starts.measure(large_url, options.folder, 7))
    found["browser"] = tables.browser(
        {"ours": browsers.measure(ours, 9), "stock": browsers.measure(stock, 5, browsers.PAGES[:2])}
    )
    if "exports" not in options.without:
        found["exports"] = tables.exports(exports.measure(large_url, options.folder))
    if "printouts" not in options.without:
        found["printouts"] = tables.case_sheets(printouts.measure(small_url))
    # Last, because it writes. The numbers of the next cases continue from these.
    found["save"] = tables.save(saves.measure(ours))
    for worker in (ours, stock, small):
        worker.close()
    with_them, without = Worker("ours", written_url, options.folder), Worker("bare", bare_url, options.folder)
    found["promises"] = tables.promises(promises.measure(with_them, without, times))
    for worker in (with_them, without):
        worker.close()
    if "background_load" not in options.without:
        found["background_load"] = tables.background_jobs(
            background_load.measure(written_url, options.folder)
        )
    found["clerks"] = tables.clerks(clerks.measure(written_url, options.folder, options.seconds))
    found["log"] = tables.log(log.measure(written_url))
    return found, tables.text


def main():
    options = arguments()
    assets.build_assets()
    language.compile_catalogues()
    kinds = tuple(stores.KINDS) if options.database == "both" else (options.database,)
    measured = [measure(kind, options) for kind in kinds]
    about = {
        "day": date.today().isoformat(),
        "cores": multiprocessing.cpu_count(),
        "python": platform.python_version(),
        "times": options.times,
        "without": f" Left out: {', '.join(options.without)}." if options.without else "",
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }
    if options.json:
        options.json.write_text(
            json.dumps({"about": about, "runs": [one for one, _text in measured]}, indent=1)
        )
    if options.write:
        figures = config.ROOT / "docs" / "figures.md"
        texts = [text for _one, text in measured]
        figures.write_text(report.page(about, texts, figures.read_text("utf8")), "utf8")


if __name__ == "__main__":
    main()
