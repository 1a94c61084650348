"""Who else of the nation is called so."""

from datetime import date

from app.people import nationwide, queries
from app.people.models import Person
from tests.sample_rows import a_registered_case, written_by

NAMES = (("សុខ", "ដារ៉ា"), ("ចាន់", "បុប្ផា"), ("កែវ", "វណ្ណា"))


def called(surname, given):
    return Person(
        surname_km=surname, given_km=given, sex="M", born_on=date(1984, 1, 20), birth_precision="day"
    )


def test_each_of_many_who_are_asked_for_brings_a_limit_of_its_own(db_session, each_database, monkeypatch):
    monkeypatch.setattr(queries, "OF_ONE", 1)
    with written_by("clerk.bb"):
        db_session.add(a_registered_case(people=[(called(*name), "suspect") for name in NAMES]))
        db_session.commit()
    asked = [called(*name) for name in NAMES]
    with nationwide.nation(protected_too=True) as everybody:
        same, _alike = queries.namesakes(everybody, asked)
    assert [len(same[id(one)]) for one in asked] == [1, 1, 1]
