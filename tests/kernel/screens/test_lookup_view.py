"""Lookups while typing: matches of reference data, people and cases; searches for people only by POST."""

import pytest

from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


@prepared
def person(db_session):
    with acting_as("clerk.bb"):
        one = make_registered_person()
        add_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


def query_lookup(browser, name, text, **more):
    return browser.get(f"/lookup/{name}", query_string={"q": text} | more)


MATCHES = (
    ("place", "svay pao battambang", "020310"), ("offence", "353", "PC2009-353_356"), ("unit", "battambang", "PC-02"),
    ("court", "battambang", None), ("law", "penal", "PC2009"), ("code.nationality", "ខ្មែរ", "KH"),
)  # fmt: skip


def test_reference_lookup_returns_matches(clerk, each_database):
    for name, text, found in MATCHES:
        answer = query_lookup(clerk, name, text)
        assert answer.status_code == 200 and "private" in answer.headers["Cache-Control"]
        items = answer.json["items"]
        assert items and set(items[0]) >= {"id", "text", "detail", "mark", "icon"}, name
        assert found is None or found in [item["id"] for item in items], name


def test_lookup_without_text_lists_a_code_list_only(clerk):
    items = query_lookup(clerk, "code.relation", "").json["items"]
    assert [item["id"] for item in items][:2] == ["spouse", "former_spouse"] and len(items) > 8
    assert query_lookup(clerk, "place", "").json["items"] == []


@pytest.mark.parametrize("name", ["place", "offence", "unit", "court", "prison", "law", "case", "code.role"])
def test_lookup_with_any_text_returns_200(clerk, name):
    for text in ("", "   ", "\u200b", "\x00", "%", "_", "'", "\\", "ក" * 500, "🐘", "[[", "1e999"):
        assert query_lookup(clerk, name, text).status_code == 200, text


def test_unknown_lookup_returns_404(clerk):
    assert query_lookup(clerk, "nothing", "x").status_code == 404


def test_person_lookup_accepts_only_post(clerk, person):
    assert query_lookup(clerk, "person", "សុខ").status_code == 405
    answer = clerk.send("/lookup/person", {"q": "សុខ ដារ៉ា"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert [item["id"] for item in answer.json["items"]] == [str(person.id)]


def test_person_lookup_matches_scripts_document_and_number(clerk, person, each_database):
    key = str(person.id)
    for text in ("សុខ", "ដារ៉ា សុខ", "Sok Dara", "sok dara", "DARA SOK", "010000000", "០១០០០០០០០", "P-0000001"):
        items = clerk.send("/lookup/person", {"q": text}).json["items"]
        assert key in [item["id"] for item in items], text


def test_person_lookup_with_any_text_returns_200(clerk, person, each_database):
    for text in ("\x00", "\u202e", "%", "'; DROP TABLE person --", "9" * 60, "P-" + "9" * 30, "ក" * 300):
        assert clerk.send("/lookup/person", {"q": text}).status_code == 200, text
        assert clerk.send("/find/", {"q": text}).status_code == 200, text


def test_case_lookup_matches_number_prefix(clerk, person, db_session):
    items = query_lookup(clerk, "case", "02").json["items"]
    assert len(items) == 1 and items[0]["text"].startswith("02-")
