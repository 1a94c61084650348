"""Persons are found by name in either script and order, with or without a space, only where they are visible."""

import pytest
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.text import dates
from app.name_search import person_search
from app.name_search.person_search import search_persons
from app.name_search.query import explain_missing_name
from app.people.nationwide import nationwide_session
from tests.cases.test_row_filter import session_as
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


@pytest.fixture
def people(db_session):
    """Return a function that registers a person of that name and returns the id."""

    def register(surname, given, latin=(None, None), **over):
        person = make_registered_person(
            surname_km=surname, given_km=given, surname_latin=latin[0], given_latin=latin[1], **over
        )
        person.names.clear()
        db_session.add(person)
        db_session.commit()
        return person.id

    return register


def search_ids(session, text, **how):
    return [match.person_id for match in search_persons(session, text, **how)]


def test_khmer_name_is_found_by_any_spelling(db_session, people, each_database):
    dara = people("សុខ", "ដារ៉ា")
    people("ជា", "វាសនា")
    for typed in ("Sok Dara", "sok dara", "DARA SOK", "sokdara", "Sokh Darra", "សុខ ដារ៉ា", "ដារ៉ា សុខ"):
        assert search_ids(db_session, typed) == [dara], typed


@pytest.mark.parametrize(
    "typed",
    ["លោក សុខ ដារ៉ា", "លោកសុខ ដារ៉ា", "លោកស្រីសុខ ដារ៉ា", "លោក ឧកញ៉ា សុខ ដារ៉ា", "ឈ្មោះ សុខ ដារ៉ា", "នាង សុខ ដារ៉ា", "Mr. Sok Dara",
     "MRS SOK DARA", "H.E. Sok Dara", "លោក Sok Dara"],
)  # fmt: skip
def test_title_before_name_is_ignored(db_session, people, typed):
    dara = people("សុខ", "ដារ៉ា", ("Sok", "Dara"))
    assert [(match.person_id, match.band) for match in search_persons(db_session, typed)] == [(dara, "same")]


def test_title_used_as_name_is_searched(db_session, people):
    sok, neang = people("សុខ", "ដារ៉ា"), people("នាង", "ដារ៉ា")
    assert search_ids(db_session, "នាង ដារ៉ា") == [neang]
    assert search_ids(db_session, "កញ្ញា") == [] and search_ids(db_session, "លោក") == []
    assert search_ids(db_session, "លោក សុខ") == [sok]


def test_one_part_of_name_finds_bearers_first(db_session, people, each_database):
    dara, another = people("សុខ", "ដារ៉ា", ("Sok", "Dara")), people("សុខ", "ដារ៉ា")
    whole = [people("ដារ៉ា", ""), people("សុខ", "")]
    people("ទេព", "រី")  # sounds like one of them
    for typed in ("ដារ៉ា", "ដារា", "dara", "DARA", "សុខ", "sok", "Sokh"):
        answer = search_ids(db_session, typed, limit=3, each=3)
        assert set(answer[1:]) == {dara, another}, f"{typed}: whole names come first"
        assert answer[0] in whole, typed


def test_initial_is_enough_for_one_part(db_session, people, each_database):
    dara = people("សុខ", "ដារ៉ា")
    latin = people(None, None, ("Sar", "Dara"))
    others = people("ចាន់", "ដារ៉ា"), people("សុខ", "វិបុល")
    for typed in ("S. Dara", "s dara", "Dara S.", "ស. ដារ៉ា", "ស ដារ៉ា"):
        found = search_ids(db_session, typed)
        assert set(found[:2]) == {dara, latin}, typed
        assert not {*found[:2], *others} & set(found[2:]), typed
    assert search_ids(db_session, "សុខ ដ.")[:1] == [dara]
    assert search_ids(db_session, "Sok D")[:1] == [dara]


def test_initial_of_a_vowel_compares_the_letters(db_session, people):
    chan, sok = people("អ៊ុក", "ចាន់"), people("សុខ", "ចាន់")
    found = search_ids(db_session, "U. Chan"), search_ids(db_session, "អ. ចាន់")
    assert [one[:1] for one in found] == [[chan], [chan]] and sok not in (found[0] + found[1])


