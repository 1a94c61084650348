"""The lookups of people propose whoever is called alike, also while the name is still being typed."""

import pytest

from app.kernel.text import dates
from app.people.models import Person
from tests.query_plans import plan
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, with_photo, written_by
from tests.search.test_plans import statements


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


def test_of_a_common_name_whom_the_asker_sees_comes_first_and_the_nation_keeps_its_place(
    db_session, dara, clerk
):
    with written_by("clerk.pp"):
        for number in range(1, 10):
            a_registered_case(PHNOM_PENH, people=[(a_registered_person(number), "suspect")])
        db_session.commit()
    with written_by("clerk.bb"):
        for number in range(10, 17):
            a_registered_case(people=[(a_registered_person(number), "suspect")])
        db_session.commit()
    for text in ("សុខ", "Sok"):
        outside = [item["outside"] for item in clerk.send("/lookup/card", {"q": text}).json["items"]]
        assert outside == [False] * 5 + [True] * 3


@pytest.mark.parametrize("text", ["ស", "S", "សុខ"])
def test_nobody_is_sorted_while_a_name_is_begun(register, clerk, dara, text):
    """Of a million persons two hundred thousand begin with one letter."""
    with statements() as asked:
        proposed(clerk, "card", text)
    plans = [plan(register, one, parameters) for one, parameters in asked.items() if "surname_" in one]
    assert plans and not [line for lines in plans for line in lines if "ORDER BY" in line]


@pytest.fixture
def pictured(db_session, dara):
    """The photo of Dara."""
    with written_by("clerk.bb"):
        photo = with_photo(db_session.get(Person, dara)).photo
        db_session.commit()
    return photo


def faces(client):
    return [item.get("photo") for item in client.send("/lookup/card", {"q": "Sokh Dara"}).json["items"]]


def test_a_photo_comes_with_whom_the_asker_sees_and_with_no_card(client_as, clerk, pictured):
    (face,) = faces(clerk)
    assert f"/file/person-photo/{pictured.id}/64" in face
    assert faces(client_as("clerk.pp")) == [None]


def test_a_photo_that_was_struck_out_is_no_face(clerk, pictured, db_session):
    with written_by("clerk.bb"):
        struck = with_photo(db_session.get(Person, pictured.person_id)).photos[-1]
        struck.voided_at, struck.void_reason = dates.now(), "another man"
        db_session.commit()
    assert struck.id > pictured.id
    face, *_listed = clerk.page(f"/person/show/{pictured.person_id}").by_id("main").all("img", css="face")
    for shown in (*faces(clerk), face["src"]):
        assert f"/file/person-photo/{pictured.id}/" in shown
