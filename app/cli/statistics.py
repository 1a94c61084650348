"""Commands of the figures: `python3 run.py statistics rebuild | check | extract FILE | document`."""
# unrestricted: runs commands as the system

import sys
import time

import config

MAX_PRINTED = 50  # maximum number of printed differences


def add_statistics_arguments(parser):
    """Add the arguments of `run.py statistics`."""
    parser.add_argument("what", choices=("rebuild", "check", "extract", "document"))
    parser.add_argument("file", nargs="?", help="the file of open data that `extract` writes")


def run_statistics(options):
    """Write the figures again from the register, compare both, write the file of open data, or write docs/statistics.md.

    `check` exits 1 on differences.
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
    print(f"{counted:,} rows recounted in {time.monotonic() - started:,.1f} s, {len(found):,} figures differ")
    for table, values, held, recounted in found[:MAX_PRINTED]:
        print(
            f"  {table} {', '.join(map(str, values))}: {held:,} in the figures, {recounted:,} in the register"
        )
    sys.exit(bool(found))


def _extract(path):
    from app.kernel.text import dates
    from app.statistics import open_data, reader

    if not path:
        sys.exit("Give the file: run.py statistics extract /srv/figures/ecrime.duckdb")
    count = open_data.write_open_data(reader.open_reader(), path, dates.now().date())
    print(f"{path}: {count:,} open cases")


def _write_document():
    from flask_babel import force_locale

    from app import create_app
    from app.statistics import measures

    with create_app(SECRET_KEY="document" * 4).test_request_context(), force_locale("en"):
        text = measures.render_document()
    (config.ROOT / "docs" / "statistics.md").write_text(text, "utf8")
