"""The generated country before it is loaded into a database."""

import gc
from collections import Counter

import pytest

from app.demo import batch_generator, plan
from app.demo.names import NameLists, find_spellings
from app.demo.rows import column_names
from app.demo.seeded_random import SeededRandom
from app.extensions import db
from app.kernel.text import khmer
from tests.demo.conftest import UNTIL


def read_plan(app, cases, persons, seed=1):
    with app.app_context(), db.engine.connect() as connection:
        return plan.read_plan(connection, cases, persons, seed, UNTIL)


def generate_batches(app, cases, persons, seed=1):
    return list(batch_generator.generate_batches(read_plan(app, cases, persons, seed)))


@pytest.fixture(scope="module")
def country(registers):
    """Return {table: its rows as dicts} of a country of 4,000 cases. Tests only read it."""
    register, tables = registers("sqlite"), {}
    register.set_back()
    for batch in generate_batches(register.app, 4000, 8000):
        for table, text in batch.texts.items():
            lines = text.decode().splitlines()
            tables.setdefault(table, []).extend(
                dict(zip(column_names(table), line.split("\t"), strict=True)) for line in lines
            )
    return tables


def compute_share(found, condition):
    found = list(found)
    return sum(map(bool, map(condition, found))) / len(found)


def test_same_seed_makes_same_country(app):
    first, again, other = (
        generate_batches(app, 50, 100),
        generate_batches(app, 50, 100),
        generate_batches(app, 50, 100, seed=2),
    )
    assert [batch.texts for batch in first] == [batch.texts for batch in again]
    assert [batch.texts for batch in first] != [batch.texts for batch in other]


def test_rows_have_no_reference_cycles(app):
    """The generator process runs without garbage collector."""
    run_plan = read_plan(app, 50, 100)
    list(batch_generator.generate_batches(run_plan))  # fills the caches
    gc.freeze()  # the collections below look only at what the next run makes
    gc.disable()
    try:
        list(batch_generator.generate_batches(run_plan))
        left = gc.collect()
    finally:
        gc.enable()
    assert left < 50  # of 500 rows


@pytest.mark.parametrize(("cases", "persons"), [(40, 80), (300, 260), (20, 200), (1, 1)])
def test_country_has_requested_number_of_persons(app, cases, persons):
    batches = generate_batches(app, cases, persons)
    assert sum(batch.cases for batch in batches) == cases
    assert persons <= batches[-1].ids["person"][1] <= persons + cases // 20 + 2


def test_country_has_proportions_of_the_press(country):
    cases, people = country["case"], {row["id"]: row for row in country["person"]}
    suspects = [row for row in country["involvement"] if row["role"] == "suspect"]
    felonies = {row["case_id"] for row in country["case_offence"] if row["offence_class"] == "felony"}
    assert 0.20 <= len(felonies) / len(cases) <= 0.38
    assert 0.26 <= compute_share(cases, lambda case: case["province_code"] == "12") <= 0.30
    assert 0.85 <= compute_share(cases, lambda case: case["status"] not in ("open", "unsolved")) <= 0.92
    assert 0.13 <= compute_share(cases, lambda case: case["late"] == "1") <= 0.17
    assert 0.10 <= compute_share(cases, lambda case: case["photo_missing"] != "\\N") <= 0.14
    assert 0.05 <= compute_share(suspects, lambda row: people[row["person_id"]]["sex"] == "F") <= 0.10
    coast = [row for row in suspects if row["province_code"] == "18"]
    assert 0.20 <= compute_share(coast, lambda row: people[row["person_id"]]["nationality"] != "KH") <= 0.38
    assert 0.02 <= compute_share(suspects, lambda row: row["minor"] == "1") <= 0.05


def test_suspects_and_victims_have_photo_reason(country):
    shown = [row for row in country["involvement"] if row["role"] in ("suspect", "child_below_14", "victim")]
    reasons = Counter(row["photo_missing"] for row in shown)
    assert "\\N" not in reasons and len(reasons) >= 6
    assert reasons.most_common(1)[0][0] == "not_available"


def test_some_persons_are_registered_twice(country):
    parents = Counter(
        (row["father_name"], row["mother_name"], row["birth_year"])
        for row in country["person"]
        if "\\N" not in (row["father_name"], row["mother_name"])
    )
    twice = sum(count - 1 for count in parents.values())
    assert 0.02 <= twice / parents.total() <= 0.06


def test_summaries_are_unique(country):
    assert len({case["summary"] for case in country["case"]}) == len(country["case"])


def test_names_are_many_and_normalized():
    names, chance = NameLists(), SeededRandom(1)
    drawn = {" ".join(part.km for part in names.draw_khmer(chance, "M")) for _each in range(20_000)}
    assert len(drawn) > 17_000
    assert all(khmer.normalize(name) == name and khmer.is_khmer_name(name) for name in drawn)


def test_other_spellings_of_name_are_found():
    assert "Sophia" not in find_spellings("Sophea", "latin")
    assert "Sophie" in find_spellings("Sophea", "latin")
    assert "សូភា" in find_spellings("សុភា", "khmer")
