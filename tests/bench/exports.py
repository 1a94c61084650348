"""The cost of an export compared with the minimum: the same rows and columns, from a raw cursor into
`csv.writer` and into xlsxwriter with `constant_memory`. Each runs in a process of its own, which reports
its memory growth.

Speed uses processor time on SQLite, where the database works in the same process, and elapsed time on
PostgreSQL.
"""

import csv
import gc
import multiprocessing
import resource
import statistics
import tempfile
import time
from pathlib import Path

READER = "manager"  # has national scope; protected persons are left out row by row
LEAST = {"csv": 0.5, "xlsx": 0.7}  # share of the raw speed
MOST_MEMORY = {"csv": 60, "xlsx": 80}  # megabytes above the start
ROUNDS = {"csv": 3, "xlsx": 1}


def measure(url, folder):
    """Return format → rows, raw and our rows per second (medians), their ratio, our growth in megabytes."""
    return {kind: _compared(kind, url, str(folder)) for kind in LEAST}


def _compared(kind, url, folder):
    found = {"raw": [], "ours": []}
    for _round in range(ROUNDS[kind]):
        for side, runs in found.items():
            runs.append(_in_a_process(side, kind, url, folder))
    speed = {
        side: statistics.median(rows / seconds for rows, seconds, _memory in runs)
        for side, runs in found.items()
    }
    return {
        "rows": found["ours"][0][0],
        **speed,
        "ratio": speed["ours"] / speed["raw"],
        "ratio_target": LEAST[kind],
        "memory": max(memory for _rows, _seconds, memory in found["ours"]),
        "memory_target": MOST_MEMORY[kind],
    }


def _in_a_process(side, kind, url, folder):
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        return alone.apply(_run, (side, kind, url, folder))


def _run(side, kind, url, folder):
    """Return (rows, seconds, megabytes) of one export."""
    from flask import g
    from sqlalchemy import select

    from app import create_app
    from app.accounts import job_actor as acting
    from app.accounts.models import User
    from app.exports import datasets as plans
    from app.exports.row_stream import ExportTable
    from app.extensions import db
    from app.kernel.actor import act_as
    from tests.bench import stores

    app = create_app(**stores.settings(url, folder))
    with app.app_context(), app.test_request_context(), tempfile.TemporaryDirectory(dir=folder) as place:
        g._login_user = g.user = (
            db.session.scalars(select(User).where(User.username == READER)).unique().one()
        )
        act_as(db.session, acting.build_actor(db.session, g.user))
        view = plans.get_list_view("PersonView")
        model = view.datamodel.obj
        sheet = ExportTable(view, order=[model.name_sort, model.id])
        write = {"raw": _raw, "ours": _ours}[side]
        clock = time.process_time if db.engine.dialect.name == "sqlite" else time.perf_counter
        gc.collect()
        gc.freeze()  # as the worker does
        before, begun = _peak(), clock()
        rows = write(kind, sheet, Path(place))
        return rows, clock() - begun, _peak() - before


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ours(kind, sheet, place):
    from app.exports.export_job import FORMATS
    from app.exports.models import Export

    export = Export(id=1, purpose="investigation", case_number="02-2026-000001")
    FORMATS[kind](place, export, lambda _rows, _sheet: None).write([sheet])
    return sheet.rows


def _raw(kind, sheet, place):
    from sqlalchemy import select

    from app.extensions import db
    from app.kernel.actor import actor_of

    within = sheet.model.__row_filter__(actor_of(db.session).scope)
    asked = select(*(column.column for column in sheet.columns)).where(within).order_by(*sheet.order)
    words = str(asked.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        cursor = driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name="raw")
        cursor.arraysize = 2_000
        cursor.execute(words)
        return {"csv": _raw_csv, "xlsx": _raw_xlsx}[kind](cursor, place)


def _raw_csv(cursor, place):
    rows = 0
    with (place / "raw.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        while part := cursor.fetchmany():
            writer.writerows(part)
            rows += len(part)
    return rows


def _raw_xlsx(cursor, place):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(place / "raw.xlsx"), {"constant_memory": True, "tmpdir": str(place)})
    sheet, rows = book.add_worksheet(), 0
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    book.default_date_format = day
    for rows, row in enumerate(cursor, 1):
        sheet.write_row(rows, 0, row)
    book.close()
    return rows


if __name__ == "__main__":
    import sys

    for name, found in measure(sys.argv[1], Path(sys.argv[2])).items():
        print(name, found)
