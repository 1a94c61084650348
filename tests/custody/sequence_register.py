"""Two people in E-Crime and in a model, for tests of sequences of acts: each act is entered in both, and the states compared.

An act that E-Crime refuses does not count in the model either; `test_custody_machine` compares what is refused.
"""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import count, groupby
from types import SimpleNamespace

from sqlalchemy import select

from app.accounts.models import User
from app.cases import court_findings
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.numbering import next_numbers
from app.corrections.correctable_records import find_problems
from app.corrections.errors import ActionRefused
from app.court_orders import consistency_check as order_check
from app.court_orders.arrest_link_views import link_arrest
from app.court_orders.match_answers import record_answer
from app.court_orders.matches import ANSWERS
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.court_orders.models.matches import OPEN_STATES
from app.custody import consistency_check, deadline_index
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
from app.duplicates import actions, merge_rows
from app.duplicates.models import MERGE, UNDO_MERGE, PersonMerge
from app.extensions import db
from app.imports import cases as imported_cases
from app.imports import orders as imported_orders
from app.imports.entries import Entry
from app.kernel.actor import UNRESTRICTED, Actor, act_as, actor_of
from app.kernel.audit import verify_rows
from app.kernel.schema import bulk_save
from app.kernel.schema.record_lock import exempt_changes
from app.kernel.schema.rules import ERROR, RuleViolation, check_rules
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from app.reference.models import Court, Offence, Place, Prison, Unit
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import add_event, make_order
from tests.custody.sequence_model import World
from tests.custody.test_custody_machine import NO, _load_facts
from tests.people.sample_deaths import confirm_death, decide
from tests.sample_rows import (
    BATTAMBANG,
    PHNOM_PENH,
    THEFT,
    acting_as,
    add_registered_case,
    make_registered_person,
)

CASES = ((0, "clerk.bb", {}), (0, "clerk.pp", {"place": PHNOM_PENH}), (1, "clerk.pp", {"place": PHNOM_PENH}))
MODELS = {
    "order": CourtOrder, "recall": OrderEvent, "arrest": Arrest, "custody": Custody, "custody_step": CustodyStep,
    "detention": Detention, "detention_step": DetentionStep, "judgment": Judgment, "judgment_step": JudgmentStep,
    "sentence": Sentence, "sentence_change": SentenceChange, "release": Release, "supervision_step": SupervisionStep,
    "death": DeathReport, "replacement": OrderEvent, "acquittal": OrderEvent, "restoration": OrderEvent, "notice": OrderEvent,
    "rejected_end": OrderEvent, "revival": OrderEvent, "note": OrderEvent, "link": OrderEvent, "return": OrderEvent, "offence": CaseOffence, "involvement": Involvement,
}  # fmt: skip
TABLES = [one.__table__ for one in (Case, Person, *dict.fromkeys(MODELS.values()))]
# The day or moment of an act that an officer may have entered wrongly.
DATES = {
    "arrest": "at", "custody": "arrived_at", "custody_step": "at", "detention": "since", "detention_step": "done_on",
    "judgment": "decided_on", "judgment_step": "done_on", "sentence": "starts_on", "sentence_change": "done_on",
    "release": "released_on", "supervision_step": "done_on",
}  # fmt: skip
# What E-Crime computes: name → kind of act and columns.
STORED = {
    "order": ("order", ["status"]), "arrest": ("arrest", ["awaits_custody"]), "custody": ("custody", ["ended_at", "outcome"]),
    "limit": ("custody", ["limit_at"]), "detention": ("detention", ["ended_on", "end_reason", "escaped", "due_on"]),
    "sentence": ("sentence", ["expected_on"]), "judgment": ("judgment", ["final_on", "contested_on"]),
}  # fmt: skip
OFFENCES = (THEFT, "PC2009-377-378")  # of each case at its registration
MORE_OFFENCES = ("PC2009-217", "PC2009-380")  # that are added later, or are those of an imported case
# What an officer notes on an order without an effect on its state: kind → what the note needs.
NOTES = {
    "assigned": {}, "attempt": {"result": "not_found"}, "seen": {}, "validated": {}, "notice": {"notice_kind": "national"},
}  # fmt: skip
# Encounters with a person, which are reported to the units in charge of the orders against the person.
CONTACTS = ("arrest", "custody", "detain", "release", "follow_up", "import_case")
# These replace an earlier act or undo it, so the acts before them stay before them.
BARRIERS = (
    "void", "merge", "unmerge", "correct_birth", "restore", "move_order", "correct_day", "correct_case_day", "correct_class",
    "end_check", "identify", "add_offence", "withdraw", "correct_decision", "revive",
)  # fmt: skip
accepted = Counter()  # kinds of acts that E-Crime accepted


