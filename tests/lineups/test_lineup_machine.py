"""State machine test: a line-up follows its steps, and its presenter learns nothing, whatever officers try.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope, select_reader_grants
from app.cases.models import Case
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.lineups import actions, sessions, steps
from app.lineups.models import Lineup
from tests.accounts.sample_staff import find_user
from tests.lineups.lineup_rows import add_case, find_row, list_fillers, make_lineup
from tests.machines import machine_settings

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
OFFICERS = ("investigator.bb", "warrant.bb", "clerk.bb", "clerk.pp")
AUTHOR, PRESENTER = "investigator.bb", "warrant.bb"
STATEMENT = {"words": "ពាក្យ", "certainty": "ច្បាស់"}
each_officer = strategies.sampled_from(OFFICERS)
mostly = strategies.sampled_from((AUTHOR, PRESENTER, PRESENTER, PRESENTER, *OFFICERS))


class LineupMachine(RuleBasedStateMachine):
    """Officers prepare, show, answer and withdraw one line-up. The model holds its state."""

    case_id = None  # set by the test

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        # A first write begins the transaction that `teardown` rolls back: on SQLite a savepoint alone begins none.
        send_message(db.session, NOTICE, text_key="letter.received", to_unit="PC-02", number="")
        self.state, self.seen, self.order = None, set(), None
        self.fillers = list_fillers(db.session.get(Case, self.case_id))

    def teardown(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)

    def attempt(self, name, act):
        """Let the officer act in a savepoint. Return the result, or None after a refusal."""
        act_as(db.session, SYSTEM)
        user = find_user(name)
        on_sqlite = db.session.get_bind().dialect.name == "sqlite"
        grants = select(select_reader_grants(on_sqlite)).select_from(User).where(User.id == user.id)
        opened = db.session.scalar(grants, {"now": dates.now()})
        act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user, opened)))
        saved = db.session.begin_nested()
        try:
            result = act(user)
            db.session.flush()
            saved.commit()
        except RuleViolation:
            saved.rollback()
            result = None
        finally:
            act_as(db.session, SYSTEM)
            db.session.expire_all()
        return result

    def find(self):
        return db.session.scalars(select(Lineup).order_by(Lineup.id.desc()).limit(1)).unique().one_or_none()

    @property
    def pk(self):
        act_as(db.session, SYSTEM)
        lineup = self.find()
        return lineup.id if lineup is not None else 0

    @rule(name=mostly, mode=strategies.sampled_from((steps.SEQUENTIAL, steps.SIMULTANEOUS)))
    def prepare(self, name, mode):
        if self.state not in (None, steps.VOID):
            return

        def act(_user):
            case = db.session.scalars(select(Case).where(Case.id == self.case_id)).unique().one_or_none()
            if case is None or find_row(case, "suspect").person is None:
                return None
            db.session.add(make_lineup(case, PRESENTER, mode=mode))
            return True

        if self.attempt(name, act):
            assert name in (AUTHOR, "clerk.bb")
            self.author, self.mode, self.state, self.seen = name, mode, steps.DRAFT, set()

    @rule(name=mostly, number=strategies.integers(4, 6), twice=strategies.booleans())
    def fix(self, name, number, twice):
        def act(_user):
            lineup = self.find()
            if lineup is None:
                return None
            chosen = self.fillers[:number]
            actions.fix_faces(db.session, lineup, [*chosen, *chosen[:1]] if twice and number == 6 else chosen)
            return True

        if self.attempt(name, act):
            assert self.state == steps.DRAFT and number >= 5 and name in (AUTHOR, "clerk.bb")
            self.state = steps.PREPARED

    @rule(name=mostly, is_read=strategies.sampled_from((True, True, False)))
    def start(self, name, is_read):
        pk = self.pk

        def act(user):
            sessions.start(db.session, pk, user.id, is_read)
            return True

        if self.attempt(name, act):
            assert (self.state, name, is_read) == (steps.PREPARED, PRESENTER, True)
            self.state = steps.SHOWN
            self.seen = {1} if self.mode == steps.SEQUENTIAL else {*range(1, len(self.find().faces) + 1)}
            self.order = [one.id for one in steps.order_faces(self.find())]

    @rule(name=mostly, steps=strategies.integers(1, 8))
    def show(self, name, steps):
        pk = self.pk
        for _step in range(steps):

            def act(user):
                shown = sessions.find_presentation(db.session, pk, user.id)
                sessions.show_next(db.session, pk, user.id, str(shown.shown) if shown else "")
                return shown

            if (before := self.attempt(name, act)) is None:
                return
            assert (self.state, name) == (steps.SHOWN, PRESENTER)
            self.seen.add(before.shown % before.number_of_faces + 1)

    @rule(name=mostly, result=strategies.sampled_from((*steps.STATEMENTS, steps.REFUSED, steps.ABORTED, "")),
          position=strategies.sampled_from((None, 1, 9)), is_complete=strategies.booleans())  # fmt: skip
    def end(self, name, result, position, is_complete):
        pk = self.pk

        def act(user):
            given = STATEMENT if result in steps.STATEMENTS else {"reason": "មូលហេតុ"}
            sessions.end(db.session, pk, user.id, result, position, **given if is_complete else {})
            return True

        if self.attempt(name, act):
            assert name == PRESENTER and is_complete and result
            assert self.state == steps.SHOWN or (self.state, result) == (steps.PREPARED, steps.REFUSED)
            if result in steps.STATEMENTS:
                assert self.seen == {*range(1, len(self.find().faces) + 1)}
                assert (result == steps.PICKED) == (position == 1)
            self.state = steps.ENDED

    @rule(name=each_officer)
    def take_back(self, name):
        def act(user):
            lineup = self.find()
            if lineup is None:
                return None
            withdraw(lineup, "មូលហេតុ", user.id)
            return True

        if self.attempt(name, act):
            assert self.state in (steps.DRAFT, steps.PREPARED) and name == self.author
            self.state = steps.VOID

    @rule(name=mostly, reason=strategies.sampled_from(("មូលហេតុ", "")))
    def cancel(self, name, reason):
        def act(_user):
            lineup = self.find()
            if lineup is None:
                return None
            actions.cancel(db.session, lineup, reason)
            return True

        if self.attempt(name, act):
            assert self.state in (steps.DRAFT, steps.PREPARED) and reason and name in (AUTHOR, self.author)
            self.state = steps.ENDED

    @rule(
        name=each_officer,
        column=strategies.sampled_from(("words", "mode", "position", "seed", "presenter_id")),
    )
    def change(self, name, column):
        def act(_user):
            lineup = self.find()
            if lineup is None:
                return None
            setattr(lineup, column, {"words": "ផ្សេង", "mode": "other", "presenter_id": 1}.get(column, 77))
            return True

        assert not self.attempt(name, act), column

    @invariant()
    def the_line_up_is_what_the_model_says(self):
        act_as(db.session, SYSTEM)
        lineup = self.find()
        assert (lineup.state if lineup is not None else None) == self.state
        if lineup is None:
            return
        if lineup.faces:
            assert (
                len(lineup.faces) >= steps.FEWEST
                and [one.is_suspect for one in lineup.faces].count(True) == 1
            )
        if self.state in (steps.SHOWN, steps.ENDED) and lineup.started_at is not None:
            assert [one.id for one in steps.order_faces(lineup)] == self.order
        assert (
            (lineup.sha256 == sessions.compute_hash(lineup))
            if self.state == steps.ENDED
            else not lineup.sha256
        )

    @invariant()
    def the_presenter_sees_the_case_only_before_and_after(self):
        sees = self.attempt(
            PRESENTER, lambda _user: db.session.scalar(select(Case.id).where(Case.id == self.case_id))
        )
        assert (sees is None) == (self.state in (steps.DRAFT, steps.PREPARED, steps.SHOWN))


def test_lineup_machine(register, db_session, each_database):
    LineupMachine.case_id = register.as_left_by(add_case)
    run_state_machine_as_test(
        LineupMachine,
        settings=machine_settings(RUNS, STEPS),
    )
