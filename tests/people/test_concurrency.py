"""The list of a province on PostgreSQL, where many write at once: what shows somebody there, and what changes his name or moves the
unit for which he is shown, wait for each other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.people.models import Person
from app.people.visibility import ProvinceList, unlisted
from tests.sample_rows import a_registered_case, a_registered_person, written_by

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
SHOWN = "INSERT INTO visibility (person_id, province_code, unit_code, hidden) VALUES (:person, '25', 'PC-12', false)"
OTHERS = {
    "renamed": "UPDATE person SET name_sort = 'another' WHERE id = :person",
    "moved": "UPDATE unit SET area_code = '04' WHERE code = 'PC-12' AND :person > 0",
}
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :like"


@pytest.fixture
def person(db_session):
    with written_by("clerk.bb"):
        made = a_registered_person()
        a_registered_case(people=[(made, "suspect")])
    db_session.commit()
    return made.id


@pytest.mark.parametrize("shown_first", [True, False])
@pytest.mark.parametrize("other", OTHERS)
def test_whoever_is_shown_at_that_moment_stands_once_in_each_list_and_by_his_name(
    person, owner, other, shown_first
):
    acts = [SHOWN, OTHERS[other]]
    first, second = acts if shown_first else acts[::-1]
    with ThreadPoolExecutor(1) as beside, owner.connect() as one:
        one.execute(text(first), {"person": person})
        later = beside.submit(_written, owner, second, person)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not (later.done() or watcher.scalar(text(WAITS), {"like": f"%{second[:20]}%"})):
                pass
        assert not later.done(), "the later one waits"
        one.commit()
        later.result()
    with owner.connect() as connection:
        assert unlisted(connection) == []
        listed = connection.execute(select(ProvinceList.__table__)).all()
        name = connection.scalar(select(Person.name_sort))
    places = {"02", "25"} | ({"12"} if other == "renamed" or shown_first else set())
    assert {row.province_code for row in listed} == places | ({"04"} if other == "moved" else set())
    assert len(listed) == len({row.province_code for row in listed}) and {
        row.name_sort for row in listed
    } == {name}


def _written(engine, statement, person):
    with engine.begin() as connection:
        connection.execute(text(statement), {"person": person})


def test_the_view_that_computes_the_list_is_not_the_applications_to_read(person, owner):
    """It answers with the rights of the owner, who is behind no wall."""
    may = text("SELECT has_table_privilege(:role, 'province_list_computed', 'SELECT')")
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM province_list_computed"))
        assert not connection.scalar(may, {"role": db.engine.url.username})
