"""What the demo's country is like, before it reaches a database."""

import gc
from collections import Counter

import pytest

from app.demo import batch_generator, plan
from app.demo.names import Names, spellings
from app.demo.rows import columns
from app.demo.seeded_random import Chance
from app.extensions import db
from app.kernel.text import khmer
from tests.demo.conftest import UNTIL


def planned(app, cases, persons, seed=1):
    with app.app_context(), db.engine.connect() as connection:
        return plan.read(connection, cases, persons, seed, UNTIL)


def made(app, cases, persons, seed=1):
    return list(batch_generator.batches(planned(app, cases, persons, seed)))


@pytest.fixture(scope="module")
def country(registers):
    """table → its rows as dicts, of a country of 4,000 cases, which every test only looks at."""
    register, tables = registers("sqlite"), {}
    register.set_back()
    for batch in made(register.app, 4000, 8000):
        for table, text in batch.texts.items():
            lines = text.decode().splitlines()
            tables.setdefault(table, []).extend(
                dict(zip(columns(table), line.split("\t"), strict=True)) for line in lines
            )
    return tables


def share(found, wanted):
    found = list(found)
    return sum(map(bool, map(wanted, found))) / len(found)


def test_the_same_seed_makes_the_same_country(app):
    first, again, other = made(app, 50, 100), made(app, 50, 100), made(app, 50, 100, seed=2)
    assert [batch.texts for batch in first] == [batch.texts for batch in again]
    assert [batch.texts for batch in first] != [batch.texts for batch in other]


def test_the_rows_leave_nothing_to_the_garbage_collector(app):
    """The process that makes them has none."""
    wanted = planned(app, 300, 600)
    list(batch_generator.batches(wanted))  # what is read once for all runs
    while gc.collect():  # what was left before may let go of more
        pass
    gc.disable()
    try:
        list(batch_generator.batches(wanted))
        left = gc.collect()
    finally:
        gc.enable()
    assert left < 100  # of 3,000 rows


@pytest.mark.parametrize(("cases", "persons"), [(40, 80), (300, 260), (20, 200), (1, 1)])
def test_there_are_as_many_people_as_asked_for(app, cases, persons):
    batches = made(app, cases, persons)
    assert sum(batch.cases for batch in batches) == cases
    assert persons <= batches[-1].ids["person"][1] <= persons + cases // 20 + 2


def test_the_country_has_the_proportions_of_the_press(country):
    cases, people = country["case"], {row["id"]: row for row in country["person"]}
    suspects = [row for row in country["involvement"] if row["role"] == "suspect"]
    felonies = {row["case_id"] for row in country["case_offence"] if row["offence_class"] == "felony"}
    assert 0.20 <= len(felonies) / len(cases) <= 0.38
    assert 0.26 <= share(cases, lambda case: case["province_code"] == "12") <= 0.30
    assert 0.85 <= share(cases, lambda case: case["status"] not in ("open", "unsolved")) <= 0.92
    assert 0.13 <= share(cases, lambda case: case["late"] == "1") <= 0.17
    assert 0.10 <= share(cases, lambda case: case["photo_missing"] != "\\N") <= 0.14
    assert 0.05 <= share(suspects, lambda row: people[row["person_id"]]["sex"] == "F") <= 0.10
    coast = [row for row in suspects if row["province_code"] == "18"]
    assert 0.20 <= share(coast, lambda row: people[row["person_id"]]["nationality"] != "KH") <= 0.38
    assert 0.02 <= share(suspects, lambda row: row["minor"] == "1") <= 0.05


def test_every_suspect_and_victim_says_why_there_is_no_photo(country):
    shown = [row for row in country["involvement"] if row["role"] in ("suspect", "child_below_14", "victim")]
    reasons = Counter(row["photo_missing"] for row in shown)
    assert "\\N" not in reasons and len(reasons) >= 6
    assert reasons.most_common(1)[0][0] == "not_available"


def test_some_people_are_registered_twice_under_another_name(country):
    parents = Counter(
        (row["father_name"], row["mother_name"], row["birth_year"])
        for row in country["person"]
        if "\\N" not in (row["father_name"], row["mother_name"])
    )
    twice = sum(count - 1 for count in parents.values())
    assert 0.02 <= twice / parents.total() <= 0.06


def test_no_two_summaries_are_alike(country):
    assert len({case["summary"] for case in country["case"]}) == len(country["case"])


def test_names_are_many_and_in_normal_form():
    names, chance = Names(), Chance(1)
    drawn = {" ".join(part.km for part in names.khmer(chance, "M")) for _each in range(20_000)}
    assert len(drawn) > 17_000
    assert all(khmer.normal(name) == name and khmer.is_khmer_name(name) for name in drawn)


def test_another_clerk_may_spell_a_name_otherwise():
    assert "Sophia" not in spellings("Sophea", "latin")
    assert "Sophie" in spellings("Sophea", "latin")
    assert "សូភា" in spellings("សុភា", "khmer")
