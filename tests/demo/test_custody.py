"""The demo's people in custody, detention and prison stand as real ones would."""

from sqlalchemy import func, select

from app.custody import consistency_check, deadline_index
from app.custody.models import Arrest, Custody
from app.demo import custody
from app.people import status
from tests.demo.conftest import UNTIL, quiet


def with_held(session, owner, people=40, **more):
    custody.fill(owner, people=people, seed=1, say=quiet, until=UNTIL, **more)
    session.expire_all()


def test_what_is_stored_of_them_is_what_their_steps_tell(small_country, owner, each_database):
    with_held(small_country, owner)
    connection = small_country.connection()
    assert status.differences(connection)[1] == []
    assert consistency_check.differences(connection) == []
    assert deadline_index.differences(connection) == []


def test_a_second_run_arrests_others(small_country, owner, each_database):
    with_held(small_country, owner, 20)
    first = set(small_country.scalars(select(Arrest.person_id)))
    with_held(small_country, owner, 20)
    everybody = small_country.scalars(select(Arrest.person_id)).all()
    assert len(everybody) == len(set(everybody)) == 40 and first < set(everybody)


def test_as_many_are_held_at_this_moment_as_are_asked_for(small_country, owner):
    with_held(small_country, owner, 20, now=17)
    open_ones = select(func.count(Custody.id)).where(Custody.ended_at.is_(None))
    assert small_country.scalar(open_ones) == 17
