"""State machine test: answers, results and certificates of a session agree with a model after any acts.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.accounts import entry_right
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.text import dates
from app.training import actions
from app.training.models import Certificate, Question
from tests.machines import machine_settings
from tests.training.sample_course import add_questions, find_user, make_session

pytestmark = pytest.mark.machine
RUNS, STEPS = (
    int(os.environ.get(name, few)) for name, few in (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "20"))
)
NAMES, ORDINALS, QUESTIONS = ("clerk.bb", "chief.bb"), (1, 2), 2
names, ordinals = strategies.sampled_from(NAMES), strategies.sampled_from(ORDINALS)


class CourseMachine(RuleBasedStateMachine):
    """A session with two participants and two tests, compared with a model of it."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        add_questions(2 * QUESTIONS)
        self.session, self.planner = make_session(days=1), find_user("planning")
        self.trainer, self.issuer = find_user("investigator.bb"), find_user("monitor")
        actions.enrol(self.session, [find_user(name) for name in NAMES])
        self.people = {one.user.username: one for one in actions.list_participants(self.session)}
        self.tests, self.present = {}, dict.fromkeys(NAMES, 0)
        # (name, ordinal) → {question: right}; of those that ended → percent.
        self.answers, self.ended, self.holders, self.revoked = {}, {}, set(), set()

    def teardown(self):
        db.session.rollback()

    def attempt(self, step, *given):
        """Return whether the step is taken; a refused step changes nothing."""
        try:
            with db.session.begin_nested():
                step(*given)
        except actions.InvalidStep:
            return False
        return True

    @rule(ordinal=ordinals)
    def prepare(self, ordinal):
        now = dates.now()
        given = self.session, ordinal, ("law", "entry"), QUESTIONS, 30, now - timedelta(minutes=1)
        done = self.attempt(actions.prepare_test, self.planner, *given, now + timedelta(hours=1))
        assert done == (ordinal not in self.tests)
        if done:
            self.tests[ordinal] = actions.find_test(self.session.id, ordinal)

    @rule(name=names, ordinal=ordinals)
    def start(self, name, ordinal):
        if ordinal in self.tests:
            assert self.attempt(actions.start_sitting, self.people[name], self.tests[ordinal])
            self.answers.setdefault((name, ordinal), {})

    @rule(
        name=names, ordinal=ordinals, at=strategies.integers(0, QUESTIONS - 1), is_right=strategies.booleans()
    )
    def answer(self, name, ordinal, at, is_right):
        sitting = self.find_sitting(name, ordinal)
        if sitting is None:
            return
        key = self.tests[ordinal].question_ids[at]
        done = self.attempt(actions.save_answer, sitting, key, {0 if is_right else 1})
        assert done == ((name, ordinal) not in self.ended)
        if done:
            self.answers[name, ordinal][key] = is_right

    @rule(name=names, ordinal=ordinals)
    def finish(self, name, ordinal):
        sitting = self.find_sitting(name, ordinal)
        if sitting is not None:
            actions.finish_sitting(sitting)
            right = sum(self.answers[name, ordinal].values())
            self.ended.setdefault((name, ordinal), 100 * right // QUESTIONS)

    @rule(name=names, count=strategies.integers(0, 2))
    def attend(self, name, count):
        actions.save_attendance(self.trainer, self.session, {self.people[name].id: set(range(count))})
        self.present[name] = count

    @rule(by_trainer=strategies.booleans())
    def issue(self, by_trainer):
        user = self.trainer if by_trainer else self.issuer
        entitled = {
            name for name in NAMES
            if name not in self.holders and self.present[name] == 2
            and all(self.ended.get((name, ordinal), 0) >= 50 for ordinal in ORDINALS)
        }  # fmt: skip
        done = self.attempt(actions.issue_certificates, user, self.session)
        assert done == (bool(entitled) and not by_trainer)
        if done:
            self.holders |= entitled
        db.session.expire_all()

    @rule(name=names)
    def revoke(self, name):
        found = db.session.scalar(select(Certificate).where(Certificate.user_id == self.people[name].user_id))
        if found is not None:
            assert self.attempt(actions.revoke_certificate, self.planner, found, "ក្លែងក្លាយ") == (
                name not in self.revoked
            )
            self.revoked.add(name)

    def find_sitting(self, name, ordinal):
        test = self.tests.get(ordinal)
        return actions.find_sitting(self.people[name].id, test.id) if test is not None else None

    @invariant()
    def stored_results_match_the_model(self):
        if not hasattr(self, "revoked"):
            return
        for name in NAMES:
            for ordinal in ORDINALS:
                sitting = self.find_sitting(name, ordinal)
                assert (sitting is not None) == ((name, ordinal) in self.answers)
                if sitting is not None:
                    assert sitting.percent == self.ended.get((name, ordinal))
            user = self.people[name].user
            until = db.session.scalar(
                select(entry_right.select_valid_until()).where(type(user).id == user.id)
            )
            assert (until is not None) == (name in self.holders - self.revoked)
        used = {key for test in self.tests.values() for key in test.question_ids}
        assert all(db.session.get(Question, key).is_usable for key in used)


def test_results_and_certificates_match_the_model_after_any_acts(db_session, each_database, monkeypatch):
    monkeypatch.setattr(actions, "LEAST_QUESTIONS", QUESTIONS)
    run_state_machine_as_test(CourseMachine, settings=machine_settings(RUNS, STEPS))
