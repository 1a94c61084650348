"""Lookup of a person in a case by the case number, limited to the first cases."""

from app.custody import lookups
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.search.test_plans import recorded_statements


@prepared
def numbers(db_session, each_database):
    """The numbers of two cases in Battambang, each with one suspect."""
    with acting_as("clerk.bb"):
        cases = [add_registered_case(people=[(make_registered_person(one), "suspect")]) for one in (1, 2)]
        db_session.commit()
        return [case.number for case in cases]


def find_case_numbers(client, text):
    return [item["detail"] for item in client.send("/lookup/involvement", {"q": text}).json["items"]]


def test_suspect_is_found_by_case_number_prefix(numbers, client_as):
    for who in ("investigator.bb", "manager"):
        assert find_case_numbers(client_as(who), "02-") == numbers
        assert find_case_numbers(client_as(who), numbers[1]) == numbers[1:]


def test_lookup_reads_only_the_first_cases(numbers, client_as, monkeypatch):
    monkeypatch.setattr(lookups, "MAX_CASES", 1)
    assert find_case_numbers(client_as("manager"), "02-") == numbers[:1]


def test_text_without_number_runs_no_query(numbers, client_as):
    with recorded_statements() as asked:
        assert find_case_numbers(client_as("manager"), "ស") == []
    assert not [one for one in asked if "FROM involvement" in one]
