"""State machine test: the custody of an exhibit follows from its movements, whatever officers try.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.accounts.user_scope import build_user_scope
from app.cases import exhibit_state
from app.cases.models import Exhibit, ExhibitMovement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED, REJECTED
from app.evidence.custody import find_drift, load_custody
from app.evidence.lookups import get_held_exhibit
from app.evidence.models import EvidenceStore, ExhibitCustody, ExhibitSeal, QuantityChange, Shelf
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from tests.accounts.sample_staff import find_user
from tests.machines import machine_settings
from tests.sample_rows import acting_as, add_registered_case

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
ELSEWHERE = ("clerk.pp", "warrant.pp")  # of a unit that may hold the exhibit, not the unit of the case
OFFICERS = ("clerk.bb", "investigator.bb", "warrant.bb", "chief.bb", *ELSEWHERE)
KEEPERS = ("investigator.bb", "warrant.bb")
KINDS = ("held", "held", "stored", "stored", "lab", "court", "returned", "destroyed", "missing", "seized")
ENDS, OUTSIDE = ("returned", "destroyed", "forfeited"), ("lab", "court")
each_officer, each_kind = strategies.sampled_from(OFFICERS), strategies.sampled_from(KINDS)


class CustodyMachine(RuleBasedStateMachine):
    """Officers of two provinces move, seal and weigh one exhibit. The model holds who should have it."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        # A first write begins the transaction that `teardown` rolls back: on SQLite a savepoint alone begins none.
        send_message(db.session, NOTICE, text_key="letter.received", to_unit="PC-02", number="")
        with acting_as("clerk.bb"):
            case = add_registered_case()
            exhibit = Exhibit(
                kind="drug", property_role="seized", substance="ice", quantity=10, measure="gram"
            )
            case.exhibits.append(exhibit)
            db.session.flush()
        act_as(db.session, SYSTEM)
        first, second = map(find_user, ELSEWHERE)
        second.roles = list(first.roles)  # both see the cases of their province only
        keepers = [find_user(name) for name in KEEPERS]
        store = EvidenceStore(
            kind="room", name="ក", unit_code="PC-02", keeper=keepers[0], second_keeper=keepers[1]
        )
        shelf = Shelf(store=store, name="១")
        db.session.add_all([store, shelf])
        db.session.flush()
        self.exhibit_id, self.shelf_id = exhibit.id, shelf.id
        self.ids = {name: find_user(name).id for name in OFFICERS}
        # The model: state, officer, whether on the shelf, open movement (id, kind, giver, receivers), quantity.
        self.state, self.holder, self.stored, self.open, self.quantity = "seized", None, False, None, 10

    def teardown(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)

    def attempt(self, name, act):
        """Let the officer act in a savepoint. Return the result, or None after a refusal."""
        act_as(db.session, SYSTEM)
        db.session.expunge_all()  # a request loads nothing that an earlier one was allowed to see
        user = find_user(name)
        act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
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
            db.session.expunge_all()
        return result

    def has_it(self, name):
        """Return whether the model lets the officer begin a movement, and whether only as the chief."""
        if self.holder is not None:
            return self.holder == self.ids[name]
        return not self.stored or name in KEEPERS

    @rule(name=each_officer, kind=each_kind, to=each_officer, complete=strategies.integers(0, 4))
    def move(self, name, kind, to, complete):
        takes_back = kind == "held" and self.state in (*OUTSIDE, "missing")

        def act(_user):
            exhibit = get_held_exhibit(str(self.exhibit_id))
            if exhibit is None:
                return None
            custody = load_custody(db.session, exhibit.id)
            paper = {
                "document_no": "1/26", "document_date": dates.now().date(), "recipient": "តុលាការ", "witness": "ជា សុខា",
                "weight": 1, "note": "សំណាក", "seal_no": custody.seal,
            }  # fmt: skip
            movement = ExhibitMovement(
                exhibit=exhibit, kind=kind, moved_on=dates.now().date(),
                shelf=db.session.get(Shelf, self.shelf_id) if kind == "stored" else None,
                to_user=find_user(to) if kind == "held" and not takes_back else None,
                **(paper if complete else {}),
            )  # fmt: skip
            db.session.add(movement)
            db.session.flush()
            return movement.id

        pk = self.attempt(name, act)
        if pk is None:
            return
        assert self.open is None and self.state not in ENDS
        assert self.has_it(name) or (name == "chief.bb" and complete)
        if kind in ("held", "stored") and not takes_back:
            receivers = set(KEEPERS) if kind == "stored" else {to}
            assert receivers != {name}
            self.open = pk, kind, name, receivers
        elif kind in (*ENDS, "missing"):
            assert complete
            self.open = pk, kind, name, {"clerk.bb", "investigator.bb", "warrant.bb", "chief.bb"}
        else:
            assert complete
            self.apply(kind, name)

    def apply(self, kind, receiver):
        self.state, self.stored = kind, kind == "stored"
        self.holder = self.ids[receiver] if kind in ("held", "seized") else None
        self.open = None

    @rule(
        name=each_officer,
        decision=strategies.sampled_from((CONFIRMED, CONFIRMED, REJECTED)),
        fits=strategies.booleans(),
    )
    def decide(self, name, decision, fits):
        if self.open is None:
            return
        pk, kind, giver, receivers = self.open
        name = sorted(receivers - {giver})[0] if fits and receivers - {giver} else name

        def act(_user):
            movement = (
                db.session.scalars(select(ExhibitMovement).where(ExhibitMovement.id == pk))
                .unique()
                .one_or_none()
            )
            if movement is None:
                return None
            record_decision(movement, decision, "មូលហេតុ")
            return True

        if self.attempt(name, act):
            assert name in receivers and name != giver
            if decision == CONFIRMED:
                self.apply(kind, name)
            self.open = None

    @rule(name=each_officer)
    def take_back(self, name):
        found = select(ExhibitMovement.id).where(ExhibitMovement.exhibit_id == self.exhibit_id)
        pk = self.open[0] if self.open else db.session.scalar(found.order_by(ExhibitMovement.id.desc()))

        def act(user):
            movement = (
                db.session.scalars(select(ExhibitMovement).where(ExhibitMovement.id == pk))
                .unique()
                .one_or_none()
            )
            if movement is None:
                return None
            withdraw(movement, "មូលហេតុ", user.id)
            return True

        if pk and self.attempt(name, act):
            assert self.open is not None and name == self.open[2]
            self.open = None

    @rule(home=strategies.booleans(), confirms=strategies.booleans())
    def pass_on_across_provinces(self, home, confirms):
        """The present holder hands the exhibit to an officer of the other province, or back."""
        givers = [name for name in OFFICERS if self.holder == self.ids[name]]
        if self.open is not None or not givers:
            return
        giver, to = givers[0], "clerk.pp" if givers[0] != "clerk.pp" else "clerk.bb" if home else "warrant.bb"
        self.move(giver, "held", to, 1)
        assert self.open is not None, "a holder passes the exhibit on, wherever its case is"
        if confirms:
            self.decide(to, CONFIRMED, fits=True)
            assert self.holder == self.ids[to]

    @rule(kind=strategies.sampled_from((*ENDS[:2], "missing")))
    def end_elsewhere(self, kind):
        """Two officers of a unit elsewhere do not end an exhibit of this unit."""
        giver, second = ELSEWHERE
        if self.open is not None or self.state not in ("seized", "held", "stored"):
            return
        if self.holder != self.ids[giver]:
            self.move(next(filter(self.has_it, OFFICERS[:4]), second), "held", giver, 1)
            assert self.open is not None, "who has the exhibit hands it over"
            self.decide(giver, CONFIRMED, fits=True)
        self.move(giver, kind, giver, 1)
        assert self.open is not None, "the holder enters the end"
        self.decide(second, CONFIRMED, fits=False)
        assert self.open is not None, "only the unit of the case confirms it"

    @rule(name=each_officer, after=strategies.integers(0, 15), cause=strategies.sampled_from(("weighed", "sample", "used")),
          second=each_officer, paper=strategies.booleans())  # fmt: skip
    def weigh(self, name, after, cause, second, paper):
        def act(_user):
            exhibit = get_held_exhibit(str(self.exhibit_id))
            if exhibit is None:
                return None
            given = {"document_no": "1", "document_date": dates.now().date()} if paper else {}
            change = QuantityChange(exhibit=exhibit, cause=cause, after=after, **given)
            db.session.add(change)
            db.session.flush()
            return change.id

        waiting = select(QuantityChange).where(QuantityChange.confirmation == "awaiting")
        if db.session.scalars(waiting).unique().first() is not None:
            return
        pk = self.attempt(name, act)
        if pk is None:
            return
        assert after <= self.quantity or (cause == "weighed" and paper)

        if self.attempt(second, lambda _user: self.confirm_change(pk)):
            assert second != name and second not in ELSEWHERE
            self.quantity = after

    @rule(name=each_officer, after=strategies.integers(0, 10), second=each_officer)
    def split(self, name, after, second):
        """The holder splits the exhibit: the part begins where the exhibit is, and no quantity is lost."""

        def act(_user):
            exhibit = get_held_exhibit(str(self.exhibit_id))
            if exhibit is None:
                return None
            change = QuantityChange(exhibit=exhibit, cause="split", after=after, note="ថង់")
            db.session.add(change)
            db.session.flush()
            return change.id

        waiting = select(QuantityChange).where(QuantityChange.confirmation == "awaiting")
        if db.session.scalars(waiting).unique().first() is not None:
            return
        sealed = load_custody(db.session, self.exhibit_id).seal
        pk = self.attempt(name, act)
        if pk is None:
            return
        assert self.has_it(name) and self.open is None and not sealed and 0 < after < self.quantity
        if self.attempt(second, lambda _user: self.confirm_change(pk)):
            assert second != name and second not in ELSEWHERE
            found = select(Exhibit).where(Exhibit.parent_id == self.exhibit_id).order_by(Exhibit.id.desc())
            part, now = db.session.scalars(found).first(), load_custody(db.session, self.exhibit_id)
            of_part = load_custody(db.session, part.id)
            for field in ("state", "holder_id", "shelf_id", "unit_code"):
                assert getattr(of_part, field) == getattr(now, field), field
            assert of_part.quantity == self.quantity - after and of_part.seal is None
            self.quantity = after

    @staticmethod
    def confirm_change(pk):
        found = select(QuantityChange).where(QuantityChange.id == pk)
        change = db.session.scalars(found).unique().one_or_none()
        if change is not None:
            record_decision(change, CONFIRMED, "")
        return change is not None

    @rule(name=each_officer, kind=strategies.sampled_from(("put_on", "opened")))
    def seal(self, name, kind):
        def act(_user):
            exhibit = get_held_exhibit(str(self.exhibit_id))
            if exhibit is not None:
                db.session.add(ExhibitSeal(exhibit=exhibit, kind=kind, number="1", reason="x", witness="y"))

        self.attempt(name, act)

    @invariant()
    def custody_is_that_of_the_model(self):
        custody = load_custody(db.session, self.exhibit_id)
        exhibit = db.session.get(Exhibit, self.exhibit_id)
        assert exhibit.state == custody.state == self.state
        assert custody.holder_id == self.holder
        assert (custody.shelf_id is not None) == self.stored
        assert custody.open_id == (self.open[0] if self.open else None)
        assert custody.quantity == self.quantity
        connection = db.session.connection()
        assert [*exhibit_state.find_drift(connection), *find_drift(connection)] == []
        found = select(ExhibitCustody).where(ExhibitCustody.exhibit_id == self.exhibit_id)
        stored = db.session.scalars(found).unique().one_or_none()
        if stored is not None:
            for field in ("state", "holder_id", "shelf_id", "open_id", "seal", "quantity", "unit_code"):
                assert getattr(stored, field) == getattr(custody, field), field
        rows = db.session.scalars(
            select(ExhibitMovement).where(ExhibitMovement.exhibit_id == self.exhibit_id).order_by(ExhibitMovement.id)
        ).unique().all()  # fmt: skip
        assert sum(one.is_open for one in rows) <= 1
        valid = [one for one in rows if one.is_in_effect]
        times = [one.decided_at or one.recorded_at for one in valid]
        assert times == sorted(times)
        assert all(one.decided_by_id != one.recorded_by_id for one in rows if one.decided_by_id)
        assert all(one.kind not in ENDS for one in valid[:-1])


def test_custody_machine(app, db_session, each_database):
    run_state_machine_as_test(
        CustodyMachine,
        settings=machine_settings(RUNS, STEPS),
    )
