"""State machine test: after any acts about two people in two provinces, E-Crime says what a model of the acts says.

The acts are orders, arrests, custodies, detentions, judgments, sentences, releases, deaths, corrected births, void acts, a merge
and its undoing. They are entered in any order: an act of today can be followed by one of last year. An act that E-Crime
refuses does not count in the model either; `test_custody_machine` compares what is refused.

`run.py nightly statuses` tries 500 runs of 60 steps; a test run tries few.
"""

import os
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case
from app.corrections import actions as corrections
from app.corrections import correctable_records
from app.corrections.errors import ActionRefused
from app.corrections.models import VOID
from app.court_orders import consistency_check as order_check
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import consistency_check, deadline_index, order_effects
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SupervisionStep,
)
from app.duplicates import actions, merge_rows
from app.duplicates.models import MERGE, UNDO_MERGE, PersonMerge
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.rules import ERROR, RuleViolation, check_rules
from app.kernel.text import dates
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from app.reference.models import Court, Prison, Unit
from tests.court_orders.sample_orders import add_event, make_order
from tests.custody.sequence_model import World
from tests.custody.test_custody_machine import NO, _load_facts
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person

pytestmark = [pytest.mark.machine, pytest.mark.slow]
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("STATUS_RUNS", "3"), ("STATUS_STEPS", "25")))  # fmt: skip
DAYS = some.integers(1, 1400)  # days after the offence
AGES = (12, 15, 17, 30)
CASES = ((0, "clerk.bb", {}), (0, "clerk.pp", {"place": PHNOM_PENH}), (1, "clerk.pp", {"place": PHNOM_PENH}))
MODELS = {
    "order": CourtOrder, "recall": OrderEvent, "arrest": Arrest, "custody": Custody, "custody_step": CustodyStep,
    "detention": Detention, "detention_step": DetentionStep, "judgment": Judgment, "judgment_step": JudgmentStep,
    "sentence": Sentence, "release": Release, "supervision_step": SupervisionStep, "death": DeathReport,
}  # fmt: skip
accepted = Counter()  # kinds of acts that E-Crime accepted


