"""State machine test: stage, team and review of a case follow a small model after any steps of any officers.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.user_scope import build_user_scope
from app.cases.models import Case, CaseDisposition
from app.cases.rules.dispositions import fold_steps
from app.cases.rules.facts import exclude_voided
from app.corrections import actions as corrections
from app.corrections.models import VOID
from app.extensions import db
from app.investigation import reviews
from app.investigation.models import CaseAssignment, CaseReview
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Court
from tests.accounts.sample_staff import find_user
from tests.machines import machine_settings
from tests.sample_rows import acting_as, add_registered_case

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
OFFICERS = ("clerk.bb", "investigator.bb", "chief.bb", "monitor")
ASSIGNING = ("chief.bb", "monitor")
# The model: stage → step → next stage, written from the procedure and not from the code.
PROSECUTION = {
    "filed": "filed", "citation": "at_court", "immediate": "at_court", "introductory": "judicial",
    "indicted": "at_court", "non_suit": "ended", "at_court": "at_court", "judged": "judged",
}  # fmt: skip
INQUIRY = PROSECUTION | {"at_prosecutor": "at_prosecutor", "closed": "closed", "solved": "solved"}
MODEL = {
    "open": INQUIRY | {"unsolved": "unsolved"},
    "solved": INQUIRY | {"open": "open"},
    "unsolved": INQUIRY | {"open": "open"},
    "at_prosecutor": PROSECUTION | {"returned": "open"},
    "judicial": {"indicted": "at_court", "non_suit": "ended", "at_court": "at_court", "judged": "judged"},
    "at_court": {"judged": "judged"},
    "judged": {"appeal": "at_court", "final": "final", "closed": "closed"},
    "ended": {"appeal": "at_court", "open": "open", "closed": "closed"},
    "filed": {"open": "open", "closed": "closed"},
    "final": {"open": "open", "closed": "closed"},
    "closed": {"open": "open"},
}
APPEALED = ["non_suit", "appeal"]  # the court confirms the non-suit, or judges
KINDS = sorted({kind for steps in MODEL.values() for kind in steps})
accepted = Counter()


class CaseMachine(RuleBasedStateMachine):
    """Officers of one province take steps, form a team and review one case, also where they may not."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        with acting_as("clerk.bb"):
            self.case_id = add_registered_case().id
        act_as(db.session, SYSTEM)
        self.today = dates.now().date()
        self.steps, self.team, self.review = {}, {}, None  # step id → (day, kind); officer → duty

    def teardown(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)

    def attempt(self, name, act):
        """Return whether the officer may act, and the result. A refusal leaves nothing behind."""
        act_as(db.session, SYSTEM)
        user = find_user(name)
        act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
        saved = db.session.begin_nested()
        try:
            result = act(user)
            db.session.flush()
            found = getattr(result, "id", None)
            saved.commit()
        except (RuleViolation, IntegrityError):
            saved.rollback()
            return False, None
        finally:
            act_as(db.session, SYSTEM)
            db.session.expire_all()
        return True, found

    def case(self):
        return db.session.get(Case, self.case_id)

    def fold(self, steps):
        """Return the stage after these (day, number, kind), and whether each may follow the one before."""
        stage, is_lawful = "open", True
        for _day, _number, kind in sorted(steps):
            is_lawful = is_lawful and kind in MODEL[stage]
            stage = next(found[kind] for found in MODEL.values() if kind in found)
        return stage, is_lawful

    def may_follow(self, steps, place):
        """Return whether the step at this place may follow those before it."""
        (*_day, kind), before = steps[place], steps[:place]
        is_confirmed = kind == "non_suit" and [one[2] for one in before][-2:] == APPEALED
        return is_confirmed or kind in MODEL[self.fold(before)[0]]

    @rule(
        name=strategies.sampled_from(("clerk.bb", "investigator.bb", "chief.bb")),
        kind=strategies.sampled_from(KINDS),
        age=strategies.integers(0, 3),
        has_court=strategies.booleans(),
    )
    def take_step(self, name, kind, age, has_court):
        day = self.today - timedelta(days=age)
        known = [(one[0], pk, one[1]) for pk, one in self.steps.items()]
        new = (day, max(self.steps, default=0) + 1, kind)
        around = sorted([*known, new])
        place = around.index(new)
        before, _lawful = self.fold(around[:place])
        # The case has a suspect: the judgment of that person takes the place of the step «judged».
        expected = kind != "judged" and self.may_follow(around, place)
        expected = expected and (place + 1 == len(around) or self.may_follow(around, place + 1))
        if kind == "open":
            is_final = any(one[2] == "final" for one in known)
            expected = expected and name == "chief.bb" and (has_court or not is_final)
        elif kind not in ("solved", "unsolved", "at_prosecutor", "returned", "filed", "final", "closed"):
            expected = expected and has_court

        def act(_user):
            step = CaseDisposition(
                case=self.case(), kind=kind, decided_on=day, document_no="1/26", document_date=day,
                reason="តាមលិខិត", clearance="identified" if kind == "solved" else None,
                court=db.session.get(Court, "CFI-02") if has_court else None,
            )  # fmt: skip
            db.session.add(step)
            return step

        is_taken, pk = self.attempt(name, act)
        assert is_taken == expected, (name, kind, age, has_court, around, before)
        if is_taken:
            self.steps[pk] = (day, kind)
            accepted["step"] += 1

    @rule(data=strategies.data())
    def void_step(self, data):
        if not self.steps:
            return
        pk = data.draw(strategies.sampled_from(sorted(self.steps)))
        step = db.session.get(CaseDisposition, pk)
        chief, planner, group = (find_user(name) for name in ("chief.bb", "planning", "twg"))
        correction = corrections.request_correction(chief, step, VOID, {}, "typing_error", "ច្រឡំ", "no")
        corrections.decide_correction(planner, correction, True, "ច្រឡំ")
        corrections.apply_correction(group, correction)
        db.session.flush()
        db.session.expire_all()
        act_as(db.session, SYSTEM)
        del self.steps[pk]
        accepted["void"] += 1

    @rule(
        name=strategies.sampled_from(OFFICERS),
        officer=strategies.sampled_from(("clerk.bb", "investigator.bb", "clerk.pp")),
        kind=strategies.sampled_from(("lead", "support")),
    )
    def assign(self, name, officer, kind):
        has_lead = kind == "lead" and "lead" in self.team.values()
        expected = name in ASSIGNING and officer != "clerk.pp" and officer not in self.team and not has_lead

        def act(_user):
            chosen = find_user(officer)
            db.session.add(CaseAssignment(case=self.case(), officer=chosen, kind=kind))

        is_taken, _pk = self.attempt(name, act)
        assert is_taken == expected, (name, officer, kind, self.team)
        if is_taken:
            self.team[officer] = kind
            accepted["assignment"] += 1

    @rule(
        name=strategies.sampled_from(OFFICERS),
        step=strategies.sampled_from(("ask", "return", "approve", "answer")),
    )
    def take_review_step(self, name, step):
        """The author of the case and its team never review it."""

        def act(user):
            if step == "ask":
                db.session.add(CaseReview(case=self.case(), note="សូមពិនិត្យ"))
                return
            review = db.session.scalars(select(CaseReview).order_by(CaseReview.id.desc())).unique().first()
            if review is None:
                raise RuleViolation([])
            if step == "answer":
                reviews.answer_remarks(review, user, {one.id: "បាន" for one in review.remarks})
            elif step == "return":
                reviews.return_case(db.session, review, user, {"facts": "ខ្វះ"})
            else:
                reviews.approve_case(review, user)

        before = self.review
        is_taken, _pk = self.attempt(name, act)
        if is_taken:
            assert (before, step) in {
                (None, "ask"), ("approved", "ask"), ("waiting", "return"), ("waiting", "approve"), ("returned", "answer"),
            }  # fmt: skip
            assert step in ("ask", "answer") or name in ASSIGNING
            self.review = {"return": "returned", "approve": "approved"}.get(step, "waiting")
            accepted[step] += 1

    @invariant()
    def case_follows_the_model(self):
        db.session.expire_all()
        steps = [(day, pk, kind) for pk, (day, kind) in self.steps.items()]
        assert self.case().status == self.fold(steps)[0]
        rows = (
            db.session.scalars(select(CaseDisposition).where(CaseDisposition.case_id == self.case_id))
            .unique()
            .all()
        )
        valid = exclude_voided(rows)
        assert fold_steps(valid) == fold_steps(valid[::-1])
        team = db.session.scalars(select(CaseAssignment).where(CaseAssignment.until.is_(None))).unique().all()
        assert {one.officer.username: one.kind for one in team} == self.team
        assert sum(one.is_lead for one in team) <= 1
        found = db.session.scalars(select(CaseReview).order_by(CaseReview.id.desc())).unique().first()
        assert (found.state if found is not None else None) == self.review


def test_stage_team_and_review_follow_the_model(db_session, each_database):
    run_state_machine_as_test(CaseMachine, settings=machine_settings(RUNS, STEPS))
    assert accepted["step"]
