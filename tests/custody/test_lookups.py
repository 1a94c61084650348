"""The lookup of a person in a case: by the number of the case, and no further than its first cases."""

import pytest

from app.custody import lookups
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.search.test_plans import statements


@pytest.fixture
def numbers(db_session, each_database):
    """The numbers of two cases of Battambang, each with one suspect."""
    with written_by("clerk.bb"):
        cases = [a_registered_case(people=[(a_registered_person(one), "suspect")]) for one in (1, 2)]
        db_session.commit()
        return [case.number for case in cases]


def found(client, text):
    return [item["detail"] for item in client.send("/lookup/involvement", {"q": text}).json["items"]]


def test_a_suspect_is_found_by_the_beginning_of_his_cases_number(numbers, client_as):
    for who in ("investigator.bb", "manager"):
        assert found(client_as(who), "02-") == numbers
        assert found(client_as(who), numbers[1]) == numbers[1:]


def test_no_more_cases_are_read_than_the_first(numbers, client_as, monkeypatch):
    monkeypatch.setattr(lookups, "CASES", 1)
    assert found(client_as("manager"), "02-") == numbers[:1]


def test_what_begins_with_a_letter_is_no_number_and_is_not_asked_for(numbers, client_as):
    with statements() as asked:
        assert found(client_as("manager"), "ស") == []
    assert not [one for one in asked if "FROM involvement" in one]
