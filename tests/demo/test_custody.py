"""Demo custody, detention and prison records are consistent."""

from sqlalchemy import func, select

from app.custody import consistency_check, deadline_index
from app.custody.models import Arrest, Custody
from app.demo import custody
from app.people import status
from tests.demo.conftest import UNTIL, ignore_output


def generate_custody(session, owner, people=40, **more):
    custody.generate_custody(owner, people=people, seed=1, report=ignore_output, until=UNTIL, **more)
    session.expire_all()


def test_stored_custody_values_match_computed_ones(small_country, owner, each_database):
    generate_custody(small_country, owner)
    connection = small_country.connection()
    assert status.find_drift(connection)[1] == []
    assert consistency_check.find_drift(connection) == []
    assert deadline_index.find_drift(connection) == []


def test_custody_second_run_arrests_other_persons(small_country, owner, each_database):
    generate_custody(small_country, owner, 20)
    first = set(small_country.scalars(select(Arrest.person_id)))
    generate_custody(small_country, owner, 20)
    person_ids = small_country.scalars(select(Arrest.person_id)).all()
    assert len(person_ids) == len(set(person_ids)) == 40 and first < set(person_ids)


def test_custody_has_requested_number_now(small_country, owner):
    generate_custody(small_country, owner, 20, now=17)
    open_ones = select(func.count(Custody.id)).where(Custody.ended_at.is_(None))
    assert small_country.scalar(open_ones) == 17
