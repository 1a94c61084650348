"""What hooks collect: rollbacks forget what they undo, and nothing else."""

from app.kernel.database.pending import Pending
from app.people.models import Person

SEEN = Pending(list)


def collect(session, value):
    SEEN.get(session).append(value)


def test_collected_values_are_taken_once(db_session):
    collect(db_session, 1)
    collect(db_session, 2)
    assert SEEN.take(db_session) == [1, 2]
    assert SEEN.take(db_session) == []


def test_rollback_forgets_what_the_transaction_collected(db_session):
    db_session.scalar(Person.__table__.select().limit(1))
    collect(db_session, 1)
    db_session.rollback()
    assert SEEN.take(db_session) == []


def test_rollback_of_a_savepoint_keeps_what_was_collected_before_it(db_session):
    collect(db_session, 1)
    savepoint = db_session.begin_nested()
    collect(db_session, 2)
    savepoint.rollback()
    assert SEEN.take(db_session) == [1]


def test_rollback_of_a_savepoint_returns_what_was_taken_in_it(db_session):
    collect(db_session, 1)
    savepoint = db_session.begin_nested()
    SEEN.take(db_session)
    savepoint.rollback()
    assert SEEN.take(db_session) == [1]


def test_released_savepoint_keeps_what_it_collected(db_session):
    with db_session.begin_nested():
        collect(db_session, 1)
    assert SEEN.take(db_session) == [1]
    db_session.rollback()
