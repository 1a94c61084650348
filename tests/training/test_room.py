"""Who is in the room: participants who leave a session, tests that no one began, and the code that begins a test."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit.models import AuditEvent
from app.kernel.text import dates
from app.kernel.text.khmer import to_khmer_digits
from app.training import actions
from app.training.models import CourseTest, Sitting
from tests.training.sample_course import TOPICS, add_questions, find_user, make_session, prepare

NAMES = "clerk.bb", "chief.bb"


@pytest.fixture
def session(db_session):
    """Return a session with two participants and a bank of twelve questions."""
    add_questions(12)
    session = make_session(days=1)
    actions.enrol(session, [find_user(name) for name in NAMES])
    db_session.commit()
    return session


@pytest.fixture(autouse=True)
def short_tests(monkeypatch):
    monkeypatch.setattr(actions, "LEAST_QUESTIONS", 2)


def list_names(session):
    db.session.expire_all()
    return [one.user.username for one in actions.list_participants(session)]


def read_events(action):
    db.session.expire_all()
    found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
    return db.session.scalars(found).all()


def test_planner_removes_a_participant_with_a_reason(client_as, db_session, session, each_database):
    planner, path = client_as("planning", "en"), f"/coursesession/remove/{session.id}"
    assert planner.send(path, {"line": "1", "reason": ""}).status_code == 422
    assert client_as("investigator.bb").send(path, {"line": "1", "reason": "x"}).status_code == 403
    assert planner.send(path, {"line": "1", "reason": "entered by mistake"}).status_code == 302
    assert planner.send(path, {"line": "1", "reason": "again"}).status_code == 422
    assert list_names(session) == ["chief.bb"]
    (event,) = read_events("course.participant_removed")
    assert event.facts["private"]["reason"] == "entered by mistake" and event.facts["participant"] == 1
    notified = select(Message.to_user_id).where(Message.text_key == "course.participant_removed")
    assert db_session.scalars(notified).all() == [find_user("clerk.bb").id]
    assert "ភ្នំពេញ ១" not in client_as("clerk.bb").page("/training/list/").top.all("main")[0].text


def test_removed_participant_returns_with_the_same_number(db_session, session):
    actions.remove_participant(session, 2, "mistake")
    actions.enrol(session, [find_user("warrant.bb"), find_user("chief.bb")])
    numbers = {one.user.username: one.number for one in actions.list_participants(session)}
    assert numbers == {"clerk.bb": 1, "chief.bb": 2, "warrant.bb": 3}


def test_participant_with_a_test_or_a_result_stays(db_session, session):
    first, second = actions.list_participants(session)
    test = prepare(session, number=4)
    actions.start_sitting(first, test)
    actions.enter_paper_result(find_user("planning"), second, 2, 80)
    for number in (1, 2):
        with pytest.raises(actions.InvalidStep):
            actions.remove_participant(session, number, "mistake")
    assert list_names(session) == list(NAMES)


def test_removed_participant_begins_no_test_and_a_cancelled_test_is_not_begun(
    db_session, session, each_database
):
    first, second = actions.list_participants(session)
    test = prepare(session, number=4)
    actions.remove_participant(session, 1, "mistake")
    with pytest.raises(actions.InvalidStep):
        actions.start_sitting(first, test)
    actions.cancel_test(session, 1)
    with pytest.raises(actions.InvalidStep):
        actions.start_sitting(second, test)
    assert db_session.scalar(select(Sitting.id)) is None


def test_trainer_cancels_a_test_that_no_one_began_and_draws_it_again(
    client_as, db_session, session, each_database
):
    wrong = prepare(session, number=4)
    db_session.commit()
    trainer, clerk = client_as("investigator.bb", "en"), client_as("clerk.bb", "en")
    path = f"/coursesession/cancel-test/{session.id}"
    assert clerk.send(path, {"ordinal": "1"}).status_code == 403
    assert trainer.send(path, {"ordinal": "1"}).status_code == 302
    assert trainer.send(path, {"ordinal": "1"}).status_code == 422
    assert clerk.get(f"/training/test/{wrong.id}").status_code == 404
    (event,) = read_events("course.test_cancelled")
    assert event.facts["test"] == 1
    again = prepare(session, number=4)
    db_session.commit()
    assert clerk.send(f"/training/test/{again.id}", {"act": "start"}).status_code == 302
    assert trainer.send(path, {"ordinal": "1"}).status_code == 422, "a participant has begun it"
    assert actions.find_test(session.id, 1).id == again.id


def test_two_valid_tests_of_one_ordinal_are_refused_by_the_database(db_session, session, each_database):
    test = prepare(session, number=4)
    values = {
        name: getattr(test, name)
        for name in ("session_id", "ordinal", "minutes", "opens_at", "closes_at", "seed", "question_ids")
    }
    db_session.add(CourseTest(**values))
    with pytest.raises(Exception, match="(?i)unique"):
        db_session.flush()
    db_session.rollback()


def test_only_the_code_of_the_room_begins_the_test(client_as, db_session, session, each_database):
    trainer = client_as("investigator.bb", "en")
    form = {
        "ordinal": "1", "topic": list(TOPICS), "number": "4", "minutes": "30", "has_code": "y",
        "opens_at": f"{dates.now():%d/%m/%Y} 00:00", "closes_at": f"{dates.now():%d/%m/%Y} 23:59",
    }  # fmt: skip
    assert trainer.send(f"/coursesession/test/{session.id}", form).status_code == 302
    test = actions.find_test(session.id, 1)
    code = test.start_code
    assert len(code) == 6 and code in trainer.page(f"/coursesession/show/{session.id}").text
    clerk, path = client_as("clerk.bb", "km"), f"/training/test/{test.id}"
    assert code not in clerk.page(path).html + clerk.page(f"/coursesession/show/{session.id}").html
    for wrong in ("", f"{(int(code) + 1) % 10**6:06d}", "កខគ"):
        assert clerk.send(path, {"act": "start", "code": wrong}).status_code == 422
    assert [one.facts["participant"] for one in read_events("course.code_refused")] == [1, 1, 1]
    assert db_session.scalar(select(Sitting.id)) is None
    khmer = to_khmer_digits(f"{code[:3]} {code[3:]}")
    assert clerk.send(path, {"act": "start", "code": khmer}).status_code == 302
    assert clerk.send(path, {"act": "start"}).status_code == 302, "it continues without the code"


def test_test_without_a_code_begins_at_once(db_session, session):
    first, _second = actions.list_participants(session)
    assert prepare(session, number=4).start_code is None
    assert actions.start_sitting(first, actions.find_test(session.id, 1)) is not None


def test_code_of_the_room_locks_after_five_wrong_ones(client_as, db_session, session, each_database):
    test = prepare(session, number=4, has_code=True)
    db_session.commit()
    right, wrong = test.start_code, f"{(int(test.start_code) + 1) % 10**6:06d}"
    clerk, path = client_as("clerk.bb", "en"), f"/training/test/{test.id}"
    for _try in range(5):
        assert "not the code" in clerk.send(path, {"act": "start", "code": wrong}).text
    for code in (wrong, right):
        answer = clerk.send(path, {"act": "start", "code": code})
        assert answer.status_code == 422 and "Too many wrong codes" in answer.text
    assert len(read_events("course.code_refused")) == 5
    assert db_session.scalar(select(Sitting.id)) is None
    _first, second = actions.list_participants(session)
    assert client_as(second.user.username).send(path, {"act": "start", "code": right}).status_code == 302
