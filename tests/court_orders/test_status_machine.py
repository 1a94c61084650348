"""State machine test: exactly the people with an active order are wanted, after any events.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import strategies
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
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.rules import RuleViolation
from app.people import status
from tests.court_orders.sample_orders import add_event, assign_order, execute_order, make_document, make_order
from tests.machines import machine_settings
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import make_registered_person

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "4"), ("MACHINE_STEPS", "20")))  # fmt: skip
KINDS = ("arrest", "bring", "summons", "judgment", "release")
WANTED_KINDS = ("arrest", "bring")
DOCUMENTED_KINDS = ("recalled", "acquitted", "restored", "died", "revived", "returned")
# event → (states that allow it, state after it). None: the state does not change.
TRANSITIONS = {
    "checked": ({"received"}, "active"),
    "rejected": ({"received"}, "rejected"),
    "assigned": ({"active", "suspended"}, None),
    "attempt": ({"active"}, None),
    "validated": ({"active"}, None),
    "executed": ({"active"}, "executed"),
    "returned": ({"executed", "died"}, "returned"),
    "recalled": ({"received", "active", "in_force", "suspended", "died"}, "recalled"),
    "acquitted": ({"active", "died"}, "suspended"),
    "restored": ({"suspended"}, "as before"),
    "died": ({"active"}, "died"),
    "revived": ({"died"}, "active"),
}


class OrderMachine(RuleBasedStateMachine):
    """Two people and their orders, compared with a model of both."""

    number = 0

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        self.people = [make_registered_person(number) for number in range(2)]
        db.session.add_all(self.people)
        db.session.flush()
        # Ids of dead people; order id → [kind, state, person id, state before].
        self.dead, self.orders = set(), {}

    def teardown(self):
        db.session.rollback()

    @rule(kind=strategies.sampled_from(KINDS))
    def receive(self, kind):
        OrderMachine.number += 1
        issuer = {"judgment": "court"}.get(kind, "investigating_judge")
        order = make_order(number=f"{OrderMachine.number}/26", kind=kind, issuer=issuer)
        self.orders[order.id] = [kind, "received", None, None]

    @precondition(lambda self: self.orders)
    @rule(data=strategies.data(), kind=strategies.sampled_from(sorted(TRANSITIONS)))
    def act(self, data, kind):
        pk = data.draw(strategies.sampled_from(sorted(self.orders)))
        order, expected = db.session.get(CourtOrder, pk), self.orders[pk]
        person = data.draw(strategies.sampled_from(self.people)) if kind == "checked" else None
        allowed_states, new_state = TRANSITIONS[kind]
        if kind == "died" and expected[2] not in self.dead:
            allowed_states = ()  # the death is not confirmed
        saved = db.session.begin_nested()
        try:
            self._do(order, kind, person)
        except RuleViolation:
            saved.rollback()
            assert expected[1] not in allowed_states, f"{kind} was refused in state {expected[1]}"
            return
        saved.commit()
        assert expected[1] in allowed_states, f"{kind} was accepted in state {expected[1]}"
        if new_state == "suspended":
            expected[3] = expected[1]
        expected[1] = expected[3] if new_state == "as before" else new_state or expected[1]
        if expected[1] == "active" and expected[0] in ("judgment", "release"):
            expected[1] = "in_force"
        expected[2] = person.id if person is not None else expected[2]

    def _do(self, order, kind, person):
        if kind == "checked":
            add_event(order, kind, person=person)
        elif kind == "executed":
            execute_order(order)
        elif kind == "assigned":
            assign_order(order)
        else:
            add_event(order, kind, **(make_document(order) if kind in DOCUMENTED_KINDS else {}))

    @rule(data=strategies.data())
    def die(self, data):
        person = data.draw(strategies.sampled_from(self.people))
        if person.id not in self.dead:
            confirm_death(person)
        self.dead.add(person.id)

    @invariant()
    def stored_state_matches_the_model(self):
        if not hasattr(self, "orders"):
            return
        db.session.flush()
        states = dict(db.session.execute(select(CourtOrder.id, CourtOrder.status)).all())
        assert states == {pk: known[1] for pk, known in self.orders.items()}
        wanted = {
            order[2] for order in self.orders.values() if order[0] in WANTED_KINDS and order[1] == "active"
        }
        expected = {pk: "deceased" if pk in self.dead else "wanted" for pk in wanted | self.dead}
        stored = status.get_statuses(db.session, [person.id for person in self.people])
        assert {pk: row.status for pk, row in stored.items()} == expected
        assert status.find_drift(db.session.connection()) == (len(self.people), [])


def test_wanted_status_matches_model_after_any_events(db_session, each_database):
    run_state_machine_as_test(OrderMachine, settings=machine_settings(RUNS, STEPS))
