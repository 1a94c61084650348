"""State machine test: after any sequence of steps, E-Crime agrees with a small model of custody.

It covers custody and its limit, overlapping custodies (V068), detention and detention past the limit (V096), judgment,
sentence, release, follow-up, the orders that an arrest executes or an acquittal suspends, and the status of the person.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.cases import case_status
from app.cases.models import CaseOffence, Involvement
from app.court_orders import queries as orders
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import consistency_check, deadline_alerts, deadline_index, order_effects, queries
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
    SupervisionStep,
)
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.rules import ERROR, RuleViolation, check_rules
from app.kernel.text import dates
from app.people import status
from app.reference.models import Court, Offence, Place, Prison, Unit
from tests.court_orders.sample_orders import add_event, make_order
from tests.custody import model
from tests.custody.form_data import FELONY
from tests.machines import machine_settings
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import BATTAMBANG, add_registered_case, make_registered_person

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "20")))  # fmt: skip
DAY = timedelta(days=1)
CLASSES = some.sampled_from(("felony", "misdemeanour"))
WAIT = some.integers(25, 900)  # hours between two steps, so that they are on different days
NO = "១២/២៦"


class CustodyMachine(RuleBasedStateMachine):
    """One suspect, in a model and in E-Crime."""

    @initialize(age=some.sampled_from(sorted(model.HOURS)))
    def begin(self, age):
        db.session.rollback()
        act_as(db.session, SYSTEM)
        self.now = dates.now().replace(second=0, microsecond=0)
        self.at = self.now - 3000 * DAY
        born = (self.at - timedelta(days=int(365.25 * age) + 60)).date()
        case = add_registered_case(
            people=[(make_registered_person(born_on=born), "suspect")], occurred_from=self.at, occurred_to=None,
            reported_at=self.at, late_reason="reported_late",
        )  # fmt: skip
        case.offences.append(
            CaseOffence(offence=db.session.get(Offence, FELONY), attempt=True, offence_class="felony")
        )
        db.session.add(case)
        db.session.flush()
        self.pk, self.history = case.involvements[0].id, model.History(age)
        self.begun, self.number = self.at, 0
        self.unit, self.court = db.session.get(Unit, "PC-02"), db.session.get(Court, "CFI-02")

    def teardown(self):
        db.session.rollback()

    @property
    def involvement(self):
        return db.session.get(Involvement, self.pk)

    def enter(self, is_refused, model_class, **values):
        """Enter a record. The rules must refuse it exactly when the model does. Returns the record, or None."""
        saved = db.session.begin_nested()
        record = model_class(**values)
        with db.session.no_autoflush:
            record.update_derived()
            problems = check_rules(record.__rules__, record, _load_facts(record))
            errors = [(one.rule, one.field) for one in problems if one.severity == ERROR]
        assert bool(errors) is bool(is_refused), (model_class.__name__, values, errors)
        if errors:
            saved.rollback()
            return None
        db.session.add(record)
        db.session.flush()
        saved.commit()
        return record

    def advance(self, hours):
        self.at += timedelta(hours=hours)
        return self.at.date()

    @rule(data=some.data(), hours=WAIT, back=some.sampled_from((0, 0, 30, 300)), offence_class=CLASSES,
          with_order=some.booleans())  # fmt: skip
    def arrest(self, data, hours, back, offence_class, with_order):
        """The arrest can be entered late, and during another custody."""
        self.advance(hours)
        at, order = max(self.at - timedelta(hours=back), self.begun), None
        arrest_fields = {"ground": "flagrant"}
        if with_order and self.history.orders:
            pk = data.draw(some.sampled_from(sorted(self.history.orders)))
            order, place = self.history.orders[pk], db.session.get(Place, BATTAMBANG)
            arrest_fields = {
                "ground": "warrant",
                "order": db.session.get(CourtOrder, pk),
                "officers": "ម",
                "place": place,
                "match_reason": "ម",  # an earlier contact can have raised a match that has no answer yet
            }
        arrest = self.enter(
            self.history.is_arrest_refused(at, order), Arrest, involvement=self.involvement, at=at, by_unit=self.unit, **arrest_fields
        )  # fmt: skip
        if arrest is None:
            return
        self.history.arrests.append(at)
        if order is not None:
            order.acts.append((at, "executed"))
        arrived = at + timedelta(hours=1)
        custody = self.enter(
            self.history.is_held_at(arrived), Custody, arrest=arrest, held_by=self.unit, arrived_at=arrived,
            offence_class=offence_class,
        )  # fmt: skip
        if custody is not None:
            self.history.custodies[custody.id] = model.Custody(
                arrived, model.HOURS[self.history.age][offence_class]
            )
            self.history.detain_held()
        else:
            self.history.alone.append(at)

    @rule(hours=WAIT, kind=some.sampled_from(("arrest", "bring", "summons")))
    def receive_order(self, hours, kind):
        """Receive an order, and check it by a second officer."""
        day = self.advance(hours)
        self.number += 1
        order = make_order(
            number=f"{self.number}/26", kind=kind, issued_on=day, received_on=day, case=self.involvement.case
        )
        check = self.enter(
            self.history.is_dead,
            OrderEvent,
            order=order,
            kind="checked",
            at=self.at,
            person=self.involvement.person,
        )
        self.history.orders[order.id] = model.Order(kind, day, check is not None)

    @precondition(lambda self: self.history.orders)
    @rule(data=some.data(), hours=WAIT)
    def recall(self, data, hours):
        """The court's document can be older than acts that were entered before it."""
        self.advance(hours)
        pk = data.draw(some.sampled_from(sorted(self.history.orders)))
        order, expected = db.session.get(CourtOrder, pk), self.history.orders[pk]
        age = data.draw(some.integers(0, (self.at.date() - expected.issued).days))
        day = self.at.date() - age * DAY
        effective = datetime.combine(day, time.max) if age else self.at
        saved = db.session.begin_nested()
        try:
            add_event(order, "recalled", at=self.at, document_no=NO, document_date=day)
        except RuleViolation:
            saved.rollback()
            assert expected.state(effective) in ("executed", "recalled")
            return
        saved.commit()
        assert expected.state(effective) in ("received", "active", "suspended")
        expected.acts.append((effective, "recalled"))

    @precondition(lambda self: self.history.custodies)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("rights", "lawyer", "extension", "end", "end")),
          outcome=some.sampled_from(("released", "to_prosecutor", "escaped", "died")))  # fmt: skip
    def step_in_custody(self, data, hours, kind, outcome):
        self.advance(hours)
        pk = data.draw(some.sampled_from(sorted(self.history.custodies)))
        expected = self.history.custodies[pk]
        extra = {"extension": {"document_no": NO, "who": "ម", "hours": 24}, "end": {"outcome": outcome}}
        done = self.enter(
            expected.ended, CustodyStep, custody=db.session.get(Custody, pk), kind=kind, at=self.at,
            **extra.get(kind, {}),
        )  # fmt: skip
        if done is not None and kind == "extension":
            expected.hours += 24
        elif done is not None and kind == "end":
            expected.ended, expected.outcome = self.at, outcome

    @precondition(lambda self: all(one.ended for one in self.history.detentions.values()))
    @rule(data=some.data(), hours=WAIT, offence_class=CLASSES, is_sentence=some.booleans())
    def detain(self, data, hours, offence_class, is_sentence):
        day, kind = self.advance(hours), "sentence" if is_sentence else "provisional"
        pk = (
            data.draw(some.sampled_from(sorted(self.history.sentences)))
            if is_sentence and self.history.sentences
            else None
        )
        detention = self.enter(
            self.history.is_dead or (is_sentence and pk is None), Detention, involvement=self.involvement, kind=kind, since=day,
            document_no=NO, document_date=day, first_prison=db.session.get(Prison, "CC1"), court=self.court,
            offence_class=None if is_sentence else offence_class,
            sentence=db.session.get(Sentence, pk) if pk is not None else None,
        )  # fmt: skip
        if detention is not None:
            before = [] if is_sentence else self.history.list_provisional()
            self.history.detentions[detention.id] = model.Detention(
                kind, day, "CC1", model.MONTHS[self.history.age][offence_class], term=self.history.sentences.get(pk),
                before=before,
            )  # fmt: skip
            if pk is not None:
                self.history.sentences[pk].detentions.append(self.history.detentions[detention.id])
            self.history.detain_held()

    @precondition(lambda self: self.history.detentions)
    @rule(data=some.data(), hours=WAIT, months=some.integers(1, 8), reason=some.sampled_from(("other", "died")),
          kind=some.sampled_from(("extension", "transfer", "escape", "recapture", "end")))  # fmt: skip
    def step_in_prison(self, data, hours, months, reason, kind):
        day, pk = self.advance(hours), data.draw(some.sampled_from(sorted(self.history.detentions)))
        expected = self.history.detentions[pk]
        is_extension = kind == "extension" and expected.kind == "provisional"
        is_impossible = {"escape": expected.escaped, "recapture": not expected.escaped}.get(kind)
        extra = {"extension": {"months": months}, "transfer": {"prison": db.session.get(Prison, "CC3")},
                "end": {"reason": reason}}  # fmt: skip
        done = self.enter(
            expected.ended or is_impossible, DetentionStep, detention=db.session.get(Detention, pk),
            kind=kind, done_on=day, document_no=NO, **extra.get(kind, {}),
        )  # fmt: skip
        if done is None:
            return
        if is_extension:
            expected.extended += months
        elif kind == "transfer":
            expected.prison = "CC3"
        elif kind == "escape":
            expected.escaped = day
        elif kind == "recapture":
            expected.at_large, expected.escaped = expected.at_large + (day - expected.escaped).days, None
        elif kind == "end":
            expected.ended, expected.how = day, reason

    @rule(hours=WAIT, verdict=some.sampled_from(("convicted", "acquitted", "non_suit")))
    def judge(self, hours, verdict):
        judgment = self.enter(
            False, Judgment, involvement=self.involvement, court=self.court, court_no=NO, verdict=verdict,
            decided_on=self.advance(hours),
        )  # fmt: skip
        self.history.judgments[judgment.id] = model.Judgment(
            verdict != "convicted", judgment.decided_on, all=self.history.judgments
        )

    @precondition(lambda self: self.history.judgments)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("notified", "appeal", "final", "set_aside")))
    def step_after_judgment(self, data, hours, kind):
        day, pk = self.advance(hours), data.draw(some.sampled_from(sorted(self.history.judgments)))
        self.enter(
            False, JudgmentStep, judgment=db.session.get(Judgment, pk), kind=kind, done_on=day, document_no=NO
        )
        if kind == "final":
            self.history.judgments[pk].final = day
        elif kind == "set_aside":
            self.history.judgments[pk].set_aside = True

    @precondition(lambda self: self.history.judgments)
    @rule(data=some.data(), months=some.integers(0, 90), credit=some.integers(0, 40))
    def sentence(self, data, months, credit):
        pk = data.draw(some.sampled_from(sorted(self.history.judgments)))
        judgment = db.session.get(Judgment, pk)
        starts = judgment.decided_on
        sentence = self.enter(
            self.history.judgments[pk].clears or not months, Sentence, judgment=judgment, kind="prison",
            months=months, starts_on=starts, credit_days=credit,
        )  # fmt: skip
        if sentence is not None:
            self.history.sentences[sentence.id] = model.Term(
                starts, months, credit, self.history.judgments[pk]
            )

    @precondition(lambda self: self.history.sentences)
    @rule(data=some.data(), hours=WAIT, days=some.integers(0, 200),
          kind=some.sampled_from(("reduction", "pardon", "amnesty", "proposal")))  # fmt: skip
    def change_sentence(self, data, hours, days, kind):
        pk = data.draw(some.sampled_from(sorted(self.history.sentences)))
        change = self.enter(
            kind in ("reduction", "amnesty") and not days, SentenceChange, kind=kind, days=days, document_no=NO,
            sentence=db.session.get(Sentence, pk), done_on=self.advance(hours),
        )  # fmt: skip
        term, day = self.history.sentences[pk], self.at.date()
        if change is not None and kind == "pardon" and not days:
            term.remitted = min(term.remitted or day, day)
        elif change is not None and kind != "proposal":
            term.days_off += days

    @precondition(lambda self: self.history.detentions)
    @rule(data=some.data(), hours=WAIT, until=some.none() | some.integers(-20, 20),
          kind=some.sampled_from(("end_of_term", "parole", "supervision", "pardon")))  # fmt: skip
    def release(self, data, hours, until, kind):
        day, pk = self.advance(hours), data.draw(some.sampled_from(sorted(self.history.detentions)))
        detention = self.history.detentions[pk]
        ends = self.now.date() + until * DAY if until is not None else None
        has_no_end = kind in ("parole", "supervision") and ends is None
        release = self.enter(
            detention.ended or has_no_end, Release, detention=db.session.get(Detention, pk), released_on=day,
            kind=kind, document_no=NO, supervised_until=ends, reports_to=self.unit if ends else None,
        )  # fmt: skip
        if release is not None:
            detention.ended, detention.how = day, kind
            self.history.releases[release.id] = model.Release(kind, ends, day, detention)

    @precondition(lambda self: self.history.releases)
    @rule(data=some.data(), hours=WAIT, kind=some.sampled_from(("visit", "missed", "end")))
    def follow_up(self, data, hours, kind):
        day, pk = self.advance(hours), data.draw(some.sampled_from(sorted(self.history.releases)))
        expected = self.history.releases[pk]
        release = db.session.get(Release, pk)
        done = self.enter(
            expected.ended, SupervisionStep, release=release, kind=kind, done_on=day, document_no=NO
        )  # fmt: skip
        if done is not None and kind == "end":
            expected.ended = day

    @precondition(lambda self: self.history.died is None)
    @rule(hours=WAIT)
    def die(self, hours):
        self.history.died = self.advance(hours)
        confirm_death(self.involvement.person, self.history.died)

    @invariant()
    def stored_state_matches_the_model(self):
        if not hasattr(self, "history"):
            return
        history, today = self.history, self.now.date()
        order_effects.apply_acquittals(db.session())  # runs before every commit; the test never commits
        history.apply_acquittal(dates.now())
        for pk, one in history.orders.items():
            assert db.session.get(CourtOrder, pk).status == one.state()
        for pk, one in history.custodies.items():
            row = db.session.get(Custody, pk)
            assert (row.limit_at, row.ended_at, row.outcome) == (one.limit, one.ended, one.outcome)
            assert _is_over(deadline_alerts.list_custody_alerts(row), self.now) is (one.limit <= self.now)
        for pk, one in history.detentions.items():
            row = db.session.get(Detention, pk)
            stored = row.due_on, row.ended_on, row.end_reason, row.escaped, row.prison_code
            assert stored == (one.due, one.ended, one.how, one.escaped is not None, one.prison)
            if one.due is not None:
                assert _is_over(deadline_alerts.list_detention_alerts(row), self.now) is (one.due < today)
        for pk, one in history.judgments.items():
            final = db.session.get(Judgment, pk).final_on
            assert final == (one.final if one.is_final else None)
        for pk, one in history.sentences.items():
            assert db.session.get(Sentence, pk).expected_on == one.ends
        for pk, one in history.releases.items():
            row = db.session.get(Release, pk)
            assert (row.supervised_until, row.ended_on) == (one.until, one.ended)
        assert (self.involvement.ended_on is not None) is history.is_cleared()
        person = self.involvement.person_id
        row = status.get_statuses(db.session, [person]).get(person)
        assert (row.status if row is not None else None) == history.status(today)
        case_status.set_implied_statuses(db.session())
        assert case_status.find_drift(db.session.connection()) == []
        assert status.find_drift(db.session.connection())[1] == []
        assert deadline_index.find_drift(db.session.connection()) == []
        assert consistency_check.find_drift(db.session.connection()) == []


def _load_facts(record):
    """Return the facts as a form loads them, but look for other custodies in the session of the test."""
    if isinstance(record, OrderEvent):
        return orders.load_event_facts(record)
    facts = queries.load_facts(record)
    if isinstance(record, Custody):
        return replace(
            facts,
            overlapping=queries.find_overlapping(queries.find_other_custodies(db.session, record), record),
        )
    if isinstance(record, Detention) and record.person is not None:
        return replace(facts, open_detentions=queries.find_open_detentions(db.session, record))
    return facts


def _is_over(alerts, now):
    return any(one.name.startswith(deadline_alerts.OVER) and one.at <= now for one in alerts)


def test_custody_state_matches_model_after_any_steps(db_session, each_database):
    run_state_machine_as_test(CustodyMachine, settings=machine_settings(RUNS, STEPS))
