"""The commands of the search by name, on a register of their own."""

import json
import sqlite3
import subprocess
import sys

import pytest


@pytest.fixture
def filled(door, tmp_path):
    """The register of the door with a few people of the demo; gives one who has a name in both scripts."""
    made = door("demo", "--cases", "30", "--persons", "60")
    assert made.returncode == 0, made.stderr
    with sqlite3.connect(tmp_path / "register.db") as connection:
        return connection.execute(
            "SELECT id, surname_km, given_km, surname_latin, given_latin FROM person"
            " WHERE given_km IS NOT NULL AND given_latin IS NOT NULL LIMIT 1"
        ).fetchone()


def test_find_answers_in_lines_of_json_and_leaves_a_look(door, filled, tmp_path):
    key, surname, given, surname_latin, given_latin = filled
    asked = f"{surname_latin} {given_latin}\n\n%\n{given} {surname}\n"
    found = door("find", "-", given=asked)
    assert found.returncode == 0, found.stderr
    answers = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    firsts = [answer for answer in answers if answer["rank"] == 1]
    assert [first["person"] for first in firsts] == [f"P-{key:07d}"] * 2
    assert firsts[0]["name_km"] == f"{surname} {given}" and firsts[0]["band"] == "same"
    with sqlite3.connect(tmp_path / "register.db") as connection:
        looks = connection.execute("SELECT count(*) FROM audit_event WHERE action = 'look.search'").fetchone()
    assert looks == (3,)


def test_a_year_of_either_era_behind_the_name_is_the_year_of_birth(door, filled, tmp_path):
    with sqlite3.connect(tmp_path / "register.db") as connection:
        number, name, born = connection.execute(
            "SELECT id, surname_km || ' ' || given_km, birth_year FROM person"
            " WHERE given_km IS NOT NULL AND birth_year IS NOT NULL LIMIT 1"
        ).fetchone()
    asked = f"{name} {born + 543}\n{name} {born}\n{name} {born + 1}\n"
    answers = [json.loads(line) for line in door("find", "-", given=asked).stdout.splitlines()]
    assert {one["born"] for one in answers} <= {born, born + 1}
    firsts = [(one["query"], one["person"]) for one in answers if one["rank"] == 1 and one["born"] == born]
    assert firsts == [(f"{name} {year}", f"P-{number:07d}") for year in (born + 543, born)]
    assert not [one for one in answers if one["born"] != born and one["person"] == f"P-{number:07d}"]


def test_the_check_tells_a_missing_entry_and_the_rebuild_mends_it(door, filled, tmp_path):
    assert door("search", "check").returncode == 0
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute("DELETE FROM name_bearer WHERE person_id = ?", filled[:1])
    broken = door("search", "check")
    assert broken.returncode == 1 and "lacks" in broken.stderr
    assert door("search", "rebuild").returncode == 0
    assert door("search", "check").returncode == 0


ENDLESS = """
from app import search_commands
with search_commands.as_long_as_somebody_reads():
    while True:
        search_commands._say("a person")
"""


def test_whoever_reads_the_first_lines_alone_sees_no_fault():
    running = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout.readline() == b"a person\n"
    running.stdout.close()
    assert (running.wait(60), running.stderr.read()) == (0, b"")
