"""Nationwide search for people with the same name."""

from datetime import date

from app.people import nationwide, queries
from app.people.models import Person
from tests.sample_rows import acting_as, add_registered_case

NAMES = (("សុខ", "ដារ៉ា"), ("ចាន់", "បុប្ផា"), ("កែវ", "វណ្ណា"))


def make_person_named(surname, given):
    return Person(
        surname_km=surname, given_km=given, sex="M", born_on=date(1984, 1, 20), birth_precision="day"
    )


def test_row_limit_grows_with_number_of_persons(db_session, each_database, monkeypatch):
    monkeypatch.setattr(queries, "ROWS_PER_PERSON", 1)
    with acting_as("clerk.bb"):
        db_session.add(add_registered_case(people=[(make_person_named(*name), "suspect") for name in NAMES]))
        db_session.commit()
    asked = [make_person_named(*name) for name in NAMES]
    with nationwide.nationwide_session(protected_too=True) as everybody:
        same, _alike = queries.find_namesakes(everybody, asked)
    assert [len(same[id(one)]) for one in asked] == [1, 1, 1]
