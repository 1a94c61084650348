"""No sequence of acts makes the register say something else of whoever is held than a small model: custody and its clock,
two custodies at once (V068), detention and who is held too long (V096), judgment, sentence, release, follow-up, the orders that
an arrest executes and an acquittal holds, and what he is to the register because of them.

200 runs of 50 steps: MACHINE_RUNS=200 MACHINE_STEPS=50; a plain run of the tests takes few.
"""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.cases.models import CaseOffence, Involvement
from app.court_orders import queries as orders
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import deadline_alerts, deadline_index, order_effects, queries
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
    SentenceChange,
    TrackingStep,
)
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.schema.rules import ERROR, RuleBroken, ask
from app.kernel.text import dates
from app.people import status
from app.reference.models import Court, Offence, Place, Prison, Unit
from tests.court_orders.sample_orders import act, an_order, paper_of
from tests.custody import model
from tests.custody.form_data import FELONY
from tests.sample_rows import BATTAMBANG, a_registered_case, a_registered_person

RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "20")))  # fmt: skip
DAY = timedelta(days=1)
CLASSES = some.sampled_from(("felony", "misdemeanour"))
WAIT = some.integers(25, 900)  # hours between two acts: the next one is always on another day
NO = "១២/២៦"


class Lives(RuleBasedStateMachine):
    """One suspect, what a model says of him and what the register says."""

    @initialize(age=some.sampled_from(sorted(model.HOURS)))
    def begin(self, age):
        db.session.rollback()
        act_as(db.session, THE_REGISTER)
        self.now = dates.now().replace(second=0, microsecond=0)
        self.at = self.now - 3000 * DAY
        born = (self.at - timedelta(days=int(365.25 * age) + 60)).date()
        case = a_registered_case(
            people=[(a_registered_person(born_on=born), "suspect")], occurred_from=self.at, occurred_to=None,
            reported_at=self.at, late_reason="reported_late",
        )  # fmt: skip
        case.offences.append(
            CaseOffence(offence=db.session.get(Offence, FELONY), attempt=True, offence_class="felony")
        )
        db.session.add(case)
        db.session.flush()
        self.pk, self.life = case.involvements[0].id, model.Life(age)
        self.begun, self.number = self.at, 0
        self.unit, self.court = db.session.get(Unit, "PC-02"), db.session.get(Court, "CFI-02")

    def teardown(self):
        db.session.rollback()

    @property
    def part(self):
        return db.session.get(Involvement, self.pk)

    def enters(self, refused, model_class, **values):
        """Enter a record, which the rules must refuse exactly where the model does. Gives it, or None."""
        saved = db.session.begin_nested()
        record = model_class(**values)
        with db.session.no_autoflush:
            record.derive()
            problems = ask(record.__rules__, record, _facts(record))
            errors = [(one.rule, one.field) for one in problems if one.severity == ERROR]
        assert bool(errors) is bool(refused), (model_class.__name__, values, errors)
        if errors:
            saved.rollback()
            return None
        db.session.add(record)
        db.session.flush()
        saved.commit()
        return record

    def later(self, hours):
        self.at += timedelta(hours=hours)
        return self.at.date()

    @rule(data=some.data(), hours=WAIT, back=some.sampled_from((0, 0, 30, 300)), offence_class=CLASSES,
          on_an_order=some.booleans())  # fmt: skip
    def arrest(self, data, hours, back, offence_class, on_an_order):
        """Perhaps entered late, and perhaps while he is held already."""
        self.later(hours)
        at, order = max(self.at - timedelta(hours=back), self.begun), None
        how = {"ground": "flagrant"}
        if on_an_order and self.life.orders:
            pk = data.draw(some.sampled_from(sorted(self.life.orders)))
            order, place = self.life.orders[pk], db.session.get(Place, BATTAMBANG)
            how = {
                "ground": "warrant",
                "order": db.session.get(CourtOrder, pk),
                "officers": "ម",
                "place": place,
            }
        arrest = self.enters(
            self.life.cannot_be_arrested(at, order), Arrest, involvement=self.part, at=at, by_unit=self.unit, **how
        )  # fmt: skip
        if arrest is None:
            return
        if order is not None:
            order.state = "executed"
        arrived = at + timedelta(hours=1)
        custody = self.enters(
            self.life.is_held_at(arrived), Custody, arrest=arrest, held_by=self.unit, arrived_at=arrived,
            offence_class=offence_class,
        )  # fmt: skip
        if custody is not None:
            self.life.held[custody.id] = model.Held(arrived, model.HOURS[self.life.age][offence_class])

    @rule(hours=WAIT, kind=some.sampled_from(("arrest", "bring", "summons")))
    def order(self, hours, kind):
        """The court issues it, and a second officer says that it is he."""
        day = self.later(hours)
        self.number += 1
        paper = an_order(
            number=f"{self.number}/26", kind=kind, issued_on=day, received_on=day, case=self.part.case
        )
        found = self.enters(
            self.life.is_dead, OrderEvent, order=paper, kind="checked", at=self.at, person=self.part.person
        )
        state = "received" if found is None else "active"
        self.life.orders[paper.id] = model.Order(kind, day, state)

    @precondition(lambda self: self.life.orders)
    @rule(data=some.data(), hours=WAIT)
    def recall(self, data, hours):
        self.later(hours)
        pk = data.draw(some.sampled_from(sorted(self.life.orders)))
        order, known = db.session.get(CourtOrder, pk), self.life.orders[pk]
        saved = db.session.begin_nested()
        try:
            act(order, "recalled", **paper_of(order))
        except RuleBroken:
            saved.rollback()
            assert known.state in ("executed", "recalled")
            return
        saved.commit()
        assert known.state in ("received", "active", "held")
        known.state = "recalled"

    @precondition(lambda self: self.life.held)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("rights", "lawyer", "extension", "end", "end")),
          outcome=some.sampled_from(("released", "to_prosecutor", "escaped", "died")))  # fmt: skip
    def step_in_custody(self, data, hours, kind, outcome):
        self.later(hours)
        pk = data.draw(some.sampled_from(sorted(self.life.held)))
        known = self.life.held[pk]
        more = {"extension": {"paper_no": NO, "who": "ម", "hours": 24}, "end": {"outcome": outcome}}
        done = self.enters(
            known.ended, CustodyStep, custody=db.session.get(Custody, pk), kind=kind, at=self.at,
            **more.get(kind, {}),
        )  # fmt: skip
        if done is not None and kind == "extension":
            known.hours += 24
        elif done is not None and kind == "end":
            known.ended, known.outcome = self.at, outcome

    @precondition(lambda self: all(one.ended for one in self.life.prisons.values()))
    @rule(data=some.data(), hours=WAIT, offence_class=CLASSES, serves=some.booleans())
    def detain(self, data, hours, offence_class, serves):
        day, kind = self.later(hours), "sentence" if serves else "provisional"
        pk = data.draw(some.sampled_from(sorted(self.life.terms))) if serves and self.life.terms else None
        made = self.enters(
            self.life.is_dead or (serves and pk is None), Detention, involvement=self.part, kind=kind, since=day,
            paper_no=NO, paper_on=day, first_prison=db.session.get(Prison, "CC1"), court=self.court,
            offence_class=None if serves else offence_class,
            sentence=db.session.get(Sentence, pk) if pk is not None else None,
        )  # fmt: skip
        if made is not None:
            self.life.prisons[made.id] = model.Prison(
                kind, day, "CC1", model.MONTHS[self.life.age][offence_class], term=self.life.terms.get(pk),
                most=model.IN_ALL[offence_class] if self.life.age == 30 and not serves else None,
            )  # fmt: skip

    @precondition(lambda self: self.life.prisons)
    @rule(data=some.data(), hours=WAIT, months=some.integers(1, 8), reason=some.sampled_from(("other", "died")),
          kind=some.sampled_from(("extension", "transfer", "escape", "recapture", "end")))  # fmt: skip
    def step_in_prison(self, data, hours, months, reason, kind):
        day, pk = self.later(hours), data.draw(some.sampled_from(sorted(self.life.prisons)))
        known = self.life.prisons[pk]
        grows = kind == "extension" and known.kind == "provisional"
        does_not_fit = {"escape": known.escaped, "recapture": not known.escaped}.get(kind)
        too_long = grows and known.most is not None and known.months + months > known.most
        more = {"extension": {"months": months}, "transfer": {"prison": db.session.get(Prison, "CC3")},
                "end": {"reason": reason}}  # fmt: skip
        done = self.enters(
            known.ended or does_not_fit or too_long, DetentionStep, detention=db.session.get(Detention, pk),
            kind=kind, done_on=day, paper_no=NO, **more.get(kind, {}),
        )  # fmt: skip
        if done is None:
            return
        if grows:
            known.months += months
        elif kind == "transfer":
            known.prison = "CC3"
        elif kind in ("escape", "recapture"):
            known.escaped = kind == "escape"
        elif kind == "end":
            known.ended, known.how = day, reason

    @rule(hours=WAIT, verdict=some.sampled_from(("convicted", "acquitted", "non_suit")))
    def judge(self, hours, verdict):
        made = self.enters(
            False, Judgment, involvement=self.part, court=self.court, court_no=NO, verdict=verdict,
            decided_on=self.later(hours),
        )  # fmt: skip
        self.life.decisions[made.id] = model.Decision(verdict != "convicted")

    @precondition(lambda self: self.life.decisions)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("notified", "appeal", "final", "set_aside")))
    def step_of_a_judgment(self, data, hours, kind):
        day, pk = self.later(hours), data.draw(some.sampled_from(sorted(self.life.decisions)))
        self.enters(
            False, JudgmentStep, judgment=db.session.get(Judgment, pk), kind=kind, done_on=day, paper_no=NO
        )
        if kind == "final":
            self.life.decisions[pk].final = day
        elif kind == "set_aside":
            self.life.decisions[pk].set_aside = True

    @precondition(lambda self: self.life.decisions)
    @rule(data=some.data(), months=some.integers(0, 90), credit=some.integers(0, 40))
    def sentence(self, data, months, credit):
        pk = data.draw(some.sampled_from(sorted(self.life.decisions)))
        judgment = db.session.get(Judgment, pk)
        starts = judgment.decided_on
        made = self.enters(
            self.life.decisions[pk].clears or not months, Sentence, judgment=judgment, kind="prison",
            months=months, starts_on=starts, credit_days=credit,
        )  # fmt: skip
        if made is not None:
            self.life.terms[made.id] = model.Term(starts, months, credit)

    @precondition(lambda self: self.life.terms)
    @rule(data=some.data(), hours=WAIT, days=some.integers(0, 200),
          kind=some.sampled_from(("reduction", "pardon", "amnesty", "proposal")))  # fmt: skip
    def change_of_a_sentence(self, data, hours, days, kind):
        pk = data.draw(some.sampled_from(sorted(self.life.terms)))
        made = self.enters(
            kind in ("reduction", "amnesty") and not days, SentenceChange, kind=kind, days=days, paper_no=NO,
            sentence=db.session.get(Sentence, pk), done_on=self.later(hours),
        )  # fmt: skip
        if made is not None and kind != "proposal":
            self.life.terms[pk].off += days

    @precondition(lambda self: self.life.prisons)
    @rule(data=some.data(), hours=WAIT, until=some.none() | some.integers(-20, 20),
          kind=some.sampled_from(("end_of_term", "parole", "supervision", "pardon")))  # fmt: skip
    def release(self, data, hours, until, kind):
        day, pk = self.later(hours), data.draw(some.sampled_from(sorted(self.life.prisons)))
        known = self.life.prisons[pk]
        ends = self.now.date() + until * DAY if until is not None else None
        endless = kind in ("parole", "supervision") and ends is None
        made = self.enters(
            known.ended or endless, Release, detention=db.session.get(Detention, pk), released_on=day,
            kind=kind, paper_no=NO, track_until=ends, reports_to=self.unit if ends else None,
        )  # fmt: skip
        if made is not None:
            known.ended, known.how = day, kind
            self.life.freed[made.id] = model.Freed(kind, ends)

    @precondition(lambda self: self.life.freed)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("visit", "missed", "end")))
    def follow_up(self, data, hours, kind):
        day, pk = self.later(hours), data.draw(some.sampled_from(sorted(self.life.freed)))
        known = self.life.freed[pk]
        release = db.session.get(Release, pk)
        done = self.enters(
            known.ended, TrackingStep, release=release, kind=kind, done_on=day, paper_no=NO
        )  # fmt: skip
        if done is not None and kind == "end":
            known.ended = day

    @rule(hours=WAIT, lives=some.booleans())
    def die_or_was_not_dead(self, hours, lives):
        day = self.later(hours)
        self.life.died = None if lives else self.life.died or day
        self.part.person.deceased_on = self.life.died
        db.session.flush()

    @invariant()
    def the_register_says_what_the_model_says(self):
        if not hasattr(self, "life"):
            return
        life, today = self.life, self.now.date()
        order_effects.orders_follow_an_acquittal(
            db.session()
        )  # as before every commit; the machine takes all back
        life.orders_follow()
        for pk, one in life.orders.items():
            assert db.session.get(CourtOrder, pk).status == one.state
        for pk, one in life.held.items():
            row = db.session.get(Custody, pk)
            assert (row.limit_at, row.ended_at, row.outcome) == (one.limit, one.ended, one.outcome)
            assert _is_over(deadline_alerts.custody_marks(row), self.now) is (one.limit <= self.now)
        for pk, one in life.prisons.items():
            row = db.session.get(Detention, pk)
            told = row.due_on, row.ended_on, row.end_reason, row.escaped, row.prison_code
            assert told == (one.due, one.ended, one.how, one.escaped, one.prison)
            assert _is_over(deadline_alerts.detention_marks(row), self.now) is (one.due < today)
        for pk, one in life.decisions.items():
            final = db.session.get(Judgment, pk).final_on
            assert final == (one.final if one.is_final else None)
        for pk, one in life.terms.items():
            assert db.session.get(Sentence, pk).expected_on == one.ends
        for pk, one in life.freed.items():
            row = db.session.get(Release, pk)
            assert (row.track_until, row.ended_on) == (one.until, one.ended)
        assert (self.part.ended_on is not None) is life.part_ended()
        person = self.part.person_id
        row = status.of(db.session, [person]).get(person)
        assert (row.status if row is not None else None) == life.status(today)
        assert status.differences(db.session.connection())[1] == []
        assert deadline_index.differences(db.session.connection()) == []


def _facts(record):
    """As a form asks them; the other custodies, which a form looks for beyond its session, in that of the machine."""
    if isinstance(record, OrderEvent):
        return orders.facts_of_act(record)
    facts = queries.facts(record)
    if isinstance(record, Custody):
        return replace(facts, overlapping=queries.overlapping(db.session, record))
    return facts


def _is_over(marks, now):
    return any(one.name.startswith(deadline_alerts.OVER) and one.at <= now for one in marks)


@pytest.fixture
def machine_settings():
    return settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None,
    )  # fmt: skip


def test_whoever_is_held_is_to_the_register_what_his_acts_make_of_him(
    db_session, machine_settings, each_database
):
    run_state_machine_as_test(Lives, settings=machine_settings)
