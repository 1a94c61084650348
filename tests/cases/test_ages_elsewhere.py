"""The age in a case of another province follows a corrected birth."""

from datetime import date

from app.cases import consistency_check
from app.cases.models import Involvement
from app.people.models import Person
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


def test_age_in_a_case_of_another_province_follows_the_birth(db_session, clerk, each_database):
    with acting_as("clerk.bb"):
        person = (
            add_registered_case(people=[(make_registered_person(born_on=date(1990, 1, 1)), "suspect")])
            .involvements[0]
            .person
        )
        db_session.commit()
    with acting_as("clerk.pp"):
        elsewhere = (
            add_registered_case(place=PHNOM_PENH, people=[(db_session.get(Person, person.id), "suspect")])
            .involvements[0]
            .id
        )
        db_session.commit()
    page = clerk.page(f"/person/edit/{person.id}")
    answer = clerk.send(f"/person/edit/{person.id}", page.typed() | {"born_on": "01-01-2012"})
    assert answer.status_code == 302, answer.text[:300]
    db_session.expire_all()
    assert consistency_check.find_drift(db_session.connection()) == []
    assert db_session.get(Involvement, elsewhere).minor
