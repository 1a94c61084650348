"""An import or a mended sheet that is killed at any statement, twenty times, goes on exactly where it was: nothing
double, nothing lost.
"""

import subprocess
import sys
from dataclasses import replace

from flask import current_app
from sqlalchemy import create_engine, text

import config
from app import jobs
from app.extensions import db
from app.imports import fix_sheet_export, profiles, uploads
from tests.imports.steps import SECOND, a_run, brought_in, waiting_of
from tests.imports.workbooks import text as text_file
from tests.sample_rows import written_by

ROWS, KILLS = 200, 20
COUNTS = {"person": ROWS, "involvement": ROWS, "import_entry": ROWS, "old_number": ROWS * 2, '"case"': ROWS}


def test_killed_and_begun_again(register, tmp_path, db_session):
    """Each case has one person; a case and its person come together or not at all."""
    profile = replace(profiles.shipped()["ecrime-2016"], encoding="utf-8")
    path, run = a_file(profile, tmp_path), a_run(profile).id
    db_session.remove()
    assert tries(register, "import", run, path) == ["-9"] * KILLS + ["0"]
    expect_all(register)


def test_a_mended_sheet_that_is_killed_and_begun_again(register, tmp_path, db_session):
    """Every case waits for its place; the sheet names it."""
    profile = replace(profiles.shipped()["ecrime-2016"], encoding="utf-8")
    run = brought_in(profile, a_file(profile, tmp_path, place="029999"))
    for entry in waiting_of(run):
        entry.values = [[row, values | {"case.place": "020310"}] for row, values in entry.values]
    sheet, _count = fix_sheet_export.sheet_of(run)
    name, sha256 = uploads.keep_sheet(sheet)
    with written_by(SECOND):
        job = jobs.start(db.session, uploads.SHEETS, title="sheet", run=run.id, sheet=name, sha256=sha256)
        job = job.id
    db.session.commit()
    db_session.remove()
    assert tries(register, "sheet", job, current_app.config["FILES_DIR"]) == ["-9"] * KILLS + ["0"]
    assert not uploads.path_of(name).exists()
    expect_all(register)


def tries(register, what, number, path):
    environment = {
        "ECRIME_DATABASE_URL": register.url,
        "ECRIME_DATA_DIR": str(config.DATA_DIR),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(config.ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.imports.import_worker", what, str(number), str(path), str(KILLS)]
    done = subprocess.run(
        command, env=environment, cwd=config.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def expect_all(register):
    engine = create_engine(register.url)
    with engine.connect() as connection:
        for table, count in COUNTS.items():
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == count, table  # noqa: S608
        doubles = "SELECT count(*) FROM involvement GROUP BY case_id HAVING count(*) <> 1"
        assert not connection.execute(text(doubles)).all()
        state = text("SELECT state, entered, waiting, last_row FROM import_run")
        assert tuple(connection.execute(state).one()) == ("done", ROWS, 0, ROWS + 1)
    engine.dispose()


def a_file(profile, folder, place="020310"):
    usual = {
        "case.occurred_from": "14-09-2016 21:30", "case.reported_at": "15-09-2016 07:00",
        "case.report_kind": "complaint", "case.place": place, "case.summary": "x" * 40, "case.status": "open",
        "offence.offence": "PC2009-353_356", "offence.offence_class": "misdemeanour", "involvement.role": "suspect",
        "person.surname_km": "សុខ", "person.given_km": "ដារ៉ា", "person.sex": "M", "person.nationality": "KH",
        "exhibit.kind": "phone", "exhibit.property_role": "stolen", "exhibit.description": "x", "exhibit.state": "missing",
    }  # fmt: skip
    rows = [
        usual
        | {"case.old": f"K-{n}", "person.old": f"N-{n}", "person.born_on": f"{n % 28 + 1}-1-{1950 + n % 50}"}
        for n in range(ROWS)
    ]
    lines = [[row.get(key, "") for key in profile.columns] for row in rows]
    return text_file(folder / "cases.csv", [list(profile.columns.values()), *lines])
