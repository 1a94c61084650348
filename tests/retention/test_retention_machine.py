"""State machine test: a record is held and sealed exactly as the acts of two officers say, whatever officers try.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED, REJECTED
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.actor import SYSTEM, Scope, act_as
from app.kernel.schema.rules import RuleViolation
from app.people.models import Person
from app.people.visibility import SealedPerson, Visibility, is_visible
from app.retention import acts
from app.retention.models import RetentionAct
from app.retention.rules import ENDS, HOLD, LIFT, SEAL, UNSEAL
from tests.court_orders.sample_orders import PAPER, add_event, make_active_order
from tests.retention.sample_acts import add_act
from tests.sample_rows import acting_as, add_registered_case, make_registered_person, take_step

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
each_officer = strategies.sampled_from(("chief.bb", "planning", "monitor"))
each_kind = strategies.sampled_from((HOLD, LIFT, SEAL, UNSEAL))
a_number = strategies.integers(0, 30)


def add_person():
    """Add a person of a closed case, and return the id."""
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
    for kind in ("at_prosecutor", "filed"):
        take_step(case, kind, "chief.bb")
    person_id = case.involvements[0].person_id
    db.session.commit()
    return person_id


class RetentionMachine(RuleBasedStateMachine):
    """Three officers enter and decide retention acts on one person, who may become wanted and be recalled."""

    person_id = None

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        # A first write begins the transaction that `teardown` rolls back: on SQLite a savepoint alone begins none.
        send_message(db.session, NOTICE, text_key="letter.received", to_unit="PC-02", number="")
        self.authors, self.kinds, self.ended, self.states, self.order = {}, {}, {}, {}, None

    def teardown(self):
        db.session.rollback()

    def attempt(self, act):
        """Return what the act returns, or None if it was refused; a refusal changes nothing."""
        try:
            with db.session.begin_nested():
                return act()
        except RuleViolation:
            return None
        finally:
            act_as(db.session, SYSTEM)

    def in_effect(self, kind):
        """Return the acts of a kind that count, by the model of the test."""
        over = {
            self.ended[pk] for pk, state in self.states.items() if pk in self.ended and state == CONFIRMED
        }
        return [
            pk
            for pk, one in self.kinds.items()
            if one == kind and self.states[pk] in (None, CONFIRMED) and pk not in over
        ]

    @rule(kind=each_kind, officer=each_officer, number=a_number)
    def enter(self, kind, officer, number):
        ended, values = None, {}
        if kind in ENDS:
            known = [pk for pk, one in self.kinds.items() if one == ENDS[kind]]
            if not known:
                return
            ended = known[number % len(known)]
            values["ends"] = db.session.get(RetentionAct, ended)
            waits = any(of == ended and self.states[pk] == "awaiting" for pk, of in self.ended.items())
            allowed = ended in self.in_effect(ENDS[kind]) and not waits
        else:
            values["person"] = db.session.get(Person, self.person_id)
            allowed = kind == HOLD or not self.hinders()
        act = self.attempt(lambda: add_act(kind, officer, **values))
        assert (act is not None) == allowed, (kind, allowed)
        if act is not None:
            self.authors[act.id], self.kinds[act.id] = officer, kind
            self.states[act.id] = None if kind == HOLD else "awaiting"
            if ended is not None:
                self.ended[act.id] = ended

    def hinders(self, own=None):
        """Return whether something prevents the seal."""
        waits = any(
            one == SEAL and self.states[pk] == "awaiting" and pk != own for pk, one in self.kinds.items()
        )
        return bool(self.in_effect(HOLD) or self.in_effect(SEAL) or waits or self.order)

    @rule(
        officer=each_officer,
        number=a_number,
        decision=strategies.sampled_from((CONFIRMED, CONFIRMED, REJECTED)),
    )
    def decide(self, officer, number, decision):
        waiting = [pk for pk, state in self.states.items() if state == "awaiting"]
        if not waiting:
            return
        pk = waiting[number % len(waiting)]
        act, kind = db.session.get(RetentionAct, pk), self.kinds[pk]
        allowed = officer != self.authors[pk] and officer == "planning"
        if decision == CONFIRMED and kind == SEAL:
            allowed = allowed and not self.hinders(pk)
        if decision == CONFIRMED and kind in ENDS:
            allowed = allowed and self.ended[pk] in self.in_effect(ENDS[kind])

        def write():
            with acting_as(officer):
                record_decision(act, decision, "មូលហេតុ")
                db.session.flush()
            return True

        done = self.attempt(write)
        db.session.expire_all()
        assert bool(done) == allowed, (kind, officer, decision, allowed)
        if done:
            self.states[pk] = decision

    @rule()
    def become_wanted_or_recalled(self):
        if self.order is not None:
            add_event(self.order, "recalled", **PAPER)
            self.order = None
        elif not self.in_effect(SEAL):
            person, number = (
                db.session.get(Person, self.person_id),
                f"{len(self.kinds)}/{db.session.query(RetentionAct).count()}",
            )
            self.order = make_active_order(person=person, number=f"{number}/{id(self)}/{os.urandom(3).hex()}")
        act_as(db.session, SYSTEM)

    @invariant()
    def record_is_sealed_as_the_acts_say(self):
        sealed = db.session.scalar(
            select(SealedPerson.act_id).where(SealedPerson.person_id == self.person_id)
        )
        assert [sealed] == (self.in_effect(SEAL) or [None])
        shown = is_visible(Visibility.person_id, Scope())
        visible = select(Visibility.id).where(Visibility.person_id == self.person_id, shown)
        assert (db.session.scalar(visible.limit(1)) is None) == (sealed is not None)

    @invariant()
    def record_is_held_as_the_acts_say(self):
        assert len(acts.find_holds(db.session, self.person_id)) == len(self.in_effect(HOLD))

    @invariant()
    def wanted_person_is_not_sealed(self):
        assert not (self.order and self.in_effect(SEAL))


def test_retention_machine(register, db_session, each_database):
    RetentionMachine.person_id = register.as_left_by(add_person)
    run_state_machine_as_test(
        RetentionMachine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