class Key(int):
    """The number of an act, by which later acts name it."""


def begin_of_day(moment):
    """Return the value of a day without a time."""
    return datetime.combine(moment.date(), time())


made = count()  # other people have other documents


def add_two_people():
    """Add two people and their three cases. Return the beginning and end of the time of their acts, their document
    numbers and ids, and (id of the case, id of the involvement) of each case.
    """
    now = dates.now().replace(second=0, microsecond=0)
    start = datetime.combine(now.date() - timedelta(days=1500), time(8))
    people = [make_registered_person(next(made), born_on=birthday(start, 30)) for _number in range(2)]
    cases = []
    for person, writer, place in CASES:
        with acting_as(writer):
            case = add_registered_case(
                people=[(people[person], "suspect")], occurred_from=start, occurred_to=None,
                reported_at=start, late_reason="reported_late", **place,
            )  # fmt: skip
            case.offences.append(CaseOffence(offence=db.session.get(Offence, OFFENCES[1]), attempt=False))
            db.session.flush()
        cases.append((case.id, case.involvements[0].id))
    numbers, ids = [person.documents[0].number for person in people], [one.id for one in people]
    db.session.commit()
    return start, now, numbers, ids, cases


def birthday(start, age):
    return date(start.year - age - 1, 12, 31)