@pytest.mark.parametrize(
    "name, typed",
    [
        ("ឫទ្ធី", "រិទ្ធី"),
        ("ឫទ្ធី", "Rithy"),
        ("ឥន្ទ្រា", "អិន្ទ្រា"),
        ("ឧត្តម", "អុត្តម"),
        ("ឯកា", "Eka"),
        ("ឱភាស", "អោភាស"),
        ("ឦសាន", "Eisan"),
    ],
)
def test_independent_vowel_is_found_by_its_sound(db_session, people, name, typed):
    person = people("សុខ", name)
    surname = "Sok" if typed.isascii() else "សុខ"
    assert search_ids(db_session, f"{surname} {typed}") == [person]


def test_part_of_name_is_not_in_same_band(db_session, people):
    people("សុខ", "ដារ៉ា")
    assert [match.band for match in search_persons(db_session, "ដារ៉ា")] == ["sounds"]
    assert [match.band for match in search_persons(db_session, "តារា")] == ["possible"]


def test_two_words_must_match_whole_name(db_session, people):
    people("សុខ", "ដារ៉ា")
    assert search_ids(db_session, "ចាន់ ដារ៉ា") == []


@pytest.mark.parametrize(
    "typed",
    ["", " ", "ក", "a", "%", "_", "''", "😀😀", "\x00", "\u202e", "12345", "a" * 1000, "អអអអ", "* OR 1"],
)
def test_odd_text_finds_nothing(db_session, people, typed):
    people("សុខ", "ដារ៉ា")
    assert search_persons(db_session, typed) == []


def test_text_without_name_has_message(app):
    with app.test_request_context():
        assert explain_missing_name("%") and not explain_missing_name("លី")


def test_filters_accept_matching_persons(db_session, people, each_database):
    dara = people("សុខ", "ដារ៉ា", born_on=dates.parse_date("01-01-1990"), home_code="020310")
    other = people("សុខ", "ដារ៉ា", born_on=dates.parse_date("01-01-1970"), sex="F", home_code="120101")
    people("សុខ", "ដារ៉ា", born_on=None, sex="unknown", sex_reason="not told", home_code=None)
    for fits_dara, fits_the_other in (
        ({"birth_from": 1980}, {"birth_to": 1980}),
        ({"birth_from": 1990, "birth_to": 1990}, {"birth_from": 1969, "birth_to": 1971}),
        ({"birth_from": 1990, "birth_to": 99_999}, {"birth_from": -9, "birth_to": 1989}),
        ({"sex": "M"}, {"sex": "F"}),
        ({"home": "02"}, {"home": "120101"}),
        ({"home": "0203", "birth_from": 1980}, {"home": "12", "sex": "F", "birth_to": 1970}),
    ):
        assert search_ids(db_session, "sok dara", **fits_dara) == [dara]
        assert search_ids(db_session, "sok dara", **fits_the_other) == [other]


@prepared
def victim(db_session):
    """Return a protected victim in Phnom Penh."""
    victim = make_registered_person(sex="F")
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    return victim


def test_session_finds_visible_persons_only(db_session, victim, each_database):
    suspect = make_registered_person(number=1)
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    db_session.commit()
    with nationwide_session() as session:
        assert search_ids(session, "sok dara") == [suspect.id]
        assert search_ids(session, "sok dara", sex="M") == [suspect.id] and not search_ids(
            session, "sok dara", sex="F"
        )
    with nationwide_session(protected_too=True) as session:
        assert set(search_ids(session, "sok dara")) == {suspect.id, victim.id}
    with session_as("clerk.pp") as session:
        assert suspect.id in search_ids(session, "sok dara")
    with session_as("clerk.bb") as session:
        assert search_ids(session, "sok dara") == []
    with Session(db.engine) as session:  # without an actor
        assert search_ids(session, "sok dara") == []


def test_common_names_leave_room_for_exact_match(db_session, people, each_database, monkeypatch):
    monkeypatch.setattr(person_search, "MAX_BEARERS", 3)
    meant = people("សុខ", "ដារ៉ា")
    for given in ("តារា", "ទារ៉ា"):
        for _number in range(3):
            people("សុខ", given)
    assert search_ids(db_session, "សុខ ដារ៉ា", limit=1) == [meant]