class Register:
    """Two people in E-Crime and in the model. Each method enters one act and returns whether it was accepted."""

    def __init__(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)
        now = dates.now().replace(second=0, microsecond=0)
        self.start = datetime.combine(now.date() - timedelta(days=1500), time(8))
        self.model = World(self.start, now, {0: 30, 1: 30})
        self.pks, self.cases, self.merge_id, self.done = {}, [], None, []
        people = [make_registered_person(number, born_on=self.birthday(30)) for number in range(2)]
        for key, (person, writer, place) in enumerate(CASES):
            with acting_as(writer):
                case = add_registered_case(
                    people=[(people[person], "suspect")], occurred_from=self.start, occurred_to=None,
                    reported_at=self.start, late_reason="reported_late", **place,
                )  # fmt: skip
            self.cases.append((case.id, case.involvements[0].id))
            self.model.add("involvement", -1 - key, self.start, owner=person, case=key)
        self.people = [one.id for one in people]
        self.unit, self.court = db.session.get(Unit, "PC-02"), db.session.get(Court, "CFI-02")
        self.settle()

    def birthday(self, age):
        return date(self.start.year - age - 1, 12, 31)

    def moment(self, day, key):
        """Return a moment of a day. Each act has a minute of its own."""
        return self.start + timedelta(days=day, minutes=key % 500)

    def get(self, key):
        return db.session.get(MODELS[self.model.acts[key].kind], self.pks[key])

    def case(self, key):
        case_id, involvement_id = self.cases[key]
        return next(one for one in db.session.get(Case, case_id).involvements if one.id == involvement_id)

    def save(self, build):
        """Save the record that `build()` returns. Returns its id, or None if a rule refuses it."""
        saved = db.session.begin_nested()
        try:
            record = build()
            if record not in db.session or record.id is None:
                with db.session.no_autoflush:
                    record.update_derived()
                    problems = check_rules(record.__rules__, record, _load_facts(record))
                if any(one.severity == ERROR for one in problems):
                    raise RuleViolation(problems)
                db.session.add(record)
                db.session.flush()
        except (RuleViolation, ActionRefused):
            if saved.is_active:
                saved.rollback()
                db.session.expire_all()
            else:  # a refused merge or correction rolls the whole transaction back
                self.enter_again()
            return None
        saved.commit()
        self.settle()
        return record.id

    def do(self, name, arguments):
        """Enter an act, and remember it if it is accepted. Returns whether it is."""
        is_accepted = getattr(self, name)(*arguments)
        if is_accepted:
            self.done.append((name, arguments))
        return is_accepted

    def enter_again(self):
        done = self.done
        self.__init__()
        for name, arguments in done:
            assert self.do(name, arguments), name

    def settle(self):
        """Do what precedes a commit. The test never commits."""
        db.session.flush()
        order_effects.apply_acquittals(db.session())
        order_effects.link_arrests(db.session())
        db.session.flush()

    def enter(self, kind, key, day, build, **values):
        pk = self.save(build)
        if pk is None:
            return False
        self.pks[key] = pk
        self.model.add(kind, key, values.pop("at", None) or self.moment(day, key), **values)
        accepted[kind] += 1
        return True

    def owner(self, case):
        return self.model.acts[-1 - case].owner

    def receive(self, key, day, case, kind, linked):
        involvement = self.case(case)
        issued = self.moment(day, key).date()

        def build():
            order = make_order(
                number=f"{key}/26", kind=kind, issued_on=issued, received_on=issued,
                case=involvement.case if linked else None,
            )  # fmt: skip
            add_event(order, "checked", person=involvement.person, at=self.model.now)
            return order

        at = datetime.combine(issued, time())
        values = {"owner": self.owner(case), "order_kind": kind, "case": case if linked else None}
        return self.enter("order", key, day, build, at=at, **values)

    def recall(self, key, day, of):
        at = self.moment(day, key)

        def build():
            return add_event(self.get(of), "recalled", at=at, document_no=NO, document_date=at.date())

        return self.enter("recall", key, day, build, of=of, effective=at)

    def arrest(self, key, day, case, of):
        involvement, at = self.case(case), self.moment(day, key)
        order = self.get(of) if of is not None else None
        fields = (
            {"ground": "warrant", "order": order, "match_reason": "ម"}
            if order is not None
            else {"ground": "flagrant"}
        )
        executes = of is not None and self.is_first_arrest(of)

        def build():
            return Arrest(involvement=involvement, at=at, by_unit=self.unit, officers="ម", **fields)

        values = {"owner": self.owner(case), "case": case, "order": of, "executes": executes}
        return self.enter("arrest", key, day, build, at=at, **values)

    def is_first_arrest(self, of):
        """Return whether no other arrest has executed the order: it is executed once."""
        return not any(one.order == of and one.executes for one in self.model.find("arrest"))

    def custody(self, key, hours, of, offence_class):
        at = self.model.acts[of].at + timedelta(hours=hours)

        def build():
            return Custody(arrest=self.get(of), held_by=self.unit, arrived_at=at, offence_class=offence_class)

        return self.enter("custody", key, 0, build, at=at, of=of, offence_class=offence_class)

    def custody_step(self, key, hours, of, kind, how):
        at = self.model.acts[of].at + timedelta(hours=hours, minutes=1)
        extra = {"extension": {"document_no": NO, "who": "ម", "hours": 24}, "end": {"outcome": how}}.get(
            kind, {}
        )

        def build():
            return CustodyStep(custody=self.get(of), kind=kind, at=at, **extra)

        return self.enter("custody_step", key, 0, build, at=at, of=of, step=kind, how=how)

    def detain(self, key, day, case, of):
        involvement, since = self.case(case), self.moment(day, key).date()
        kind = "sentence" if of is not None else "provisional"

        def build():
            return Detention(
                involvement=involvement, kind=kind, since=since, document_no=NO, document_date=since,
                first_prison=db.session.get(Prison, "CC1"), court=self.court, offence_class=None if of else "felony",
                sentence=self.get(of) if of is not None else None,
            )  # fmt: skip

        values = {"owner": self.owner(case), "case": case, "held": kind, "sentence": of}
        return self.enter("detention", key, day, build, **values)

    def detention_step(self, key, days, of, kind, how):
        at = self.model.acts[of].at + timedelta(days=days)
        extra = {
            "extension": {"months": 2},
            "transfer": {"prison": db.session.get(Prison, "CC3")},
            "end": {"reason": how},
        }

        def build():
            return DetentionStep(
                detention=self.get(of), kind=kind, done_on=at.date(), document_no=NO, **extra.get(kind, {})
            )

        return self.enter("detention_step", key, 0, build, at=at, of=of, step=kind, how=how)

    def release(self, key, days, of, how, until):
        at = self.model.acts[of].at + timedelta(days=days)
        ends = self.model.today + timedelta(days=until) if until is not None else None

        def build():
            return Release(
                detention=self.get(of), released_on=at.date(), kind=how, document_no=NO, supervised_until=ends,
                reports_to=self.unit if ends else None,
            )  # fmt: skip

        return self.enter("release", key, 0, build, at=at, of=of, how=how, until=ends)

    def follow_up(self, key, of, kind):
        at = self.model.acts[of].at + timedelta(days=10)

        def build():
            return SupervisionStep(release=self.get(of), kind=kind, done_on=at.date(), document_no=NO)

        return self.enter("supervision_step", key, 0, build, at=at, of=of, step=kind)

    def judge(self, key, day, case, verdict):
        involvement, at = self.case(case), self.moment(day, key)

        def build():
            return Judgment(
                involvement=involvement,
                court=self.court,
                court_no=f"{key}/26",
                verdict=verdict,
                decided_on=at.date(),
            )

        return self.enter("judgment", key, day, build, owner=self.owner(case), case=case, verdict=verdict)

    def judgment_step(self, key, days, of, kind):
        at = self.model.acts[of].at + timedelta(days=days)

        def build():
            return JudgmentStep(judgment=self.get(of), kind=kind, done_on=at.date(), document_no=NO)

        return self.enter("judgment_step", key, 0, build, at=at, of=of, step=kind)

    def sentence(self, key, of, months):
        judgment = self.model.acts[of]

        def build():
            return Sentence(
                judgment=self.get(of), kind="prison", months=months, starts_on=judgment.day, credit_days=0
            )

        return self.enter("sentence", key, 0, build, at=judgment.at, of=of)

    def die(self, key, day, person):
        at = self.moment(day, key)
        found = self.survivor(person)

        def build():
            confirm_death(found, at.date())
            return db.session.query(DeathReport).filter_by(person_id=found.id, voided_at=None).one()

        return self.enter("death", key, day, build, owner=0 if self.model.moved is not None else person)

    def survivor(self, person):
        return db.session.get(Person, self.people[0 if self.model.moved is not None else person])

    def correct_birth(self, person, age):
        def build():
            found = self.survivor(person)
            found.born_on = self.birthday(age)
            db.session.flush()
            return found

        if self.save(build) is None:
            return False
        self.model.ages[0 if self.model.moved is not None else person] = age
        accepted["birth"] += 1
        return True

    def void(self, of):
        """Void an act as a correction does, with what belongs to it."""

        def build():
            record, reason = self.get(of), "ច្រឡំ"
            province = correctable_records.find_province_code(record)
            chief, planner, group = (
                db.session.scalars(select(User).where(User.username == name)).unique().one()
                for name in ("chief.bb" if province == "02" else "clerk.pp", "planning", "twg")
            )
            correction = corrections.request_correction(chief, record, VOID, {}, reason, NO)
            corrections.decide_correction(planner, correction, True, reason)
            corrections.apply_correction(group, correction)
            return correction

        if self.model.acts[of].void or self.save(build) is None:
            return False
        self.model.void(of)
        accepted["void"] += 1
        return True

    def merge(self):
        def build():
            pair = actions.create_pair(*self.people)
            merge = self.decide(PersonMerge(kind=MERGE, duplicate=pair))
            merge_rows.merge_records(merge)
            return merge

        if self.model.moved is not None:
            return False
        self.merge_id = self.save(build)
        if self.merge_id is None:
            return False
        self.model.merge()
        accepted["merge"] += 1
        return True

    def unmerge(self):
        def build():
            done = db.session.get(PersonMerge, self.merge_id)
            merge = self.decide(PersonMerge(kind=UNDO_MERGE, duplicate=done.duplicate, parts=done))
            merge_rows.undo_merge(merge)
            return merge

        if self.model.moved is None or self.save(build) is None:
            return False
        self.model.unmerge()
        accepted["unmerge"] += 1
        return True

    def decide(self, merge):
        """Request a merge or its undoing, and decide it as a second officer."""
        with acting_as("clerk.bb") as first, acting_as("chief.bb") as second:
            users = first.id, second.id
        now = dates.now()
        merge.surviving_id, merge.merged_id = self.people
        merge.state, merge.reason, merge.snapshots = "requested", "ម្នាក់", {}
        merge.requested_at, merge.requested_by_id = now, users[0]
        db.session.add(merge)
        db.session.flush()
        merge.state, merge.decided_by_id, merge.decided_at, merge.decision = "done", users[1], now, "ម្នាក់"
        merge.exempt_until = now + timedelta(minutes=1)
        db.session.flush()
        db.session.expire(merge)
        return merge

    def find(self, *kinds):
        """Return the keys of the accepted acts of these kinds."""
        return [key for key, one in self.model.acts.items() if one.kind in kinds]

    # What both say

    def expected(self):
        model, merged = self.model, self.model.moved is not None
        people = (0,) if merged else (0, 1)
        found = {("status", person): model.status(person) for person in people}
        for person in people:
            found |= {("limit", key): moment for key, moment in model.custody_limits(person).items()}
        for key, one in model.acts.items():
            if not one.counts:
                continue
            if one.kind == "order":
                found["order", key] = model.order_state(one)
            elif one.kind == "custody":
                found["custody", key] = model.custody_end(one)
            elif one.kind == "detention":
                found["detention", key] = (*model.detention_end(one), model.escaped_on(one) is not None)
            elif one.kind == "judgment":
                found["judgment", key] = model.final_on(one)
        return found

    def stored(self):
        statuses = status.get_statuses(db.session, self.people)
        merged = self.model.moved is not None
        found = {}
        for person in (0,) if merged else (0, 1):
            row = statuses.get(self.people[person])
            found["status", person] = row.status if row is not None else None
        for key, one in self.model.acts.items():
            if not one.counts or key not in self.pks:
                continue
            row = self.get(key)
            if one.kind == "order":
                found["order", key] = row.status
            elif one.kind == "custody":
                found["custody", key], found["limit", key] = (row.ended_at, row.outcome), row.limit_at
            elif one.kind == "detention":
                found["detention", key] = row.ended_on, row.end_reason, row.escaped
            elif one.kind == "judgment":
                found["judgment", key] = row.final_on
        return found

    def check(self):
        db.session.flush()
        assert self.stored() == self.expected()
        connection = db.session.connection()
        assert status.find_drift(connection)[1] == []
        assert deadline_index.find_drift(connection) == []
        assert consistency_check.find_drift(connection) == []
        assert order_check.find_drift(connection) == []


