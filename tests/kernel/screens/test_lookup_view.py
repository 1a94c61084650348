"""Lookups answer while somebody types; what is asked about people stands in no address."""

import pytest

from tests.sample_rows import a_registered_case, a_registered_person, written_by


@pytest.fixture
def person(db_session):
    with written_by("clerk.bb"):
        one = a_registered_person()
        a_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


def asked(browser, name, text, **more):
    return browser.get(f"/lookup/{name}", query_string={"q": text} | more)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("place", "svay pao battambang", "020310"), ("offence", "353", "PC2009-353_356"), ("unit", "battambang", "PC-02"),
        ("court", "battambang", None), ("law", "penal", "PC2009"), ("code.nationality", "ខ្មែរ", "KH"),
    ],
)  # fmt: skip
def test_every_lookup_of_reference_data_answers(clerk, name, text, found, each_database):
    answer = asked(clerk, name, text)
    assert answer.status_code == 200 and "private" in answer.headers["Cache-Control"]
    items = answer.json["items"]
    assert items and set(items[0]) >= {"id", "text", "detail", "mark", "icon"}
    assert found is None or found in [item["id"] for item in items]


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200b", "\x00", "%", "_", "'", "\\", "ក" * 500, "🐘", "[[", "1e999"]
)
@pytest.mark.parametrize("name", ["place", "offence", "unit", "court", "prison", "law", "case", "code.role"])
def test_no_text_is_a_fault(clerk, name, text):
    assert asked(clerk, name, text).status_code == 200


def test_a_lookup_that_is_none_is_not_found(clerk):
    assert asked(clerk, "nothing", "x").status_code == 404


def test_people_are_asked_for_by_post_alone(clerk, person):
    assert asked(clerk, "person", "សុខ").status_code == 405
    answer = clerk.send("/lookup/person", {"q": "សុខ ដារ៉ា"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert [item["id"] for item in answer.json["items"]] == [str(person.id)]


@pytest.mark.parametrize(
    "text", ["សុខ", "ដារ៉ា សុខ", "Sok Dara", "sok dara", "DARA SOK", "010000000", "០១០០០០០០០", "P-0000001"]
)
def test_a_person_is_found_in_either_script_and_order_by_document_and_number(
    clerk, person, text, each_database
):
    items = clerk.send("/lookup/person", {"q": text}).json["items"]
    assert str(person.id) in [item["id"] for item in items]


@pytest.mark.parametrize(
    "text", ["\x00", "\u202e", "%", "'; DROP TABLE person --", "9" * 60, "P-" + "9" * 30, "ក" * 300]
)
def test_no_question_about_people_is_a_fault(clerk, person, text, each_database):
    assert clerk.send("/lookup/person", {"q": text}).status_code == 200
    assert clerk.send("/find/", {"q": text}).status_code == 200


def test_a_case_is_found_by_its_number(clerk, person, db_session):
    items = asked(clerk, "case", "02").json["items"]
    assert len(items) == 1 and items[0]["text"].startswith("02-")
