"""The commands of the search by name, with a database of their own."""

import contextlib
import json
import os
import sqlite3

import pytest

from app.cli import search


def copy_database(source, target):
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)


@pytest.fixture
def demo_person(run_command, tmp_path, tmp_path_factory):
    """Return a demo person with a name in both scripts, from the database of the command line."""
    kept = tmp_path_factory.getbasetemp() / "demo_search.db"
    if kept.exists():
        copy_database(kept, tmp_path / "register.db")
    else:
        few = ("--cases", "30", "--persons", "60", "--orders", "2", "--custody", "0")
        made = run_command("demo", *few)
        assert made.returncode == 0, made.stderr
        copy_database(tmp_path / "register.db", kept)
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


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE visibility SET hidden = 1 WHERE person_id = ?",
        "UPDATE visibility SET minor = 1 WHERE person_id = ?",
    ],
)
def test_find_command_finds_no_protected_person_and_no_minor(run_command, demo_person, tmp_path, change):
    key, surname, given, *_latin = demo_person
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute(change, (key,))
    found = run_command("find", f"{surname} {given}")
    assert found.returncode == 0, found.stderr
    assert f"P-{key:07d}" not in found.stdout


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


def test_find_command_closed_pipe_is_no_error(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr("sys.stdout", output)
        with search.ignore_broken_pipe():
            search._print_line("a person")
            raise AssertionError("the reader is gone")
        output.flush()  # as Python does at its exit