def draw(data, values):
    return data.draw(some.sampled_from(values)) if values else None


class SequenceMachine(RuleBasedStateMachine):
    """Two people, in a model and in E-Crime. Each accepted act is kept as data, so that it can be entered again."""

    @initialize()
    def begin(self):
        self.register, self.key = Register(), 0

    def teardown(self):
        db.session.rollback()

    def act(self, name, *arguments, keyed=True):
        self.key += 1
        self.register.do(name, (self.key, *arguments) if keyed else arguments)

    @rule(
        day=DAYS,
        case=some.integers(0, 2),
        kind=some.sampled_from(("arrest", "bring", "summons")),
        linked=some.booleans(),
    )
    def receive(self, day, case, kind, linked):
        if len(self.register.find("order")) < 3:
            self.act("receive", day, case, kind, linked)

    @rule(data=some.data(), day=DAYS)
    def recall(self, data, day):
        of = draw(data, self.register.find("order"))
        if of is not None:
            self.act("recall", day, of)

    @rule(data=some.data(), day=DAYS, case=some.integers(0, 2), with_order=some.booleans())
    def arrest(self, data, day, case, with_order):
        owner = self.register.owner(case)
        orders = [key for key in self.register.find("order") if self.register.model.acts[key].owner == owner]
        self.act("arrest", day, case, draw(data, orders) if with_order else None)

    @rule(
        data=some.data(),
        hours=some.integers(1, 60),
        offence_class=some.sampled_from(("felony", "misdemeanour")),
    )
    def custody(self, data, hours, offence_class):
        of = draw(data, self.register.find("arrest"))
        if of is not None:
            self.act("custody", hours, of, offence_class)

    @rule(data=some.data(), hours=some.integers(1, 90), kind=some.sampled_from(("lawyer", "extension", "end", "end")),
          how=some.sampled_from(("released", "to_prosecutor", "escaped", "transferred", "hospital")))  # fmt: skip
    def custody_step(self, data, hours, kind, how):
        of = draw(data, self.register.find("custody"))
        if of is not None:
            self.act("custody_step", hours, of, kind, how)

    @rule(data=some.data(), day=DAYS, case=some.integers(0, 2), is_sentence=some.booleans())
    def detain(self, data, day, case, is_sentence):
        of = None
        if is_sentence:
            acts = self.register.model.acts
            of = draw(data, [key for key in self.register.find("sentence") if acts[key].root.case == case])
        self.act("detain", day, case, of)

    @rule(data=some.data(), days=some.integers(1, 300), how=some.sampled_from(("other", "acquitted")),
          kind=some.sampled_from(("extension", "transfer", "escape", "recapture", "end")))  # fmt: skip
    def detention_step(self, data, days, kind, how):
        of = draw(data, self.register.find("detention"))
        if of is not None:
            self.act("detention_step", days, of, kind, how)

    @rule(data=some.data(), days=some.integers(1, 300), how=some.sampled_from(("parole", "supervision", "order")),
          until=some.none() | some.integers(-20, 20))  # fmt: skip
    def release(self, data, days, how, until):
        of = draw(data, self.register.find("detention"))
        if of is not None:
            self.act("release", days, of, how, until)

    @rule(data=some.data(), kind=some.sampled_from(("visit", "end")))
    def follow_up(self, data, kind):
        of = draw(data, self.register.find("release"))
        if of is not None:
            self.act("follow_up", of, kind)

    @rule(
        day=DAYS, case=some.integers(0, 2), verdict=some.sampled_from(("convicted", "acquitted", "non_suit"))
    )
    def judge(self, day, case, verdict):
        self.act("judge", day, case, verdict)

    @rule(
        data=some.data(),
        days=some.integers(1, 90),
        kind=some.sampled_from(("notified", "appeal", "final", "final", "set_aside")),
    )
    def judgment_step(self, data, days, kind):
        of = draw(data, self.register.find("judgment"))
        if of is not None:
            self.act("judgment_step", days, of, kind)

    @rule(data=some.data(), months=some.integers(1, 90))
    def sentence(self, data, months):
        of = draw(data, self.register.find("judgment"))
        if of is not None:
            self.act("sentence", of, months)

    @rule(day=DAYS, person=some.integers(0, 1))
    def die(self, day, person):
        self.act("die", day, person)

    @rule(person=some.integers(0, 1), age=some.sampled_from(AGES))
    def correct_birth(self, person, age):
        self.act("correct_birth", person, age, keyed=False)

    @rule(data=some.data())
    def void(self, data):
        of = draw(data, [key for key in self.register.model.acts if key > 0])
        if of is not None:
            self.act("void", of, keyed=False)

    @rule()
    def merge(self):
        self.act("merge", keyed=False)

    @rule()
    def unmerge(self):
        self.act("unmerge", keyed=False)

    @invariant()
    def register_says_what_the_model_says(self):
        if hasattr(self, "register"):
            self.register.check()


@pytest.fixture
def machine_settings():
    return settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None,
        derandomize="STATUS_RUNS" not in os.environ,  # the same few sequences in every run of the tests
    )  # fmt: skip


def test_status_follows_from_the_acts_in_any_order(db_session, machine_settings, each_database):
    run_state_machine_as_test(SequenceMachine, settings=machine_settings)
