"""Somebody is found by his name: in either script, either order, with or without a blank, and only where he is seen."""

import pytest

from app.names.finding import find
from app.names.question import why_nobody
from tests.rows import a_registered_person


@pytest.fixture
def people(db_session):
    """name in Khmer → id of a registered person of that name."""

    def register(surname, given, latin=(None, None), **over):
        person = a_registered_person(
            surname_km=surname, given_km=given, surname_latin=latin[0], given_latin=latin[1], **over
        )
        person.names.clear()
        db_session.add(person)
        db_session.commit()
        return person.id

    return register


def found(session, text, **how):
    return [match.person_id for match in find(session, text, **how)]


@pytest.mark.parametrize(
    "typed", ["Sok Dara", "sok dara", "DARA SOK", "sokdara", "Sokh Darra", "សុខ ដារ៉ា", "ដារ៉ា សុខ"]
)
def test_a_khmer_record_is_found_however_it_is_typed(db_session, people, each_database, typed):
    dara = people("សុខ", "ដារ៉ា")
    people("ជា", "វាសនា")
    assert found(db_session, typed) == [dara]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "ក", "a", "%", "_", "''", "😀😀", "\x00", "\u202e", "12345", "a" * 1000, "អអអអ", "* OR 1"],
)
def test_no_text_is_an_error(db_session, people, typed):
    people("សុខ", "ដារ៉ា")
    assert find(db_session, typed) == []


def test_a_text_without_a_name_has_its_reason(app):
    with app.test_request_context():
        assert why_nobody("%") and not why_nobody("លី")
