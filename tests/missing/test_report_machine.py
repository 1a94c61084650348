"""State machine test: the states of two reports and of their match follow from answers and ends, whatever officers try.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.accounts.user_scope import build_user_scope
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED, REJECTED
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.missing import answers, matching, states
from app.missing.models import PersonReport, ReportEnd, ReportMatch
from app.reference.models import Place
from tests.accounts.sample_staff import find_user
from tests.machines import machine_settings
from tests.missing.sample_reports import TODAY
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
UNITS = {"clerk.bb": 0, "investigator.bb": 0, "chief.bb": 0, "clerk.pp": 1, "warrant.pp": 1}
each_officer = strategies.sampled_from(sorted(UNITS))
OUTCOMES = {0: ("found_alive", "found_dead", "closed"), 1: ("identified", "closed")}

CONTRADICTIONS = {("found_alive", "confirmed"), ("identified", "waiting")}


class ReportMachine(RuleBasedStateMachine):
    """Officers of two provinces answer the match of a missing person and a body, and end the two reports."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        # A first write begins the transaction that `teardown` rolls back: on SQLite a savepoint alone begins none.
        send_message(db.session, NOTICE, text_key="letter.received", to_unit="PC-02", number="")
        self.reports = []
        for writer, kind, place in (("clerk.bb", "missing", BATTAMBANG), ("clerk.pp", "body", PHNOM_PENH)):
            with acting_as(writer):
                report = PersonReport(
                    kind=kind, name="សុខ", reporter="សៅ", sex="M", age_from=30, happened_on=TODAY,
                    place=db.session.get(Place, place),
                )  # fmt: skip
                db.session.add(report)
                db.session.flush()
                self.reports.append(report.id)
        act_as(db.session, SYSTEM)
        first, second = self.reports
        matching.add_match(db.session, "person", "PC-02", "PC-12", [], [], missing_id=first, body_id=second)
        self.match = db.session.scalar(select(ReportMatch.id))
        # The model: who confirms and denies for each side, and for each report (outcome, author, decision) of its ends.
        self.same, self.denials, self.taken_back, self.ends = {}, {}, {}, ([], [])
        self.is_undone = False
        self.ids = {name: find_user(name).id for name in UNITS}

    def teardown(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)

    def attempt(self, name, act):
        """Let the officer act in a savepoint. Return whether the act was accepted."""
        act_as(db.session, SYSTEM)
        user = find_user(name)
        act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
        saved = db.session.begin_nested()
        try:
            act(user)
            db.session.flush()
            states.set_states(db.session)
        except RuleViolation:
            saved.rollback()
            return False
        else:
            saved.commit()
            return True
        finally:
            act_as(db.session, SYSTEM)
            db.session.expire_all()

    def expect_match(self):
        if len(self.same) == 2:
            return "denied" if self.is_undone else "confirmed"
        if self.denials:
            return "denied"
        return "ended" if self.has_ended else "waiting"

    @property
    def has_ended(self):
        return any(self.find_outcome(side) for side in (0, 1))

    def may_answer(self, name, decision):
        state, side = self.expect_match(), UNITS[name]
        if decision == "withdrawn":
            return side in self.denials and not (self.is_undone and self.has_ended)
        if state == "waiting":
            return decision == "other" or side not in self.same
        if self.is_undone:
            return decision == "other" and side in self.taken_back
        return decision == "other" and state == "confirmed" and side not in self.denials

    def find_outcome(self, side):
        valid = [outcome for outcome, _author, decision in self.ends[side] if decision == "confirmed"]
        return valid[-1] if valid else None

    @rule(
        name=each_officer, decision=strategies.sampled_from(("same", "same", "same", "other", "other", "withdrawn"))
    )  # fmt: skip
    def answer(self, name, decision):
        allowed, side = self.may_answer(name, decision), UNITS[name]

        def act(user):
            match = db.session.get(ReportMatch, self.match)
            answers.record_answer(db.session, user, match, decision, "dna", "ពិនិត្យ")

        assert self.attempt(name, act) == allowed
        if not allowed:
            return
        if decision == "withdrawn":
            self.taken_back[side] = self.denials.pop(side)
            self.is_undone = self.is_undone and bool(self.denials)
        elif decision == "other":
            self.denials[side] = name
            self.taken_back.pop(side, None)
            self.is_undone = self.is_undone or len(self.same) == len(self.denials) == 2
        else:
            self.same[side] = name

    @rule(name=each_officer, number=strategies.integers(0, 2))
    def end(self, name, number):
        side = UNITS[name]
        outcome = OUTCOMES[side][number % len(OUTCOMES[side])]

        def act(_user):
            report = db.session.get(PersonReport, self.reports[side])
            db.session.add(
                ReportEnd(
                    person_report=report,
                    outcome=outcome,
                    ended_on=TODAY,
                    document_no="១",
                    document_date=TODAY,
                )
            )

        open_ends = [one for one in self.ends[side] if one[2] != "rejected"]
        contradicts = (outcome, self.expect_match()) in CONTRADICTIONS
        accepted = self.attempt(name, act)
        assert accepted == (not open_ends and not contradicts)
        if accepted:
            self.ends[side].append((outcome, name, None))

    @rule(name=each_officer, decision=strategies.sampled_from((CONFIRMED, REJECTED)))
    def decide(self, name, decision):
        side = UNITS[name]
        if not self.ends[side]:
            return
        outcome, author, decided = self.ends[side][-1]
        if decided == decision:
            return  # the same decision again changes nothing

        def act(_user):
            last = select(ReportEnd).where(ReportEnd.person_report_id == self.reports[side])
            end = db.session.scalars(last.order_by(ReportEnd.id.desc()).limit(1)).unique().one()
            record_decision(end, decision, "ពិនិត្យ")

        contradicts = decision == CONFIRMED and (outcome, self.expect_match()) in CONTRADICTIONS
        accepted = self.attempt(name, act)
        assert accepted == (decided is None and author != name and not contradicts)
        if accepted:
            self.ends[side][-1] = (outcome, author, decision)

    @invariant()
    def states_follow_from_answers_and_ends(self):
        act_as(db.session, SYSTEM)
        match = self.expect_match()
        assert db.session.scalar(select(ReportMatch.state).where(ReportMatch.id == self.match)) == match
        for side, pk in enumerate(self.reports):
            expected = self.find_outcome(side) or ("identified" if match == "confirmed" else "open")
            assert db.session.scalar(select(PersonReport.state).where(PersonReport.id == pk)) == expected
        assert states.find_drift(db.session.connection()) == []


def test_states_follow_whatever_officers_try(app, db_session, each_database):
    run_state_machine_as_test(
        ReportMachine,
        settings=machine_settings(RUNS, STEPS),
    )  # fmt: skip
