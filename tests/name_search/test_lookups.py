"""The lookups of persons suggest similar names, also for an incomplete name."""

import pytest

from app.kernel.text import dates
from app.people.models import Person
from tests.prepared import prepared
from tests.query_plans import plan
from tests.sample_rows import PHNOM_PENH, acting_as, add_photo, add_registered_case, make_registered_person
from tests.search.test_plans import recorded_statements


@prepared
def dara(db_session):
    """Return the id of a suspect in Battambang with a name in Khmer only."""
    with acting_as("clerk.bb"):
        person = make_registered_person(surname_latin=None, given_latin=None, phone="012345678")
        person.names.clear()
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
        return person.id


def suggested_texts(client, name, text):
    return [item["text"] for item in client.send(f"/lookup/{name}", {"q": text}).json["items"]]


@pytest.mark.parametrize("lookup", ["person", "card"])
@pytest.mark.parametrize(
    "text", ["Sokh Dara", "dara sok", "sokdara", "Sok Dar", "Sok D", "Sok", "សុខ ដា", "សុខ ដារា", "សុ"]
)
def test_lookup_suggests_person_by_any_spelling(clerk, dara, lookup, text):
    assert suggested_texts(clerk, lookup, text) == ["សុខ ដារ៉ា"]


def test_lookup_outside_area_suggests_card_only(client_as, dara):
    elsewhere = client_as("clerk.pp")
    assert suggested_texts(elsewhere, "person", "Sokh Dara") == []
    assert suggested_texts(elsewhere, "card", "Sokh Dara") == ["សុខ ដារ៉ា"]


def test_lookup_of_common_name_lists_own_area_first(db_session, dara, clerk):
    with acting_as("clerk.pp"):
        for number in range(1, 10):
            add_registered_case(PHNOM_PENH, people=[(make_registered_person(number), "suspect")])
        db_session.commit()
    with acting_as("clerk.bb"):
        for number in range(10, 17):
            add_registered_case(people=[(make_registered_person(number), "suspect")])
        db_session.commit()
    for text in ("សុខ", "Sok"):
        outside = [item["outside"] for item in clerk.send("/lookup/card", {"q": text}).json["items"]]
        assert outside == [False] * 5 + [True] * 3


@pytest.mark.parametrize("text", ["ស", "S", "សុខ"])
def test_lookup_of_prefix_sorts_nothing_in_database(register, clerk, dara, text):
    """Of a million persons, two hundred thousand begin with one letter."""
    with recorded_statements() as asked:
        suggested_texts(clerk, "card", text)
    plans = [plan(register, one, parameters) for one, parameters in asked.items() if "surname_" in one]
    assert plans and not [line for lines in plans for line in lines if "ORDER BY" in line]


@pytest.fixture
def photo_of_dara(db_session, dara):
    """Return the photo of Dara."""
    with acting_as("clerk.bb"):
        photo = add_photo(db_session.get(Person, dara)).photo
        db_session.commit()
    return photo


def photo_urls(client):
    return [item.get("photo") for item in client.send("/lookup/card", {"q": "Sokh Dara"}).json["items"]]


def test_lookup_photo_is_shown_in_area_only(client_as, clerk, photo_of_dara):
    (face,) = photo_urls(clerk)
    assert f"/file/person-photo/{photo_of_dara.id}/64" in face
    assert photo_urls(client_as("clerk.pp")) == [None]


def test_lookup_ignores_void_photo(clerk, photo_of_dara, db_session):
    with acting_as("clerk.bb"):
        struck = add_photo(db_session.get(Person, photo_of_dara.person_id)).photos[-1]
        struck.voided_at, struck.void_reason = dates.now(), "another man"
        db_session.commit()
    assert struck.id > photo_of_dara.id
    face, *_listed = (
        clerk.page(f"/person/show/{photo_of_dara.person_id}").by_id("main").all("img", css="photo")
    )
    for shown in (*photo_urls(clerk), face["src"]):
        assert f"/file/person-photo/{photo_of_dara.id}/" in shown
