"""Commands of the figures: `python3 run.py statistics rebuild | check | extract FILE | national FILE | document`."""
# unrestricted: runs commands as the system

import sys
import time
from pathlib import Path

import config

MAX_PRINTED = 50  # maximum number of printed differences


def add_statistics_arguments(parser):
    """Add the arguments of `run.py statistics`."""
    parser.add_argument("what", choices=("rebuild", "check", "extract", "national", "document"))
    parser.add_argument("file", nargs="?", help="the file that `extract` or `national` writes")
    parser.add_argument(
        "--year", default="", help="the year of `national`, otherwise the last one that has ended"
    )


def run_statistics(options):
    """Write the figures again from the register, compare both, or write a file: the open data, the national extract of a
    year (.xlsx or .csv), or docs/statistics.md and the guide of the measures.

    `check` and `national` exit 1 on differences.
    """
    if options.what == "document":
        _write_document()
        return
    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import SYSTEM, act_as
    from app.statistics import consistency_check, update_job

    app, started = setup.prepare_app(), time.monotonic()
    with app.app_context():
        act_as(db.session, SYSTEM)
        if options.what == "rebuild":
            update_job.rebuild_figures(db.session, report=print)
            print(f"The figures are up to date, after {time.monotonic() - started:,.1f} s.")
            return
        update_job.update_figures(db.session, seconds=3600)
        if options.what == "extract":
            _extract(options.file)
            return
        counted, found = consistency_check.find_drift(db.session)
        wrong = _write_national(options.file, options.year) if options.what == "national" else []
    print(f"{counted:,} rows recounted in {time.monotonic() - started:,.1f} s, {len(found):,} figures differ")
    for table, values, held, recounted in found[:MAX_PRINTED]:
        print(f"  {table} {', '.join(map(str, values))}: {held} in the figures, {recounted} in the register")
    sys.exit(bool(found or wrong))


def _extract(path):
    from app.kernel.text import dates
    from app.statistics import open_data, reader

    if not path:
        sys.exit("Give the file: run.py statistics extract /srv/figures/ecrime.duckdb")
    count = open_data.write_open_data(reader.open_reader(), path, dates.now().date())
    print(f"{path}: {count:,} open cases")


def _write_national(path, year):
    """Write the national extract, print its checks, and return those that are wrong."""
    from flask_babel import force_locale

    from app.kernel.text import dates
    from app.statistics import periods, reader
    from app.statistics.national_extract import contents, exports

    if not path or not path.endswith((".csv", ".xlsx")):
        sys.exit("Give the file: run.py statistics national national-2025.xlsx --year 2025")
    today = dates.now().date()
    with force_locale("en"):
        try:
            year = contents.parse_year(year or str(today.year - 1), today)
        except periods.InvalidPeriod as error:
            sys.exit(f"--year: {error}")
        extract = contents.build_extract(reader.open_reader(), year, today)
        for check in extract.checks:
            print(f"{check.title}: {exports.describe_result(check.result)}")
            for line in check.found[:MAX_PRINTED]:
                print(f"  {line}")
        if path.endswith(".csv"):
            Path(path).write_text(exports.write_csv(extract), "utf8")
        else:
            Path(path).write_bytes(exports.write_workbook(extract))
    print(f"{path}: {sum(row.offences for row in extract.rows):,} offences of {year}")
    return [check for check in extract.checks if check.result == contents.WRONG]


def _write_document():
    from flask_babel import force_locale

    from app import create_app
    from app.statistics import measures

    docs = config.ROOT / "docs"
    with create_app(SECRET_KEY="document" * 4).test_request_context():
        for language in ("en", "km"):
            with force_locale(language):
                (docs / "guide" / f"measures.{language}.md").write_text(
                    measures.render_guide(language), "utf8"
                )
        with force_locale("en"):
            (docs / "statistics.md").write_text(measures.render_document(), "utf8")
