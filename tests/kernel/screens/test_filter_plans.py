"""Query plans of list filters: a rare filter value uses an index, also for readers of one province."""

import re

import pytest

from app.kernel.screens import list_query
from tests.query_plans import plan, planned
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

NUMBERS = ("plate", "frame_no", "engine_no", "serial", "document_no", "phone")
# A table, one of its filters and a rare value → the index conditions in the query plan.
RARE = {
    ("case", "status", "unsolved"): "province_code=? AND status=?",
    ("case", "report_kind", "transfer"): "province_code=? AND report_kind=?",
    ("case", "place_kind", "other"): "province_code=? AND place_kind=?",
    ("case", "sensitivity", "protected_witness"): "province_code=? AND sensitivity=?",
    ("case", "late", "1"): "ix_case_late_by_province (province_code=?",
    (
        "case",
        "dossier_no",
        "1015/2017",
    ): "ix_case_dossier_by_province (province_code=? AND dossier_no>? AND dossier_no<?)",
    ("exhibit", "state", "destroyed"): "province_code=? AND state=?",
    ("exhibit", "kind", "cash"): "COVERING INDEX ix_exhibit_state_by_province (province_code=?",
    ("exhibit", "property_role", "recovered"): "COVERING INDEX ix_exhibit_state_by_province (province_code=?",
    ("person_address", "kind", "at_release"): "kind=?",
    **{
        ("exhibit", name, "012"): f"ix_exhibit_{name}_by_province (province_code=? AND {name}>? AND {name}<?)"
        for name in NUMBERS
    },
}


@pytest.mark.parametrize(("table", "column", "value"), RARE)
def test_rare_filter_uses_index_with_province(register, client_as, table, column, value):
    browser, condition = client_as("clerk.bb"), RARE[table, column, value]
    path = f"/{table.replace('_', '')}/list/"
    browser.get(path)
    with planned(register) as statements:
        assert browser.get(f"{path}?_flt_0_{column}={value}").status_code == 200
    of_table = [one for one in statements if re.search(f'FROM "?{table}\\b', one[0])]
    lines = [line for one in of_table for line in plan(register, *one)]
    read = [line for line in lines if line.startswith(f"SEARCH {table} ")]
    assert read and all(condition in line for line in read), lines


def test_person_list_skips_invisible_rows_by_index_only(register, client_as):
    """The scan in name order reads only the rows that it shows."""
    browser = client_as("clerk.bb")
    browser.get("/person/list/")
    with planned(register) as statements:
        assert browser.get("/person/list/").status_code == 200
    lines = [line for one in statements if "FROM person" in one[0] for line in plan(register, *one)]
    looked_up = [line for line in lines if " visibility " in line]
    assert looked_up and all("USING COVERING INDEX ix_visibility_asked" in line for line in looked_up), lines
    born = "SELECT id FROM person WHERE birth_year >= 1990 ORDER BY name_sort, id"
    assert plan(register, born, ()) == ["SCAN person USING COVERING INDEX ix_person_sort"]


PREFIX_SORT = {  # column → its index and a prefix
    "surname_latin": ("ix_person_latin", "Sok"),
    "given_latin": ("ix_person_given_latin", "Dara"),
    "given_km": ("ix_person_given", "ដារ៉ា"),
}


@pytest.fixture
def name_search_statement(register, db_session, client_as):
    """(column, prefix) → the statement that loaded the rows of the filtered list of people."""

    def search(column, prefix, is_whole=False):
        browser = client_as("clerk.bb")
        with acting_as("clerk.bb"):
            add_registered_case()
            db_session.commit()
        with planned(register) as statements:
            sent = browser.send("/person/search", {f"_flt_{is_whole:d}_{column}": prefix})
            assert browser.get(sent.headers["Location"]).status_code == 200
        (rows,) = (one for one in statements if one[0].startswith("SELECT person.") and "ORDER BY" in one[0])
        return rows

    return search


@pytest.mark.parametrize("column", PREFIX_SORT)
def test_name_filter_sorts_and_searches_by_same_index(register, name_search_statement, column):
    """Sorted by full name, the whole country would be scanned."""
    index, prefix = PREFIX_SORT[column]
    rows = name_search_statement(column, prefix)
    assert f"ORDER BY person.{column} ASC" in rows[0]
    assert f"SEARCH person USING COVERING INDEX {index} ({column}>? AND {column}<?)" in plan(register, *rows)


@pytest.mark.parametrize("is_whole", [False, True])
def test_surname_filter_scans_only_range_of_sort_index(name_search_statement, monkeypatch, is_whole):
    monkeypatch.setattr(list_query, "LOOKUP_LIMIT", 0)
    rows = name_search_statement("surname_km", "សុខ", is_whole)
    assert "ORDER BY person.name_sort ASC" in rows[0] and "person.name_sort BETWEEN" in rows[0]


def test_roles_in_the_list_are_found_by_person_or_case(register, client_as, db_session):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(), "suspect")])
        db_session.commit()
    browser = client_as("clerk.bb")
    with planned(register) as statements:
        assert browser.get("/involvement/list/").status_code == 200
    [findings] = [one for one in statements if "FROM detention" in one[0]]
    lines = [line for line in plan(register, *findings) if line.startswith("SEARCH ")]
    assert "SEARCH court_order USING INDEX ix_court_order_of_person (person_id=?)" in lines, lines
    assert all(re.search(r"\(((person|case|involvement)_id|rowid)=\?", line) for line in lines), lines
