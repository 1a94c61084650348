"""The lookups of people propose whoever is called alike, also while the name is still being typed."""

import pytest

from tests.rows import a_registered_case, a_registered_person, written_by


@pytest.fixture
def dara(db_session):
    """A suspect of Battambang who has a name in Khmer alone."""
    with written_by("clerk.bb"):
        person = a_registered_person(surname_latin=None, given_latin=None, phone="012345678")
        person.names.clear()
        a_registered_case(people=[(person, "suspect")])
        db_session.commit()
        return person.id


def proposed(client, name, text):
    return [item["text"] for item in client.send(f"/lookup/{name}", {"q": text}).json["items"]]


@pytest.mark.parametrize("lookup", ["person", "card"])
@pytest.mark.parametrize(
    "text", ["Sokh Dara", "dara sok", "sokdara", "Sok Dar", "Sok D", "Sok", "សុខ ដា", "សុខ ដារា", "សុ"]
)
def test_a_known_person_is_proposed_however_he_is_spelled(clerk, dara, lookup, text):
    assert proposed(clerk, lookup, text) == ["សុខ ដារ៉ា"]


def test_who_lies_in_another_province_is_a_card_alone(client_as, dara):
    elsewhere = client_as("clerk.pp")
    assert proposed(elsewhere, "person", "Sokh Dara") == []
    assert proposed(elsewhere, "card", "Sokh Dara") == ["សុខ ដារ៉ា"]
