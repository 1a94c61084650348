"""No sequence of acts leaves somebody wanted without an active order, or unwanted with one: the model is asked.

200 runs of 50 steps: MACHINE_RUNS=200 MACHINE_STEPS=50; a plain run of the tests takes few.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.people import status
from tests.court_orders.sample_orders import act, an_order, assigned, executed, paper_of
from tests.sample_rows import a_registered_person, written_by

RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "4"), ("MACHINE_STEPS", "20")))  # fmt: skip
KINDS = ("arrest", "bring", "summons", "judgment", "release")
SEARCHED = ("arrest", "bring")
PLAIN = ("recalled", "acquitted", "restored", "died", "revived", "returned")
# act → the states in which the model lets it happen, and what the state is then (None: as it was).
MODEL = {
    "checked": ({"received"}, "active"),
    "rejected": ({"received"}, "rejected"),
    "assigned": ({"active", "held"}, None),
    "attempt": ({"active"}, None),
    "validated": ({"active"}, None),
    "executed": ({"active"}, "executed"),
    "returned": ({"executed", "died"}, "returned"),
    "recalled": ({"received", "active", "in_force", "held", "died"}, "recalled"),
    "acquitted": ({"active", "died"}, "held"),
    "restored": ({"held"}, "active"),
    "died": ({"active"}, "died"),
    "revived": ({"died"}, "active"),
}


class Orders(RuleBasedStateMachine):
    """Two people, their orders, and what a model says of both beside what the register says."""

    number = 0

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, THE_REGISTER)
        self.people = [a_registered_person(number) for number in range(2)]
        db.session.add_all(self.people)
        db.session.flush()
        self.dead, self.orders = set(), {}  # id of a person · id of an order → [kind, state, person]
        self.told_dead = set()  # ids of orders to which a notice of death came

    def teardown(self):
        db.session.rollback()

    @rule(kind=strategies.sampled_from(KINDS))
    def receive(self, kind):
        Orders.number += 1
        issuer = {"judgment": "court"}.get(kind, "investigating_judge")
        order = an_order(number=f"{Orders.number}/26", kind=kind, issuer=issuer)
        self.orders[order.id] = [kind, "received", None]

    @precondition(lambda self: self.orders)
    @rule(data=strategies.data(), kind=strategies.sampled_from(sorted(MODEL)))
    def act(self, data, kind):
        pk = data.draw(strategies.sampled_from(sorted(self.orders)))
        order, known = db.session.get(CourtOrder, pk), self.orders[pk]
        person = data.draw(strategies.sampled_from(self.people)) if kind == "checked" else None
        fits, then = MODEL[kind]
        saved = db.session.begin_nested()
        try:
            self._do(order, kind, person)
        except RuleBroken:
            saved.rollback()
            assert known[1] not in fits, f"{kind} was refused in the state {known[1]}"
            return
        saved.commit()
        assert known[1] in fits, f"{kind} was taken in the state {known[1]}"
        known[1] = then or known[1]
        if kind in ("died", "revived"):
            (self.told_dead.add if kind == "died" else self.told_dead.discard)(pk)
        if known[1] == "active" and known[0] in ("judgment", "release"):
            known[1] = "in_force"
        known[2] = person.id if person is not None else known[2]

    def _do(self, order, kind, person):
        if kind == "checked":
            act(order, kind, person=person)
        elif kind == "executed":
            executed(order)
        elif kind == "assigned":
            assigned(order)
        else:
            act(order, kind, **(paper_of(order) if kind in PLAIN else {}))

    @rule(data=strategies.data(), lives=strategies.booleans())
    def die(self, data, lives):
        person = data.draw(strategies.sampled_from(self.people))
        with written_by("investigator.bb"):
            person.deceased_on = None if lives else dates.now().date() - timedelta(days=1)
            db.session.flush()
        (self.dead.discard if lives else self.dead.add)(person.id)

    @invariant()
    def the_register_says_what_the_model_says(self):
        if not hasattr(self, "orders"):
            return
        db.session.flush()
        states = dict(db.session.execute(select(CourtOrder.id, CourtOrder.status)).all())
        assert states == {pk: known[1] for pk, known in self.orders.items()}
        searched = {one[2] for one in self.orders.values() if one[0] in SEARCHED and one[1] == "active"}
        dead = self.dead | {self.orders[pk][2] for pk in self.told_dead}
        expected = {pk: "deceased" if pk in dead else "wanted" for pk in searched | dead}
        stored = status.of(db.session, [person.id for person in self.people])
        assert {pk: row.status for pk, row in stored.items()} == expected
        assert status.differences(db.session.connection()) == (len(self.people), [])


@pytest.fixture
def machine_settings():
    return settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None,
    )  # fmt: skip


def test_wanted_is_exactly_who_is_alive_and_has_an_active_order(db_session, machine_settings, each_database):
    run_state_machine_as_test(Orders, settings=machine_settings)
