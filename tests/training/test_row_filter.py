"""Participants of training and their results are visible to themselves, trainers, planners and chiefs only."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Unit
from app.training import actions
from app.training.models import CourseTest, Participant, Sitting, TestAnswer
from tests.cases.test_row_filter import session_as
from tests.training.sample_course import add_questions, find_user, make_session, prepare, take

# Who sees the results of these participants: a planner, the trainer, the chiefs of two provinces, participants, and a stranger.
READERS = {
    "planning": {"clerk.bb", "clerk.pp", "warrant.bb"},
    "investigator.bb": {"clerk.bb", "clerk.pp", "warrant.bb"},
    "chief.bb": {"clerk.bb", "warrant.bb"},
    "clerk.bb": {"clerk.bb"},
    "clerk.pp": {"clerk.pp"},
    "manager": set(),
    "warrant.pp": set(),
}


@pytest.fixture
def results(db_session, monkeypatch):
    """Return the session of a course: a clerk of each of two provinces, and an officer of a post below one."""
    monkeypatch.setattr(actions, "LEAST_QUESTIONS", 1)
    add_questions(2)
    find_user("warrant.bb").unit = db_session.get(Unit, "DI-0201")
    session = make_session()
    actions.enrol(session, [find_user(name) for name in ("clerk.bb", "clerk.pp", "warrant.bb")])
    test = prepare(session, number=2)
    for one in actions.list_participants(session):
        take(one, test, 1)
    db_session.commit()
    return session.id


def test_results_are_visible_to_those_who_may_see_them(results, each_database):
    ids = {one.id: one.user.username for one in db.session.scalars(select(Participant))}
    for reader, expected in READERS.items():
        with session_as(reader) as session:
            assert {ids[key] for key in session.scalars(select(Participant.id))} == expected, reader
            sittings = session.execute(select(Sitting.id, Sitting.participant_id)).all()
            assert {ids[row.participant_id] for row in sittings} == expected, reader
            answers = set(session.scalars(select(TestAnswer.sitting_id)))
            assert answers == {row.id for row in sittings}, reader
            assert len(session.scalars(select(TestAnswer.id)).all()) == 2 * len(expected), reader


def test_statement_that_is_built_once_asks_for_each_reader(results, db_session):
    """The filter of a scope is cached; the clerks of a unit have their own rows each."""
    find_user("clerk.pp").unit = db_session.get(Unit, "PC-02")
    db_session.commit()
    names = select(Participant.user_id)
    for name in ("clerk.bb", "clerk.pp", "clerk.bb"):
        with session_as(name) as session:
            assert session.scalars(names).all() == [find_user(name).id], name


def test_result_of_another_is_not_changed(results, db_session):
    other = db_session.scalar(select(Participant.id).where(Participant.user_id == find_user("clerk.pp").id))
    with session_as("clerk.bb") as session:
        assert session.execute(update(Sitting).values(percent=100)).rowcount == 1, "only the row of the user"
        session.rollback()
        now, test = dates.now(), session.scalar(select(CourseTest.id))
        session.add(Sitting(test_id=test, participant_id=other, started_at=now, ends_at=now))
        with pytest.raises(RuleViolation):
            session.flush()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.slow
def test_plain_sql_finds_the_same_results(results, database):
    ids = {one.id: one.user.username for one in db.session.scalars(select(Participant))}
    for reader, expected in READERS.items():
        with session_as(reader) as session:
            connection = session.connection()
            found = connection.scalars(text("SELECT id FROM participant")).all()
            assert {ids[key] for key in found} == expected, reader
            of_sittings = connection.scalars(text("SELECT participant_id FROM sitting")).all()
            assert {ids[key] for key in of_sittings} == expected, reader
            answers = connection.scalar(text("SELECT count(*) FROM test_answer"))
            assert answers == 2 * len(expected), reader
    with session_as("clerk.bb") as session:
        more = text("UPDATE sitting SET percent = 100")
        assert session.connection().execute(more).rowcount == 1
        add = text(
            "INSERT INTO participant (session_id, number, user_id, present)"
            " SELECT session_id, 99, (SELECT id FROM ab_user WHERE username = 'manager'), '' FROM participant"
        )
        with pytest.raises(DBAPIError):
            session.connection().execute(add)
