"""The command `import`: one officer reads the file, and the command cannot approve it."""

import sqlite3
from importlib.resources import files

import pytest

from tests.accounts.login import PASSWORD

SAMPLES = files("app.imports") / "samples"


def sign(username):
    return f"{username}\n{PASSWORD}\n\n"


def read(run_command, name="ecrime-2016.csv", profile="ecrime-2016", officer="twg"):
    return run_command("import", str(SAMPLES / name), "--profile", profile, given=sign(officer))


def test_file_with_invalid_rows_exits_1_and_waits_for_a_second_officer(run_command, tmp_path):
    done = read(run_command)
    assert done.returncode == 1, done.stderr
    assert "1 valid, 1 invalid" in done.stdout and "Another officer must approve" in done.stdout
    with sqlite3.connect(tmp_path / "register.db") as connection:
        query = (
            "SELECT state, username, approved_by_id FROM import_run JOIN ab_user ON ab_user.id = read_by_id"
        )
        assert connection.execute(query).fetchall() == [("checked", "twg", None)]
        assert connection.execute("SELECT count(*) FROM import_entry").fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"profile": "unknown"}, "There is no profile unknown"),
        ({"officer": "clerk.bb"}, "may not read files"),
        ({"officer": "missing.officer"}, "is wrong"),
        ({"name": "README.md"}, "column"),
        ({"name": "missing.csv"}, "No such file"),
    ],
)
def test_refused_file_exits_2_with_the_reason(run_command, change, message):
    refused = read(run_command, **change)
    assert refused.returncode == 2, refused.stderr
    assert message in refused.stderr and "Traceback" not in refused.stderr
