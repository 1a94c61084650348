"""An import or a fixed spreadsheet that is killed several times, at any statement, resumes exactly: no
duplicates, no losses.
"""

import subprocess
import sys
from dataclasses import replace

import pytest
from flask import current_app
from sqlalchemy import create_engine, text

import config
from app import jobs
from app.extensions import db
from app.imports import fix_sheet_export, profiles, uploads
from app.imports.models import ImportRun
from tests import nightly
from tests.imports.steps import APPROVER, approve_fixes, create_run, import_file, list_waiting
from tests.imports.workbooks import write_text
from tests.sample_rows import acting_as

KILLS = nightly.count("IMPORT_KILLS", 3)
ROWS = 10 * KILLS
pytestmark = pytest.mark.nightly(name="kills")
COUNTS = {
    "person": ROWS,
    "involvement": ROWS,
    "import_entry": ROWS,
    "legacy_number": ROWS * 2,
    '"case"': ROWS,
}


def test_import_resumes_after_a_kill(register, tmp_path, db_session):
    """Each case has one person; a case and its person are written together or not at all."""
    profile = replace(profiles.load_shipped()["ecrime-2016"], encoding="utf-8")
    path, run = a_file(profile, tmp_path), create_run(profile).id
    db_session.remove()
    assert tries(register, "import", run, path) == ["-9"] * KILLS + ["0"]
    expect_all(register)


def test_fixed_spreadsheet_resumes_after_a_kill(register, tmp_path, db_session):
    """Every case waits for its place; the spreadsheet names it."""
    profile = replace(profiles.load_shipped()["ecrime-2016"], encoding="utf-8")
    run = import_file(profile, a_file(profile, tmp_path, place="029999"))
    for entry in list_waiting(run):
        entry.values = [[row, values | {"case.place": "020310"}] for row, values in entry.values]
    sheet, _count = fix_sheet_export.build_workbook(run)
    name, sha256 = uploads.save_fix_sheet(sheet)
    with acting_as(APPROVER):
        job = jobs.start_job(
            db.session, uploads.FIX_SHEET_JOB, title="sheet", run=run.id, sheet=name, sha256=sha256
        )
        job, run_id = job.id, run.id
    db.session.commit()
    db_session.remove()
    assert tries(register, "sheet", job, current_app.config["FILES_DIR"]) == ["-9"] * KILLS + ["0"]
    assert not uploads.get_path(name).exists()
    with acting_as(APPROVER):
        assert approve_fixes(db.session.get(ImportRun, run_id)) == ROWS
    db.session.remove()
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
    return write_text(folder / "cases.csv", [list(profile.columns.values()), *lines])
