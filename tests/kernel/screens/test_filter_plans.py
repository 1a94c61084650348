"""A filter of a large list is a lookup also for whoever sees a province, however few rows fit it."""

import re

import pytest

from app.kernel.screens import list_query
from tests.query_plans import plan, planned
from tests.sample_rows import a_registered_case, written_by

NUMBERS = ("plate", "frame_no", "engine_no", "serial", "document_no", "phone")
# A list, one of its filters and a value that hardly any row has → the conditions by which the index is asked.
RARE = {
    ("case", "status", "unsolved"): "province_code=? AND status=?",
    ("case", "report_kind", "transfer"): "province_code=? AND report_kind=?",
    ("case", "place_kind", "other"): "province_code=? AND place_kind=?",
    ("case", "sensitivity", "state_secret"): "province_code=? AND sensitivity=?",
    ("case", "late", "1"): "ix_case_late_there (province_code=?",
    (
        "case",
        "dossier_no",
        "1015/2017",
    ): "ix_case_dossier_there (province_code=? AND dossier_no>? AND dossier_no<?)",
    ("exhibit", "state", "destroyed"): "province_code=? AND state=?",
    ("exhibit", "kind", "cash"): "COVERING INDEX ix_exhibit_state_there (province_code=?",
    ("exhibit", "property_role", "recovered"): "COVERING INDEX ix_exhibit_state_there (province_code=?",
    ("person_address", "kind", "at_release"): "kind=?",
    **{
        ("exhibit", name, "012"): f"ix_exhibit_{name}_there (province_code=? AND {name}>? AND {name}<?)"
        for name in NUMBERS
    },
}


@pytest.mark.parametrize(("table", "column", "value"), RARE)
def test_rows_of_a_province_are_filtered_by_an_index_of_both(register, client_as, table, column, value):
    browser, asked = client_as("clerk.bb"), RARE[table, column, value]
    path = f"/{table.replace('_', '')}/list/"
    browser.get(path)
    with planned(register) as questions:
        assert browser.get(f"{path}?_flt_0_{column}={value}").status_code == 200
    of_table = [one for one in questions if re.search(f'FROM "?{table}\\b', one[0])]
    lines = [line for one in of_table for line in plan(register, *one)]
    read = [line for line in lines if line.startswith(f"SEARCH {table} ")]
    assert read and all(asked in line for line in read), lines


def test_whoever_is_not_seen_or_too_old_is_passed_over_by_indexes_alone(register, client_as):
    """A walk in the order of names reads no row but those that it shows."""
    browser = client_as("clerk.bb")
    browser.get("/person/list/")
    with planned(register) as questions:
        assert browser.get("/person/list/").status_code == 200
    lines = [line for one in questions if "FROM person" in one[0] for line in plan(register, *one)]
    looked_up = [line for line in lines if " visibility " in line]
    assert looked_up and all("USING COVERING INDEX ix_visibility_asked" in line for line in looked_up), lines
    born = "SELECT id FROM person WHERE birth_year >= 1990 ORDER BY name_sort, id"
    assert plan(register, born, ()) == ["SCAN person USING COVERING INDEX ix_person_sort"]


OWN_ORDER = {  # column → its index and a beginning
    "surname_latin": ("ix_person_latin", "Sok"),
    "given_latin": ("ix_person_given_latin", "Dara"),
    "given_km": ("ix_person_given", "ដារ៉ា"),
}


@pytest.fixture
def searched(register, db_session, client_as):
    """(column, beginning) → the one statement that read the rows of the list of such people."""

    def search(column, begun, is_whole=False):
        browser = client_as("clerk.bb")
        with written_by("clerk.bb"):
            a_registered_case()
            db_session.commit()
        with planned(register) as questions:
            sent = browser.send("/person/search", {f"_flt_{is_whole:d}_{column}": begun})
            assert browser.get(sent.headers["Location"]).status_code == 200
        (rows,) = (one for one in questions if one[0].startswith("SELECT person.") and "ORDER BY" in one[0])
        return rows

    return search


@pytest.mark.parametrize("column", OWN_ORDER)
def test_people_who_are_called_so_stand_in_the_order_of_that_name_and_nobody_else_is_passed(
    register, searched, column
):
    """In the order of the whole names, the nation would be gone through for them."""
    index, begun = OWN_ORDER[column]
    rows = searched(column, begun)
    assert f"ORDER BY person.{column} ASC" in rows[0]
    assert f"SEARCH person USING COVERING INDEX {index} ({column}>? AND {column}<?)" in plan(register, *rows)


@pytest.mark.parametrize("is_whole", [False, True])
def test_the_order_of_the_dictionary_is_walked_only_where_a_surname_stands(searched, monkeypatch, is_whole):
    monkeypatch.setattr(list_query, "LOOKED_UP", 0)
    rows = searched("surname_km", "សុខ", is_whole)
    assert "ORDER BY person.name_sort ASC" in rows[0] and "person.name_sort BETWEEN" in rows[0]
