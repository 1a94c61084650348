"""An import that is killed at any statement, twenty times, goes on exactly where it was: nothing double, nothing lost."""

import subprocess
import sys
from dataclasses import replace

from sqlalchemy import create_engine, text

import config
from app.imports import profiles
from tests.imports.sheets import text as text_file
from tests.imports.steps import a_run

ROWS, KILLS = 200, 20
COUNTS = {"person": ROWS, "involvement": ROWS, "import_entry": ROWS, "old_number": ROWS * 2, '"case"': ROWS}


def test_killed_and_begun_again(register, tmp_path, db_session):
    """Each case has one person; a case and its person come together or not at all."""
    profile = replace(profiles.shipped()["ecrime-2016"], encoding="utf-8")
    path, run = a_file(profile, tmp_path), a_run(profile).id
    db_session.remove()
    environment = {
        "ECRIME_DATABASE_URL": register.url,
        "ECRIME_DATA_DIR": str(config.DATA_DIR),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(config.ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.imports.worker", str(run), str(path), str(KILLS)]
    done = subprocess.run(
        command, env=environment, cwd=config.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["-9"] * KILLS + ["0"], done.stderr
    engine = create_engine(register.url)
    with engine.connect() as connection:
        for table, count in COUNTS.items():
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == count, table  # noqa: S608
        doubles = "SELECT count(*) FROM involvement GROUP BY case_id HAVING count(*) <> 1"
        assert not connection.execute(text(doubles)).all()
        state = text("SELECT state, entered, last_row FROM import_run")
        assert tuple(connection.execute(state).one()) == ("done", ROWS, ROWS + 1)
    engine.dispose()


def a_file(profile, folder):
    usual = {
        "case.occurred_from": "14-09-2016 21:30", "case.reported_at": "15-09-2016 07:00",
        "case.report_kind": "complaint", "case.place": "020310", "case.summary": "x" * 40, "case.status": "open",
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
