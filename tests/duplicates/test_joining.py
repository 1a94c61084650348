"""Two people join two records of one person: everything follows, nothing is lost, and nothing else opens."""

import pytest
from sqlalchemy import select

from app.cases.models import Involvement
from app.extensions import db
from app.names import finding as names
from app.people.models import Person, PersonDocument
from tests.duplicates.pairs import joined, two_records


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def test_everything_that_hangs_on_the_one_follows_to_the_other(db_session, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)

    db.session.expire_all()
    for model in (Involvement, PersonDocument):
        people = db.session.scalars(select(model.person_id)).all()
        assert set(people) == {first.id} and len(people) == 2
    assert db.session.get(Person, second.id).joined_into_id == first.id


def test_the_old_name_and_the_old_number_find_the_record_that_stands(db_session, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)

    answer = clerk.get(f"/person/show/{second.id}")
    assert answer.status_code == 302 and answer.location.endswith(f"/person/show/{first.id}")
    found = clerk.send("/lookup/person", {"q": second.number}).json["items"]
    assert [item["id"] for item in found] == [str(first.id)]
    assert [match.person_id for match in names.find(db.session, "សុខ តារា")] == [first.id]
