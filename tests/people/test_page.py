"""The page of a person."""

from app.people.models import Person
from tests.rows import a_registered_case, written_by


def test_of_whom_only_the_year_of_birth_is_known_it_shows_the_year(db_session, clerk):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", birth_precision="year", birth_year=1982)
    with written_by("clerk.bb"):
        db_session.add(a_registered_case(people=[(person, "suspect")]))
        db_session.commit()
    assert "១៩៨២" in clerk.page(f"/person/show/{person.id}").text
