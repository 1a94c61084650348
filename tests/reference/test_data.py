"""The committed data files: complete, joined to each other, and written as the register writes Khmer."""

import re
from datetime import date

import pytest
from flask_appbuilder import Model

import app.cases.models
import app.people.models
from app.kernel.schema.code_lists import SURE
from app.kernel.schema.fields import declared
from app.kernel.text import khmer
from app.reference.load import DATA, read, tables
from tests.house.khmer_checks import faults

FILES = sorted(path.stem for path in DATA.glob("*.tsv"))
# Published with three subscripts below one letter; nobody knows what was meant.
UNREPAIRED = {"10021001"}
WITH_MODELS = (app.cases.models, app.people.models)


def by_code(name):
    return {row["code"]: row for row in read(name)}


def codes_of(codes_name):
    return {row["key"] for row in read("codes") if row["list"] == codes_name}


def raw_cells(name):
    for line in (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        yield from ((line.split("\t")[0], cell) for cell in line.split("\t") if cell)


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_in_normal_form(name):
    assert [cell for _, cell in raw_cells(name) if khmer.normal(cell) != cell] == []


@pytest.mark.parametrize("name", FILES)
def test_no_khmer_cell_has_a_fault_of_code_points(name):
    assert {key for key, cell in raw_cells(name) if khmer.khmer_letters(cell) and faults(cell)} <= UNREPAIRED


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_all_cells_and_a_key_of_its_own(name):
    rows = read(name)
    first = 3 if name == "code_words" else 2 if name == "codes" else 1
    keys = [tuple(row.values())[:first] for row in rows]
    assert len(set(keys)) == len(keys) > 0


@pytest.mark.parametrize("name", FILES)
def test_the_readme_names_the_source_and_the_licence_of_every_file(name):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {name}\.tsv \| ([\d,]+) \| .+ \| (.+) \|$", readme, re.MULTILINE)
    assert row
    assert int(row[1].replace(",", "")) == len(read(name))
    assert re.search("licen[cs]e|compilation|Facts|Public law", row[2], re.IGNORECASE)


def test_the_data_with_a_licence_of_its_own_name_it():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for words in (
        "© OpenStreetMap contributors",
        "Open Database License 1.0",
        "MIT licence",
        "© Unicode, Inc.",
        "Ministry of Economy and Finance",
    ):
        assert words in readme


def test_every_list_that_a_model_uses_exists():
    models = [mapper.class_ for mapper in Model.registry.mappers]
    used = {field.codes for model in models for field in declared(model).values() if field.codes}
    assert {"role", "sex", "place_level", "pass_reason"} <= used
    assert used <= {row["list"] for row in read("codes")}


def test_every_list_has_a_name_and_no_name_is_without_its_list():
    assert codes_of("code_list") == {row["list"] for row in read("codes")}


def test_every_word_of_a_list_is_khmer_and_english_and_stands_for_one_key():
    seen = set()
    for row in read("codes"):
        assert re.fullmatch("[A-Z]{2,3}|[MF]|[a-z0-9_]+", row["key"])
        assert khmer.khmer_letters(row["name_km"])
        assert row["name_en"]
        assert row["sure"] in SURE
        for word in (row["name_km"], row["name_en"]):
            assert (row["list"], word) not in seen
            seen.add((row["list"], word))


def test_the_lists_hold_the_keys_that_the_rules_speak_of():
    assert codes_of("sex") == {"M", "F", "unknown"}
    assert codes_of("injury") == {"none", "slight", "serious", "dead"}
    assert codes_of("offence_class") == {"felony", "misdemeanour", "petty"}
    assert {"suspect", "charged", "accused", "convicted", "victim", "witness", "child_below_14"} <= codes_of(
        "role"
    )
    assert len(codes_of("nationality")) == 249 + 2


def test_nobody_is_called_an_offender_before_a_final_judgment():
    words = [row["name_km"] for row in read("codes") if row["list"] in ("participation", "role")]
    assert not [word for word in words if "ចារី" in word or "ជនល្មើស" in word]
    suspected = [row for row in read("codes") if row["list"] == "participation" and row["key"] != "unknown"]
    assert all(
        row["name_km"].startswith("សង្ស័យថា") and row["name_en"].startswith("Suspected") for row in suspected
    )


def test_ranks_below_officer_are_not_listed():
    assert not [row for row in read("codes") if "ព្រឹន្ទបាល" in row["name_km"] or "ពលបាល" in row["name_km"]]


def test_every_place_lies_in_one_that_exists_and_every_level_is_complete():
    places = by_code("places")
    assert all(code[:-2] in places for code in places if len(code) > 2)
    assert [sum(len(code) == digits for code in places) for digits in (2, 4, 6, 8)] == [25, 210, 1652, 14578]
    assert {row["kind"] for row in places.values()} <= codes_of("place_level")


def test_every_point_lies_in_cambodia_and_belongs_to_a_place():
    places = by_code("places")
    for row in read("place_points"):
        assert row["code"] in places
        assert 9.9 < float(row["latitude"]) < 14.7
        assert 102.3 < float(row["longitude"]) < 107.7


def test_every_unit_belongs_to_one_above_and_has_an_area_and_families_that_exist():
    places, families, kinds = by_code("places"), codes_of("offence_family"), codes_of("unit_kind")
    seen = set()
    for row in read("units"):
        assert row["parent_code"] in seen or row["code"] == "GCNP"
        assert row["area_code"] is None or row["area_code"] in places
        assert set((row["families"] or "").split(",")) - {""} <= families
        assert row["kind"] in kinds
        seen.add(row["code"])


def test_every_province_has_a_court_of_first_instance_and_every_court_an_appeal():
    courts = by_code("courts")
    first = [row for row in courts.values() if row["level"] == "first_instance"]
    served = [area for row in first for area in row["area"].split(",")]
    assert sorted(served) == sorted(code for code in by_code("places") if len(code) == 2)
    assert {courts[row["appeal_code"]]["level"] for row in first} == {"appeal_court"}
    assert {row["level"] for row in courts.values()} == codes_of("court_level")


def test_every_prison_lies_in_a_province():
    places = by_code("places")
    for row in read("prisons"):
        assert len(row["province_code"]) == 2
        assert row["province_code"] in places
        assert row["kind"] in codes_of("prison_kind")


def test_every_offence_has_a_law_a_family_and_days_that_follow_each_other():
    laws, families = by_code("laws"), codes_of("offence_family")
    for row in read("offences"):
        assert row["law_code"] in laws
        assert row["family"] in families
        assert row["offence_class"] in (None, *codes_of("offence_class"))
        days = [date.fromisoformat(row[day]) for day in ("valid_from", "valid_to") if row[day]]
        assert days == sorted(days)


def test_what_is_unsure_of_an_offence_is_flagged():
    for row in read("offences"):
        assert row["offence_class"] or row["class_unsure"]
        assert row["article"] or row["to_confirm"]
        assert row["day_unsure"]


def test_what_an_offence_asks_of_its_case_is_flagged():
    offences = by_code("offences")
    assert offences["PC2009-199"]["causes_death"] and not offences["PC2009-202"]["causes_death"]
    assert {code for code, row in offences.items() if row["involuntary"]} >= {"PC2009-207", "PC2009-236"}
    assert offences["PC2009-239"]["protects_victim"] and offences["TIP2008-42"]["protects_victim"]
    assert not offences["PC2009-353_356"]["protects_victim"]


def test_penalties_are_not_in_the_files():
    columns = {column for name in FILES for column in read(name)[0]}
    assert not [
        column for column in columns if "penalty" in column or "imprisonment" in column or "fine" in column
    ]


def test_every_text_fits_its_column():
    for table, _keys, rows in tables():
        for row in rows:
            for column, cell in row.items():
                longest = getattr(table.c[column].type, "length", None)
                assert longest is None or cell is None or len(cell) <= longest, (table.name, column, cell)