class Register:
    """Two people in E-Crime and in the model. Each method enters one act and returns whether it was accepted."""

    def __init__(self, reset, two_people=None):
        """`reset()` begins a new session; `two_people` is what `add_two_people` returned."""
        reset()
        self.reset = reset
        officer = db.session.execute(select(User.id, User.unit_code).where(User.username == "clerk.bb")).one()
        act_as(db.session, Actor(officer.id, officer.unit_code, scope=UNRESTRICTED))
        self.start, now, self.numbers, self.people, self.cases = two_people or add_two_people()
        self.model = World(self.start, now, {0: 30, 1: 30})
        self.pks, self.merge_id, self.done, self.answers = {}, None, [], {}
        for key, (person, _writer, _place) in enumerate(CASES):
            self.model.add("involvement", -1 - key, self.start, owner=person, case=key, imported=False)
            rows = select(CaseOffence.id).where(CaseOffence.case_id == self.cases[key][0])
            for number, pk in enumerate(db.session.scalars(rows.order_by(CaseOffence.id)).all()):
                self.pks[self.offence_key(key, number)] = pk
                self.model.add(
                    "offence", self.offence_key(key, number), self.start, case=key, code=OFFENCES[number]
                )

    @property
    def unit(self):
        return db.session.get(Unit, "PC-02")

    @property
    def court(self):
        return db.session.get(Court, "CFI-02")

    @property
    def place(self):
        return db.session.get(Place, BATTAMBANG)

    @staticmethod
    def offence_key(case, number):
        """Return the key of an offence that a case has from its registration."""
        return Key(-10 - len(OFFENCES) * case - number)

    def moment(self, day, key):
        """Return a moment of a day. Each act has a minute of its own."""
        return self.start + timedelta(days=day, minutes=key % 500)

    def number(self, key):
        """Return the number of an order: no two of a court have the same."""
        return f"{key}-{self.people[0]}/26"

    def get(self, key):
        return db.session.get(MODELS[self.model.acts[key].kind], self.pks[key])

    def case(self, key):
        case_id, involvement_id = self.cases[key]
        return next(one for one in db.session.get(Case, case_id).involvements if one.id == involvement_id)

    def save(self, build):
        """Save and commit the record that `build()` returns. Returns its id, or None if a rule refuses it."""
        try:
            record = build()
            if record not in db.session or record.id is None:
                with db.session.no_autoflush:
                    record.update_derived()
                self.check_rules(record)
                db.session.add(record)
            db.session.commit()
        except (RuleViolation, ActionRefused):
            db.session.rollback()
            return None
        return record.id

    def do(self, name, arguments):
        """Enter an act, and remember it if it is accepted. Returns whether it is."""
        is_accepted = getattr(self, name)(*arguments)
        if is_accepted:
            self.done.append((name, arguments))
            if name in CONTACTS:
                self.check_notified(self.model.acts[arguments[0]])
        return is_accepted

    def enter_again(self, act):
        """Enter an act of the same two people in another register, once what it belongs to was entered."""
        name, arguments = act
        has_no_key = ("void", "withdraw", "correct_class", "correct_decision", "end_check", "identify")
        named = arguments if name in has_no_key else arguments[1:]
        needed = [value for value in named if isinstance(value, Key)]
        return all(one in self.pks for one in needed) and self.do(name, arguments)

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
                number=self.number(key), kind=kind, issued_on=issued, received_on=issued,
                case=involvement.case if linked else None,
            )  # fmt: skip
            add_event(order, "checked", person=involvement.person, at=self.model.now)
            return order

        at = datetime.combine(issued, time())
        values = {"owner": self.owner(case), "order_kind": kind, "imported": (None, None), "code": THEFT}
        values["case"] = case if linked else None
        return self.enter("order", key, day, build, at=at, **values)

    def refuse(self, key, day, case):
        """Enter an order that the second officer does not accept."""
        issued, named = self.moment(day, key).date(), self.case(case).case

        def build():
            order = make_order(number=self.number(key), issued_on=issued, received_on=issued, case=named)
            add_event(order, "rejected", at=self.model.now, reason="ខុស")
            return order

        values = {
            "owner": None,
            "order_kind": "arrest",
            "imported": ("rejected", None),
            "case": case,
            "code": THEFT,
        }
        return self.enter("order", key, day, build, at=datetime.combine(issued, time()), **values)

    def import_order(self, key, day, case, state, known="time"):
        """Import an order of an earlier system, with the state that it has there. The person is known by a document.

        `known` is what the file says of the execution: its time, its day or nothing. A recall has the date of its document.
        """
        issued, person = self.moment(day, key).date(), self.case(case).person
        later = issued + timedelta(days=30)
        row = {
            "order.old": f"W{key}", "order.number": self.number(key), "order.kind": "arrest", "order.issuer": "investigating_judge",
            "order.issuer_name": "ម", "order.signed": True, "order.sealed": True, "order.court": self.court,
            "order.issued_on": issued, "order.received_on": issued, "order.offence": db.session.get(Offence, THEFT),
            "order.offence_class": "misdemeanour", "order.surname_km": person.surname_km,
            "order.given_km": person.given_km, "order.surname_latin": person.surname_latin,
            "order.given_latin": person.given_latin, "order.state": state, "document.kind": "national_id",
            "document.number": self.numbers[CASES[case][0]], "document.country": "KH",
        }  # fmt: skip
        if state in ("executed", "returned"):
            row |= {"act.officer": "ម", "act.place": self.place}
            if known == "time":
                row |= {"act.at": datetime.combine(later, time(9))}
            elif known == "day":
                row |= {"act.at": datetime.combine(later, time()), "act.time_unknown": True}
        elif state == "recalled":
            row |= {"act.document_no": NO, "act.document_date": later}

        def build():
            return db.session.get(CourtOrder, self.build_import(imported_orders, row).id)

        # An execution of an unknown day counts from the day of the order.
        days = {
            "time": datetime.combine(later, time(9)),
            "day": datetime.combine(later, time.max),
            "unknown": datetime.combine(issued, time()),
        }
        owner = self.owner(case) if state != "recalled" else None  # not compared with a person yet
        values = {
            "owner": owner,
            "order_kind": "arrest",
            "case": None,
            "imported": (state, days[known]),
            "code": THEFT,
        }
        if later > self.model.today:
            return False
        return self.enter("order", key, day, build, at=datetime.combine(issued, time()), **values)

    def import_case(self, key, day, case, role):
        """Import a case of an earlier system about the person of a case, who is known by a document."""
        at, found = self.moment(day, key), self.case(case).person
        row = {
            "case.old": f"C{key}", "case.occurred_from": at, "case.reported_at": at, "case.report_kind": "complaint",
            "case.place_kind": "shop", "case.summary": "ចោរលួចទូរស័ព្ទនៅផ្សារ", "case.status": "open", "case.place": self.place,
            "offence.offence": db.session.get(Offence, MORE_OFFENCES[1]), "offence.attempt": False, "involvement.role": role,
            "involvement.injury": "none", "person.surname_km": found.surname_km, "person.given_km": found.given_km,
            "person.sex": found.sex, "document.kind": "national_id", "document.number": self.numbers[CASES[case][0]],
            "document.country": "KH",
        }  # fmt: skip

        def build():
            case = self.build_import(imported_cases, row)
            return db.session.scalars(select(Involvement).where(Involvement.case_id == case.id)).one()

        values = {
            "owner": self.owner(case),
            "case": f"imported {key}",
            "imported": True,
            "accused": role != "witness",
            "code": MORE_OFFENCES[1],
        }
        return self.enter("involvement", key, day, build, at=at, **values)

    def build_import(self, module, row):
        """Build and save the records of a row of a file as an import does. Returns the main record."""
        with acting_as("clerk.bb") as first, acting_as("chief.bb") as second:
            profile = SimpleNamespace(source=f"old {self.people[0]}", kind="cases")
            entry = Entry([(1, row)], values=[row])
            module.build_entries(profile, [entry], (first.id, second.id), dates.now())
            if entry.is_wrong:
                raise RuleViolation(entry.problems)
            with db.session.no_autoflush:
                if isinstance(entry.built.lead, Case):
                    (entry.built.lead.number,) = next_numbers(BATTAMBANG, dates.now().year, 1)
                records = bulk_save.save_new(db.session(), entry.built.records)
            bulk_save.clear_collections(records)
        return entry.built.lead

    def add_offence(self, key, case, number):
        """Add an offence to a case."""

        def build():
            offence = db.session.get(Offence, MORE_OFFENCES[number])
            row = CaseOffence(case=self.case(case).case, offence=offence, attempt=False)
            db.session.add(row)
            self.refuse_errors(find_problems(row))
            db.session.flush()
            return row

        return self.enter("offence", key, 0, build, at=self.model.now, case=case, code=MORE_OFFENCES[number])

    def withdraw(self, of):
        """Take back an own row of a case that no other record needs."""

        def build():
            row = self.get(of)
            withdraw(row, "បញ្ចូលច្រឡំ", actor_of(db.session).user_id)
            db.session.flush()
            return row

        if self.model.acts[of].void or self.save(build) is None:
            return False
        self.model.void(of)
        accepted["withdrawal"] += 1
        return True

    def correct_decision(self, of, value):
        """Correct what a court has decided, or how a custody ended."""
        name, given = {"judgment": ("verdict", "verdict"), "custody_step": ("outcome", "how")}[
            self.model.acts[of].kind
        ]

        def build():
            record = self.get(of)
            setattr(record, name, value)
            if name == "outcome":
                record.to_unit = self.find_receiver(value)
            self.check_rules(record)
            db.session.flush()
            return record

        if self.save(build) is None:
            return False
        self.model.acts[of].given[given] = value
        accepted["decision"] += 1
        return True

    def correct_case_day(self, case, days):
        """Correct the day of the offence of a case."""
        change = timedelta(days=days)

        def build():
            record = self.case(case).case
            before = {(one.rule, one.field) for one in find_problems(record)}
            record.occurred_from += change
            with db.session.no_autoflush:
                problems = [one for one in find_problems(record) if (one.rule, one.field) not in before]
            self.refuse_errors(problems)
            db.session.flush()
            return record

        if self.save(build) is None:
            return False
        self.model.acts[-1 - case].at += change
        accepted["case day"] += 1
        return True

    def correct_class(self, of, offence_class):
        """Correct the class of the offence for which a person is held."""

        def build():
            record = self.get(of)
            record.offence_class = offence_class
            self.check_rules(record)
            db.session.flush()
            return record

        if self.save(build) is None:
            return False
        self.model.acts[of].given["offence_class"] = offence_class
        accepted["class"] += 1
        return True

    def end_check(self, of):
        """Void the identification of the person of an order, which was wrong."""

        def build():
            checks = [one for one in self.get(of).acts if one.kind == "checked" and not one.is_void]
            if not checks:
                raise RuleViolation([])
            return void_record(checks[0])

        if self.save(build) is None:
            return False
        self.model.end_check(of)
        accepted["void check"] += 1
        return True

    def identify(self, of, person):
        """Identify the person of an order again, perhaps another one."""

        def build():
            event = add_event(self.get(of), "checked", person=self.survivor(person), at=self.model.now)
            self.check_rules(event)
            return event

        if self.save(build) is None:
            return False
        self.model.identify(of, 0 if self.model.moved is not None else person)
        accepted["second check"] += 1
        return True

    def answer(self, key, of, kind):
        """Answer the first open match on an order, as the unit in charge."""
        match = db.session.scalars(
            select(OrderMatch)
            .where(OrderMatch.order_id == self.pks[of], OrderMatch.state.in_(OPEN_STATES))
            .order_by(OrderMatch.id)
        ).first()
        if match is None:
            return False
        minutes = 30 if kind == "match_extended" else None

        def build():
            record_answer(db.session, match, kind, "ម្នាក់", minutes, compared=True)
            return match

        if self.save(build) is None:
            return False
        self.answers[match.id] = kind
        accepted[kind] += 1
        return True

    def recall(self, key, day, of):
        at = self.moment(day, key)
        return self.enter("recall", key, day, lambda: self.add_act(of, "recalled", at), of=of, effective=at)

    def replace(self, key, day, of, by):
        """Let another order about the same person replace an order."""
        at = self.moment(day, key)

        def build():
            return self.add_act(of, "replaced", at, by_order=self.get(by))

        return self.enter("replacement", key, day, build, of=of, by=by, effective=at)

    def acquit(self, key, day, of):
        """Enter the acquittal on an order: it names no case, so that no judgment suspends it."""
        at = self.moment(day, key)
        return self.enter("acquittal", key, day, lambda: self.add_act(of, "acquitted", at), of=of)

    def restore(self, key, day, of):
        at = self.moment(day, key)
        return self.enter("restoration", key, day, lambda: self.add_act(of, "restored", at), of=of)

    def notify_death(self, key, day, of):
        """Enter the notice of a confirmed death on an order."""
        at = self.moment(day, key)
        return self.enter("notice", key, day, lambda: self.add_act(of, "died", at), of=of)

    def revive(self, key, day, of):
        """Enter on an order that the notice of death was wrong."""
        at = self.moment(day, key)
        return self.enter("revival", key, day, lambda: self.add_act(of, "revived", at), of=of)

    def note(self, key, day, of, kind):
        """Enter what changes no state: an attempt, a sighting, a validation, a notice or another unit in charge."""
        at, given = self.moment(day, key), dict(NOTES[kind])
        given |= {"place": self.place} if kind == "seen" else {}
        given |= {"to_unit": self.unit} if kind == "assigned" else {}
        return self.enter("note", key, day, lambda: self.add_act(of, kind, at, **given), of=of)

    def give_back(self, key, day, of):
        """Enter the return of an order to the court."""
        at = self.moment(day, key)
        return self.enter("return", key, day, lambda: self.add_act(of, "returned", at), of=of)

    def correct_day(self, of, days):
        """Correct the day of an act."""
        name, change = DATES[self.model.acts[of].kind], timedelta(days=days)

        def build():
            record = self.get(of)
            setattr(record, name, getattr(record, name) + change)
            self.check_rules(record)
            db.session.flush()
            return record

        if self.save(build) is None:
            return False
        self.model.acts[of].at += change
        accepted["day"] += 1
        return True

    def reject_end(self, key, day, of):
        """Enter a recall that the second officer rejects."""
        at = self.moment(day, key)

        def build():
            event = self.add_act(of, "recalled", at, second=None)
            if not event.awaits_confirmation:
                raise RuleViolation([])
            decide(event, "chief.bb", "rejected", "ច្រឡំ")
            return event

        return self.enter("rejected_end", key, day, build, of=of)

    def add_act(self, of, kind, at, **given):
        event = add_event(self.get(of), kind, at=at, document_no=NO, document_date=at.date(), **given)
        self.check_rules(event)
        return event

    def check_rules(self, record):
        with db.session.no_autoflush:
            self.refuse_errors(check_rules(record.__rules__, record, _load_facts(record)))

    @staticmethod
    def refuse_errors(problems):
        if any(one.severity == ERROR for one in problems):
            raise RuleViolation(problems)

    def link(self, key, of, order):
        """Link an arrest that names no order to the order that it has executed."""

        def build():
            linked = link_arrest(self.get(order), self.pks[of])
            if linked is None:
                raise RuleViolation([])
            db.session.flush()
            return linked

        return self.enter("link", key, 0, build, of=of, order=order)

    def move_order(self, of, case):
        """Correct the case of an order; None for an order that names no case."""

        def build():
            order = self.get(of)
            with exempt_changes(db.session, {}):
                order.case = self.case(case).case if case is not None else None
            return order

        if self.save(build) is None:
            return False
        self.model.acts[of].given["case"] = case
        accepted["move"] += 1
        return True

    def arrest(self, key, day, case, of, timeless=False):
        involvement, at = self.case(case), self.moment(day, key)
        at = begin_of_day(at) if timeless else at
        order = self.get(of) if of is not None else None
        fields = (
            {"ground": "warrant", "order": order, "match_reason": "ម", "place": self.place}
            if order is not None
            else {"ground": "flagrant"}
        )

        def build():
            return Arrest(
                involvement=involvement, at=at, time_unknown=timeless, by_unit=self.unit, officers="ម", **fields
            )  # fmt: skip

        values = {"owner": self.owner(case), "case": case, "order": of, "timeless": timeless}
        return self.enter("arrest", key, day, build, at=at, **values)

    def custody(self, key, hours, of, offence_class, timeless=False):
        at = self.model.acts[of].at + timedelta(hours=hours)
        at = begin_of_day(at) if timeless else at

        def build():
            return Custody(
                arrest=self.get(of), held_by=self.unit, arrived_at=at, time_unknown=timeless, offence_class=offence_class
            )  # fmt: skip

        return self.enter(
            "custody", key, 0, build, at=at, of=of, offence_class=offence_class, timeless=timeless
        )

    def find_receiver(self, how):
        """Return the unit that receives the person of a transfer, or None for another end of a custody."""
        return db.session.get(Unit, "PC-12") if how == "transferred" else None

    def custody_step(self, key, hours, of, kind, how, timeless=False):
        at = self.model.acts[of].at + timedelta(hours=hours, minutes=1)
        at = begin_of_day(at) if timeless else at
        end = {"outcome": how, "to_unit": self.find_receiver(how)}
        extra = {"extension": {"document_no": NO, "who": "ម", "hours": 24}, "end": end}.get(kind, {})

        def build():
            return CustodyStep(custody=self.get(of), kind=kind, at=at, time_unknown=timeless, **extra)

        values = {"of": of, "step": kind, "how": how, "timeless": timeless}
        return self.enter("custody_step", key, 0, build, at=at, **values)

    def detain(self, key, day, case, of):
        involvement, since = self.case(case), self.moment(day, key).date()
        kind = "sentence" if of is not None else "provisional"

        def build():
            return Detention(
                involvement=involvement, kind=kind, since=since, document_no=NO, document_date=since,
                first_prison=db.session.get(Prison, "CC1"), court=self.court, offence_class=None if of else "felony",
                sentence=self.get(of) if of is not None else None,
            )  # fmt: skip

        values = {
            "owner": self.owner(case), "case": case, "held": kind, "sentence": of,
            "offence_class": None if of is not None else "felony",
        }  # fmt: skip
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

    def judge(self, key, day, case, verdict, offence=None):
        """Enter a judgment about one offence of the case, or about all."""
        involvement, at = self.case(case), self.moment(day, key)

        def build():
            return Judgment(
                involvement=involvement,
                court=self.court,
                court_no=f"{key}/26",
                verdict=verdict,
                decided_on=at.date(),
                case_offence=self.get(offence) if offence is not None else None,
            )

        values = {"owner": self.owner(case), "case": case, "verdict": verdict, "offence": offence}
        return self.enter("judgment", key, day, build, **values)

    def judgment_step(self, key, days, of, kind):
        at = self.model.acts[of].at + timedelta(days=days)

        def build():
            return JudgmentStep(judgment=self.get(of), kind=kind, done_on=at.date(), document_no=NO)

        return self.enter("judgment_step", key, 0, build, at=at, of=of, step=kind)

    def sentence(self, key, of, kind, months, credit, suspended=0):
        judgment = self.model.acts[of]
        term = {"months": months, "suspended_months": suspended or None} if kind == "prison" else {}

        def build():
            return Sentence(
                judgment=self.get(of), kind=kind, starts_on=judgment.day, credit_days=credit, **term
            )

        values = {"of": of, "penalty": kind, "months": months, "credit": credit, "suspended": suspended}
        return self.enter("sentence", key, 0, build, at=judgment.at, **values)

    def change_sentence(self, key, after, of, kind, days, years):
        at = self.model.acts[of].at + timedelta(days=after)

        def build():
            return SentenceChange(
                sentence=self.get(of),
                kind=kind,
                done_on=at.date(),
                document_no=f"{key}/26",
                days=days,
                years=years,
            )

        values = {"of": of, "change": kind, "days": days, "years": years}
        return self.enter("sentence_change", key, 0, build, at=at, **values)

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
            with exempt_changes(db.session, {}):
                found.born_on = birthday(self.start, age)
            return found

        if self.save(build) is None:
            return False
        self.model.ages[0 if self.model.moved is not None else person] = age
        accepted["birth"] += 1
        return True

    def void(self, of):
        """Void an act as a correction does, with what belongs to it."""

        if self.model.acts[of].void or self.save(lambda: void_record(self.get(of))) is None:
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
            elif one.kind == "arrest":
                found["arrest", key] = model.is_arrest_open(one)
            elif one.kind == "custody":
                found["custody", key] = model.custody_end(one)
            elif one.kind == "detention":
                found["detention", key] = (
                    *model.detention_end(one), model.escaped_on(one) is not None, model.due_on(one),
                )  # fmt: skip
            elif one.kind == "sentence":
                found["sentence", key] = model.release_on(one)
            elif one.kind == "judgment":
                found["judgment", key] = model.final_on(one), model.contested_on(one)
            elif one.kind == "involvement" and one.given.get("accused", True):
                found["role", key] = model.role(one.owner, one.case)
        return found

    def stored(self):
        statuses = status.get_statuses(db.session, self.people)
        merged = self.model.moved is not None
        found = {}
        for person in (0,) if merged else (0, 1):
            row = statuses.get(self.people[person])
            found["status", person] = row.status if row is not None else None
        rows = {
            self.pks[key] if key in self.pks else self.cases[-1 - key][1]: key
            for key in self.find("involvement")
        }
        roles = court_findings.load_current_roles(list(rows))
        found |= {("role", rows[pk]): role for pk, role in roles.items() if self.model.acts[rows[pk]].counts}
        kept = {key: one for key, one in self.model.acts.items() if one.counts and key in self.pks}
        for name, (kind, columns) in STORED.items():
            keys = {self.pks[key]: key for key, one in kept.items() if one.kind == kind}
            row = MODELS[kind].__table__.c
            rows = select(row.id, *(row[column] for column in columns)).where(row.id.in_(keys))
            for pk, *values in db.session.execute(rows):
                found[name, keys[pk]] = tuple(values) if len(values) > 1 else values[0]
        return found

    def compare(self):
        stored, expected = self.stored(), self.expected()
        pairs = {key: (stored.get(key, "-"), expected.get(key, "-")) for key in {*stored, *expected}}
        different = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        assert not different, (different, self.done)
        self.check_matches()

    def check_matches(self):
        """Check that only orders that are searched for wait for an answer, and that an answer stays as it was given."""
        orders = {self.pks[key]: self.model.acts[key] for key in self.find("order")}
        row = OrderMatch.__table__.c
        found = select(row.id, row.order_id, row.state).where(row.order_id.in_(orders)).order_by(row.id)
        for pk, order_id, state in db.session.execute(found):
            if state in OPEN_STATES:
                assert self.model.raises_matches(orders[order_id]), ("open match", orders[order_id])
            given = self.answers.get(pk)
            if given is not None and given != "match_extended":
                assert state == ANSWERS[given], (given, state)

    def check_notified(self, act):
        """Check that the units in charge of the orders against the person know of the encounter."""
        person, by = act.root.owner, act.given.get("order")
        if act.kind == "supervision_step" and act.step != "visit":
            return
        for order in self.model.find_sought(person, ("active", "died")):
            if order.key != by and (order.case is None or order.case != act.root.case):
                row = OrderMatch.__table__.c
                known = select(row.id).where(
                    row.order_id == self.pks[order.key], row.person_id == self.survivor(person).id,
                    row.state.in_((*OPEN_STATES, "confirmed")),
                )  # fmt: skip
                assert db.session.scalar(known.limit(1)) is not None, ("no match", order, act)

    def check(self):
        """Compare the records with the model, and each stored value with the acts."""
        self.compare()
        connection = db.session.connection()
        assert status.find_drift(connection)[1] == []
        assert deadline_index.find_drift(connection) == []
        found = [*consistency_check.find_drift(connection), *order_check.find_drift(connection)]
        assert found == [], found
        changed = [row for table in TABLES for row in verify_rows.tampered_rows(connection, table)]
        assert changed == [], "a row differs from its hash in the audit log"


def enter_in_another_order(register):
    """Enter the accepted acts for two other people in another order. If every act is accepted, the state is the same."""
    register.check()
    before = register.stored()
    done = [
        act for act in register.done if act[0] != "answer"
    ]  # an answer changes no status, and its match can be another one
    shuffle = random.Random(len(done)).shuffle
    other = Register(register.reset)
    for is_barrier, group in groupby(done, key=lambda act: act[0] in BARRIERS):
        waiting = list(group)
        if not is_barrier:
            shuffle(waiting)
        while waiting:
            refused = [act for act in waiting if not other.enter_again(act)]
            if len(refused) == len(waiting):
                accepted["refused permutation"] += 1
                return
            waiting = refused
    accepted["permutation"] += 1
    other.check()
    assert other.stored() == before
