"""The province list on PostgreSQL under concurrent writes: visibility, renames and unit moves wait for each other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.people.models import Person
from app.people.visibility import ProvincePerson, find_missing_rows
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
SHOW = "INSERT INTO visibility (person_id, province_code, unit_code, hidden) VALUES (:person, '25', 'PC-12', false)"
OTHERS = {
    "renamed": "UPDATE person SET name_sort = 'another' WHERE id = :person",
    "moved": "UPDATE unit SET area_code = '0402' WHERE code = 'PC-12' AND :person > 0",
}
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :like"


@prepared
def person(db_session):
    with acting_as("clerk.bb"):
        made = make_registered_person()
        add_registered_case(people=[(made, "suspect")])
    db_session.commit()
    return made.id


@pytest.mark.parametrize("shown_first", [True, False])
@pytest.mark.parametrize("other", OTHERS)
def test_concurrent_writes_keep_province_list_correct(person, owner, other, shown_first):
    acts = [SHOW, OTHERS[other]]
    first, second = acts if shown_first else acts[::-1]
    with ThreadPoolExecutor(1) as executor, owner.connect() as one:
        one.execute(text(first), {"person": person})
        later = executor.submit(_execute, owner, second, person)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not (later.done() or watcher.scalar(text(WAITS), {"like": f"%{second[:20]}%"})):
                pass
        assert not later.done(), "the later one waits"
        one.commit()
        later.result()
    with owner.connect() as connection:
        assert find_missing_rows(connection) == []
        listed = connection.execute(select(ProvincePerson.__table__)).all()
        name = connection.scalar(select(Person.name_sort))
    places = {"02", "25"} | ({"12"} if other == "renamed" or shown_first else set())
    assert {row.province_code for row in listed} == places | ({"04"} if other == "moved" else set())
    assert len(listed) == len({row.province_code for row in listed}) and {
        row.name_sort for row in listed
    } == {name}


def _execute(engine, statement, person):
    with engine.begin() as connection:
        connection.execute(text(statement), {"person": person})


def test_app_role_cannot_read_the_computed_list(person, owner):
    """The view runs with the owner's rights, outside row-level security."""
    may = text("SELECT has_table_privilege(:role, 'province_person_computed', 'SELECT')")
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM province_person_computed"))
        assert not connection.scalar(may, {"role": db.engine.url.username})
