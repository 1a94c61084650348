"""The shipped data files: complete, consistent, and in normalized Khmer."""

import re
from datetime import date
from functools import cache

import pytest
from flask_appbuilder import Model

import app.cases.models
import app.people.models
from app.kernel.schema.code_lists import CONFIDENCE_LEVELS
from app.kernel.schema.fields import fields_of
from app.kernel.text import khmer
from app.reference.load import DATA, list_tables, read_data_file
from tests.house.khmer_checks import faults

read_rows = cache(read_data_file)
FILES = sorted(path.stem for path in DATA.glob("*.tsv"))
# Published with three subscripts below one letter; the intended spelling is unknown.
UNREPAIRED = {"10021001"}
WITH_MODELS = (app.cases.models, app.people.models)


def read_by_code(name):
    return {row["code"]: row for row in read_rows(name)}


def read_code_keys(codes_name):
    return {row["key"] for row in read_rows("codes") if row["list"] == codes_name}


def iterate_raw_cells(name):
    for line in (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        yield from ((line.split("\t")[0], cell) for cell in line.split("\t") if cell)


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_in_normal_form(name):
    assert [cell for _, cell in iterate_raw_cells(name) if khmer.normalize(cell) != cell] == []


@pytest.mark.parametrize("name", FILES)
def test_khmer_cells_have_no_code_point_faults(name):
    assert {
        key for key, cell in iterate_raw_cells(name) if khmer.count_khmer_letters(cell) and faults(cell)
    } <= UNREPAIRED


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_complete_with_unique_key(name):
    rows = read_rows(name)
    first = 2 if name == "codes" else 1
    keys = [tuple(row.values())[:first] for row in rows]
    assert len(set(keys)) == len(keys) > 0


@pytest.mark.parametrize("name", FILES)
def test_readme_names_source_and_licence_of_every_file(name):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {name}\.tsv \| ([\d,]+) \| .+ \| (.+) \|$", readme, re.MULTILINE)
    assert row
    assert int(row[1].replace(",", "")) == len(read_rows(name))
    assert re.search("licen[cs]e|compilation|Facts|Public law", row[2], re.IGNORECASE)


def test_readme_credits_data_with_their_own_licence():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for words in (
        "© OpenStreetMap contributors",
        "Open Database License 1.0",
        "MIT licence",
        "© Unicode, Inc.",
        "Ministry of Economy and Finance",
    ):
        assert words in readme


def test_code_lists_of_all_models_exist():
    models = [mapper.class_ for mapper in Model.registry.mappers]
    used = {field.codes for model in models for field in fields_of(model).values() if field.codes}
    assert {"role", "sex", "place_level", "override_reason"} <= used
    assert used <= {row["list"] for row in read_rows("codes")}


def test_code_lists_and_their_names_match():
    assert read_code_keys("code_list") == {row["list"] for row in read_rows("codes")}


def test_code_values_have_unique_names_in_both_languages():
    seen = set()
    for row in read_rows("codes"):
        assert re.fullmatch("[A-Z]{2,3}|[MF]|[a-z0-9_]+", row["key"])
        assert khmer.count_khmer_letters(row["name_km"])
        assert row["name_en"]
        assert row["sure"] in CONFIDENCE_LEVELS
        for word in (row["name_km"], row["name_en"]):
            assert (row["list"], word) not in seen
            seen.add((row["list"], word))


def test_code_lists_contain_keys_used_by_rules():
    assert read_code_keys("sex") == {"M", "F", "unknown"}
    assert read_code_keys("injury") == {"none", "slight", "serious", "dead"}
    assert read_code_keys("offence_class") == {"felony", "misdemeanour", "petty", "unconfirmed"}
    assert {
        "suspect",
        "charged",
        "accused",
        "convicted",
        "victim",
        "witness",
        "child_below_14",
    } <= read_code_keys("role")
    assert len(read_code_keys("nationality")) == 249 + 2


def test_role_names_respect_presumption_of_innocence():
    words = [row["name_km"] for row in read_rows("codes") if row["list"] in ("participation", "role")]
    assert not [word for word in words if "ចារី" in word or "ជនល្មើស" in word]
    suspected = [
        row for row in read_rows("codes") if row["list"] == "participation" and row["key"] != "unknown"
    ]
    assert all(
        row["name_km"].startswith("សង្ស័យថា") and row["name_en"].startswith("Suspected") for row in suspected
    )


def test_ranks_below_officer_are_not_listed():
    assert not [row for row in read_rows("codes") if "ព្រឹន្ទបាល" in row["name_km"] or "ពលបាល" in row["name_km"]]


def test_places_have_parents_and_complete_levels():
    places = read_by_code("places")
    assert all(code[:-2] in places for code in places if len(code) > 2)
    assert [sum(len(code) == digits for code in places) for digits in (2, 4, 6, 8)] == [25, 210, 1652, 14578]
    assert {row["kind"] for row in places.values()} <= read_code_keys("place_level")


def test_place_points_are_in_cambodia_and_match_places():
    places = read_by_code("places")
    for row in read_rows("place_points"):
        assert row["code"] in places
        assert 9.9 < float(row["latitude"]) < 14.7
        assert 102.3 < float(row["longitude"]) < 107.7


def test_units_have_existing_parent_area_and_families():
    places, families, kinds = (
        read_by_code("places"),
        read_code_keys("offence_family"),
        read_code_keys("unit_kind"),
    )
    seen = set()
    for row in read_rows("units"):
        assert row["parent_code"] in seen or row["code"] == "GCNP"
        assert row["area_code"] is None or row["area_code"] in places
        assert set((row["families"] or "").split(",")) - {""} <= families
        assert row["kind"] in kinds
        seen.add(row["code"])


def test_provinces_have_a_court_and_courts_have_an_appeal():
    courts = read_by_code("courts")
    first = [row for row in courts.values() if row["level"] == "first_instance"]
    served = [area for row in first for area in row["area"].split(",")]
    assert sorted(served) == sorted(code for code in read_by_code("places") if len(code) == 2)
    assert {courts[row["appeal_code"]]["level"] for row in first} == {"appeal_court"}
    assert {row["level"] for row in courts.values()} == read_code_keys("court_level")


def test_prisons_are_in_a_province():
    places = read_by_code("places")
    for row in read_rows("prisons"):
        assert len(row["province_code"]) == 2
        assert row["province_code"] in places
        assert row["kind"] in read_code_keys("prison_kind")


def test_offences_have_law_family_and_valid_dates():
    laws, families = read_by_code("laws"), read_code_keys("offence_family")
    classes = (None, *read_code_keys("offence_class"))
    for row in read_rows("offences"):
        assert row["law_code"] in laws
        assert row["family"] in families
        assert row["offence_class"] in classes
        days = [date.fromisoformat(row[day]) for day in ("valid_from", "valid_to") if row[day]]
        assert days == sorted(days)


def test_uncertain_offence_columns_are_flagged():
    for row in read_rows("offences"):
        assert row["offence_class"] or row["class_uncertain"]
        assert row["article"] or row["to_confirm"]
        assert row["date_uncertain"]


def test_offence_requirements_for_cases_are_flagged():
    offences = read_by_code("offences")
    assert offences["PC2009-199"]["causes_death"] and not offences["PC2009-202"]["causes_death"]
    assert {code for code, row in offences.items() if row["involuntary"]} >= {"PC2009-207", "PC2009-236"}
    assert offences["PC2009-239"]["protects_victim"] and offences["TIP2008-42"]["protects_victim"]
    assert not offences["PC2009-353_356"]["protects_victim"]


def test_offences_that_protect_the_victim_are_protected_in_figures():
    """The figures had codes of offences of their own."""
    for code, row in read_by_code("offences").items():
        if row["family"] in ("sexual", "trafficking", "state_security"):
            assert row["protected_group"] == row["family"], code
        assert row["protected_group"] or not row["protects_victim"], code


def test_data_files_have_no_penalties():
    columns = {column for name in FILES for column in read_rows(name)[0]}
    assert not [
        column for column in columns if "penalty" in column or "imprisonment" in column or "fine" in column
    ]


def test_every_text_fits_its_column():
    for table, _keys, rows in list_tables():
        for row in rows:
            for column, cell in row.items():
                longest = getattr(table.c[column].type, "length", None)
                assert longest is None or cell is None or len(cell) <= longest, (table.name, column, cell)
