"""The commands of the search by name, with a database of their own."""

import json
import sqlite3
import subprocess
import sys

import pytest


@pytest.fixture
def demo_person(run_command, tmp_path):
    """Return a demo person with a name in both scripts, from the database of the command line."""
    made = run_command("demo", "--cases", "30", "--persons", "60")
    assert made.returncode == 0, made.stderr
    with sqlite3.connect(tmp_path / "register.db") as connection:
        return connection.execute(
            "SELECT id, surname_km, given_km, surname_latin, given_latin FROM person"
            " WHERE given_km IS NOT NULL AND given_latin IS NOT NULL LIMIT 1"
        ).fetchone()


def test_find_command_prints_json_and_is_logged(run_command, demo_person, tmp_path):
    key, surname, given, surname_latin, given_latin = demo_person
    asked = f"{surname_latin} {given_latin}\n\n%\n{given} {surname}\n"
    found = run_command("find", "-", given=asked)
    assert found.returncode == 0, found.stderr
    answers = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    firsts = [answer for answer in answers if answer["rank"] == 1]
    assert [first["person"] for first in firsts] == [f"P-{key:07d}"] * 2
    assert firsts[0]["name_km"] == f"{surname} {given}" and firsts[0]["band"] == "same"
    with sqlite3.connect(tmp_path / "register.db") as connection:
        looks = connection.execute(
            "SELECT count(*) FROM audit_event WHERE action = 'access.searched'"
        ).fetchone()
    assert looks == (3,)


def test_find_command_year_is_birth_year(run_command, demo_person, tmp_path):
    with sqlite3.connect(tmp_path / "register.db") as connection:
        number, name, born = connection.execute(
            "SELECT id, surname_km || ' ' || given_km, birth_year FROM person"
            " WHERE given_km IS NOT NULL AND birth_year IS NOT NULL LIMIT 1"
        ).fetchone()
    asked = f"{name} {born + 543}\n{name} {born}\n{name} {born + 1}\n"
    answers = [json.loads(line) for line in run_command("find", "-", given=asked).stdout.splitlines()]
    assert {one["born"] for one in answers} <= {born, born + 1}
    firsts = [(one["query"], one["person"]) for one in answers if one["rank"] == 1 and one["born"] == born]
    assert firsts == [(f"{name} {year}", f"P-{number:07d}") for year in (born + 543, born)]
    assert not [one for one in answers if one["born"] != born and one["person"] == f"P-{number:07d}"]


def test_check_command_finds_missing_row_and_rebuild_fixes_it(run_command, demo_person, tmp_path):
    assert run_command("search", "check").returncode == 0
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute("DELETE FROM name_bearer WHERE person_id = ?", demo_person[:1])
    broken = run_command("search", "check")
    assert broken.returncode == 1 and "missing" in broken.stderr
    assert run_command("search", "rebuild").returncode == 0
    assert run_command("search", "check").returncode == 0


ENDLESS = """
from app.cli import search
with search.ignore_broken_pipe():
    while True:
        search._print_line("a person")
"""


def test_find_command_closed_pipe_is_no_error():
    running = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout.readline() == b"a person\n"
    running.stdout.close()
    assert (running.wait(60), running.stderr.read()) == (0, b"")
