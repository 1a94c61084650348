"""Exercises that go on from a prepared case: the end of a custody, a release, a correction and the answer to a match."""

from datetime import timedelta

import pytest

from app.cases.models import Case, Exhibit
from app.corrections import actions as corrections
from app.corrections.models import CHANGE
from app.court_orders import match_answers
from app.court_orders.models import OrderMatch
from app.custody.models import Custody, CustodyStep, Detention, Release
from app.extensions import db
from app.kernel.schema import record_lock
from app.kernel.text import dates
from app.practice import exercises
from app.practice.models import Attempt, Exercise
from app.reference.models import Unit
from tests.corrections.steps import find_user
from tests.sample_rows import acting_as


@pytest.fixture
def practice(app, db_session, monkeypatch):
    """Return the shipped exercises by their keys, in a practice system."""
    monkeypatch.setitem(app.config, "IS_PRACTICE", True)
    exercises.load_shipped_exercises()
    find_user("chief.bb").unit = db_session.get(Unit, "PC-12")  # as all accounts of a practice system
    db_session.commit()
    return {one.key[3:]: one for one in db_session.query(Exercise)}


def end_custody(case, user):
    custody = db.session.query(Custody).filter_by(case_id=case.id).one()
    at = (dates.now() - timedelta(days=1)).replace(hour=22, minute=15, second=0, microsecond=0)
    db.session.add(CustodyStep(custody=custody, kind="end", at=at, outcome="to_prosecutor"))


def release(case, user):
    detention = db.session.query(Detention).filter_by(case_id=case.id).one()
    day = dates.now().date() - timedelta(days=1)
    db.session.add(Release(detention=detention, released_on=day, kind="order", document_no="88/26"))


def correct(case, user):
    exhibit = db.session.query(Exhibit).filter_by(case_id=case.id).one()
    assert record_lock.is_locked(exhibit)
    changes = {"plate": "1AC-7788"}
    found, _problems = corrections.preview_correction(exhibit, CHANGE, changes, "កាតគ្រី")
    db.session.rollback()
    exhibit = db.session.get(Exhibit, exhibit.id)
    corrections.request_correction(
        user, exhibit, CHANGE, changes, "typing_error", "កាតគ្រី", "45/26", found=found
    )


def answer(case, user):
    match = db.session.query(OrderMatch).one()
    assert match.case_id != case.id, "the wanted person was met in a case of another province"
    assert match_answers.may_answer(user, match)
    match_answers.record_answer(db.session, match, "match_confirmed", "ត្រូវគ្នា", compared=True)


ACTS = {
    "custody-near-limit": ("clerk.pp", end_custody),
    "release": ("clerk.pp", release),
    "correction-after-lock": ("chief.bb", correct),
    "warrant-answer": ("warrant.pp", answer),
}


@pytest.mark.parametrize("key", ACTS)
def test_act_about_the_prepared_case_is_compared(practice, client_as, db_session, key, each_database):
    username, act = ACTS[key]
    trainee, pk = client_as(username, "en"), practice[key].id
    begun = trainee.send(f"/exercises/{pk}/begin")
    attempt = db_session.query(Attempt).one()
    assert begun.location == f"/case/show/{attempt.case_id}", begun.location
    assert trainee.get(begun.location).status_code == 200
    result = f"/exercises/result/{attempt.token}"
    assert trainee.get(result).location == begun.location, "nothing is entered yet"
    with acting_as(username):
        act(db_session.get(Case, attempt.case_id), find_user(username))
        db_session.commit()
    assert "Score: 100 %" in trainee.get(result).text
    db_session.expire_all()
    assert db_session.get(Attempt, attempt.id).score == 100


def test_each_attempt_has_its_own_case_and_acts_of_others_do_not_count(practice, client_as, db_session):
    first, second = client_as("clerk.pp", "en"), client_as("clerk.bb", "en")
    pk = practice["release"].id
    for trainee in (first, second):
        trainee.send(f"/exercises/{pk}/begin")
    mine, other = db_session.query(Attempt).order_by(Attempt.id)
    assert mine.case_id != other.case_id
    with acting_as("clerk.bb"):
        release(db_session.get(Case, mine.case_id), None)
        db_session.commit()
    assert first.get(f"/exercises/result/{mine.token}").status_code == 302, "another officer entered it"


def test_trainees_of_all_three_roles_may_practise(practice, client_as):
    for username in ("clerk.pp", "warrant.pp", "chief.bb"):
        assert client_as(username).get("/exercises/").status_code == 200, username
