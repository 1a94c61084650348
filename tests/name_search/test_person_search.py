"""Somebody is found by his name: in either script, either order, with or without a blank, and only where he is seen."""

import pytest
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.text import dates
from app.name_search import person_search
from app.name_search.person_search import find
from app.name_search.query import why_nobody
from app.people.nationwide import nation
from tests.cases.test_row_filter import seen_by
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by


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
    ["លោក សុខ ដារ៉ា", "លោកសុខ ដារ៉ា", "លោកស្រីសុខ ដារ៉ា", "លោក ឧកញ៉ា សុខ ដារ៉ា", "ឈ្មោះ សុខ ដារ៉ា", "នាង សុខ ដារ៉ា", "Mr. Sok Dara",
     "MRS SOK DARA", "H.E. Sok Dara", "លោក Sok Dara"],
)  # fmt: skip
def test_a_title_before_a_name_is_no_part_of_it(db_session, people, typed):
    dara = people("សុខ", "ដារ៉ា", ("Sok", "Dara"))
    assert [(match.person_id, match.band) for match in find(db_session, typed)] == [(dara, "same")]


def test_a_title_that_is_somebodys_name_is_his_name(db_session, people):
    sok, neang = people("សុខ", "ដារ៉ា"), people("នាង", "ដារ៉ា")
    assert found(db_session, "នាង ដារ៉ា") == [neang]
    assert found(db_session, "កញ្ញា") == [] and found(db_session, "លោក") == []
    assert found(db_session, "លោក សុខ") == [sok]


@pytest.mark.parametrize("typed", ["ដារ៉ា", "ដារា", "dara", "DARA", "សុខ", "sok", "Sokh"])
def test_one_part_of_a_name_finds_those_who_bear_it_and_no_stranger_before_them(
    db_session, people, each_database, typed
):
    dara, another = people("សុខ", "ដារ៉ា", ("Sok", "Dara")), people("សុខ", "ដារ៉ា")
    whole = [people("ដារ៉ា", ""), people("សុខ", "")]
    people("ទេព", "រី")  # its sounds are those of one of them
    answer = found(db_session, typed, limit=3, each=3)
    assert set(answer[1:]) == {dara, another}, "who is called so as a whole comes first"
    assert answer[0] in whole


def test_part_of_a_name_is_not_called_the_same_name(db_session, people):
    people("សុខ", "ដារ៉ា")
    assert [match.band for match in find(db_session, "ដារ៉ា")] == ["sounds"]
    assert [match.band for match in find(db_session, "តារា")] == ["possible"]


def test_two_words_are_one_name_and_not_two_parts(db_session, people):
    people("សុខ", "ដារ៉ា")
    assert found(db_session, "ចាន់ ដារ៉ា") == []


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


def test_a_filter_lets_through_who_fits_it(db_session, people, each_database):
    dara = people("សុខ", "ដារ៉ា", born_on=dates.read_date("01-01-1990"), home_code="020310")
    other = people("សុខ", "ដារ៉ា", born_on=dates.read_date("01-01-1970"), sex="F", home_code="120101")
    people("សុខ", "ដារ៉ា", born_on=None, sex="unknown", sex_reason="not told", home_code=None)
    for fits_dara, fits_the_other in (
        ({"birth_from": 1980}, {"birth_to": 1980}),
        ({"birth_from": 1990, "birth_to": 1990}, {"birth_from": 1969, "birth_to": 1971}),
        ({"birth_from": 1990, "birth_to": 99_999}, {"birth_from": -9, "birth_to": 1989}),
        ({"sex": "M"}, {"sex": "F"}),
        ({"home": "02"}, {"home": "120101"}),
        ({"home": "0203", "birth_from": 1980}, {"home": "12", "sex": "F", "birth_to": 1970}),
    ):
        assert found(db_session, "sok dara", **fits_dara) == [dara]
        assert found(db_session, "sok dara", **fits_the_other) == [other]


@pytest.fixture
def victim(db_session):
    """A protected victim of Phnom Penh."""
    victim = a_registered_person(sex="F")
    with written_by("clerk.pp"):
        a_registered_case(place=PHNOM_PENH, people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    return victim


def test_a_session_finds_whom_it_sees(db_session, victim, each_database):
    suspect = a_registered_person(number=1)
    with written_by("clerk.pp"):
        a_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    db_session.commit()
    with nation() as session:
        assert found(session, "sok dara") == [suspect.id]
        assert found(session, "sok dara", sex="M") == [suspect.id] and not found(session, "sok dara", sex="F")
    with nation(protected_too=True) as session:
        assert set(found(session, "sok dara")) == {suspect.id, victim.id}
    with seen_by("clerk.pp") as session:
        assert suspect.id in found(session, "sok dara")
    with seen_by("clerk.bb") as session:
        assert found(session, "sok dara") == []
    with Session(db.engine) as session:  # of which nobody said who asks
        assert found(session, "sok dara") == []


def test_a_name_that_many_bear_leaves_room_for_the_one_that_was_meant(
    db_session, people, each_database, monkeypatch
):
    monkeypatch.setattr(person_search, "MOST_BEARERS", 3)
    meant = people("សុខ", "ដារ៉ា")
    for given in ("តារា", "ទារ៉ា"):
        for _number in range(3):
            people("សុខ", given)
    assert found(db_session, "សុខ ដារ៉ា", limit=1) == [meant]
