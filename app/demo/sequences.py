"""Saves a few people with unusual sequences of acts: `python3 run.py demo` shows each of them at least once.

These rows are saved one by one as officers save them, so every hook and trigger sees them. The officers are of
Battambang.
"""
# unrestricted: reads and writes synthetic records
# commits: one transaction for each sequence

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

from sqlalchemy import exists, select

from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.corrections import actions as corrections
from app.corrections.models import CHANGE
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Sentence,
)
from app.duplicates import actions as duplicates
from app.extensions import db
from app.imports import orders as imported_orders
from app.imports.entries import Entry
from app.kernel.actor import UNRESTRICTED, Actor, act_as, actor_of
from app.kernel.database.transactions import commit, rollback
from app.kernel.text import dates
from app.people.deaths import DeathReport
from app.reference.models import Court, Prison, Unit

UNIT, COURT, APPEAL_COURT, PRISON = "PC-02", "CFI-02", "CA-02", "CC3"
CLERK, WARRANT, INVESTIGATOR, CHIEF = "clerk.bb", "warrant.bb", "investigator.bb", "chief.bb"
PLANNING, GROUP = "planning", "twg"
OFFICER, REASON = "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ", "តាមលិខិតរបស់តុលាការ"
MIN_AGE = timedelta(days=500)  # of a case: time for two courts


@contextmanager
def _as_officer(username):
    """Save everything in this block as that officer; yields the account."""
    user, before = _find_user(username), actor_of(db.session)
    act_as(db.session, Actor(user.id, user.unit_code, scope=UNRESTRICTED))
    yield user
    db.session.flush()
    act_as(db.session, before)


def _find_user(username):
    with db.session.no_autoflush:  # the record to save is not added yet
        return db.session.scalars(select(User).where(User.username == username)).unique().one()


def generate_sequences(report=print):
    """Save each sequence about another suspect without arrest and order; a sequence without a suspect is left out.

    The suspects of Battambang are for the sequences that only its chief can decide, and then for the others.
    """
    before, done = actor_of(db.session), 0
    own, others = _find_suspects(len(SEQUENCES))
    for sequence in SEQUENCES:
        suspects = own if sequence in DECIDED_BY_CHIEF or not others else others
        if not suspects:
            continue
        act_as(db.session, Actor(None, None, scope=UNRESTRICTED))
        suspect = db.session.get(Involvement, suspects.pop(0))
        sequence(suspect, suspect.case.occurred_from.date() + timedelta(days=20))
        commit()
        done += 1
    act_as(db.session, before)
    report(f"{done} sequences of acts")


def _find_suspects(count):
    """Return the keys of suspects of Battambang, and of other units; of each at most `count`, all of different people."""
    act_as(db.session, Actor(None, None, scope=UNRESTRICTED))
    people, found = set(), ([], [])
    for suspect in db.session.scalars(_select_suspects().limit(5 * count)).unique():
        keys = found[suspect.unit_code != UNIT]
        if suspect.person_id not in people and len(keys) < count:
            people.add(suspect.person_id)
            keys.append(suspect.id)
    return found


def _select_suspects():
    """Return the statement for adult suspects of an old case without arrest, order and judgment, of Battambang first."""
    unknown = [
        ~exists().where(model.person_id == Involvement.person_id) for model in (Arrest, CourtOrder, Judgment)
    ]
    found = select(Involvement).join(Case, Case.id == Involvement.case_id).where(
        Involvement.role == "suspect", Involvement.minor.is_(False), Involvement.voided_at.is_(None),
        Case.occurred_from < dates.now() - MIN_AGE, *unknown,
    )  # fmt: skip
    return found.order_by(Involvement.unit_code != UNIT, Involvement.id.desc())


def _save(username, record):
    with _as_officer(username):
        db.session.add(record)
    return record


def _judge(suspect, day, verdict="convicted", court=COURT):
    number = f"{suspect.id}/{day:%y}"
    return _save(CLERK, Judgment(involvement=suspect, court=db.session.get(Court, court), court_no=number,
                                 decided_on=day, verdict=verdict))  # fmt: skip


def _step(judgment, kind, day):
    number = f"{judgment.id}/{day:%y}"
    return _save(CLERK, JudgmentStep(judgment=judgment, kind=kind, done_on=day, document_no=number))


def _receive(suspect, day):
    """Save an arrest warrant that a second officer has checked, and return its id."""
    person = suspect.person
    order = CourtOrder(
        kind="arrest", number=f"{suspect.id}/{day:%y}", court=db.session.get(Court, COURT), issuer="investigating_judge",
        issuer_name="ចៅក្រម", issued_on=day, received_on=day, signed=True, sealed=True, case=suspect.case,
        offence=suspect.case.offences[0].offence, offence_class=suspect.case.offences[0].offence_class or "misdemeanour",
        surname_km=person.surname_km, given_km=person.given_km, surname_latin=person.surname_latin,
        given_latin=person.given_latin, sex=person.sex, nationality=person.nationality,
    )  # fmt: skip
    _save(WARRANT, order)
    _act(order.id, "checked", dates.now(), INVESTIGATOR, person=person)
    return order.id


def _act(order_id, kind, at, writer=WARRANT, **values):
    order = db.session.get(CourtOrder, order_id)  # a judgment releases its orders from the session
    event = _save(writer, OrderEvent(order=order, kind=kind, at=at.replace(microsecond=0), **values))
    if event.awaits_confirmation:
        with _as_officer(CHIEF):
            record_decision(event, CONFIRMED, "")
    return event


def _arrest(suspect, at):
    return _save(CLERK, Arrest(involvement=suspect, at=at, ground="flagrant", officers=OFFICER,
                               by_unit=db.session.get(Unit, UNIT)))  # fmt: skip


def _hold(arrest, at):
    offence_class = arrest.case.offences[0].offence_class or "misdemeanour"
    return _save(CLERK, Custody(arrest=arrest, held_by=db.session.get(Unit, UNIT), arrived_at=at,
                                offence_class=offence_class))  # fmt: skip


def _end(custody, at, outcome):
    return _save(CLERK, CustodyStep(custody=custody, kind="end", at=at, outcome=outcome))


def _detain(suspect, day):
    return _save(CLERK, Detention(
        involvement=suspect, kind="provisional", since=day, document_no=f"{suspect.id}/{day:%y}", document_date=day,
        first_prison=db.session.get(Prison, PRISON), court=db.session.get(Court, COURT), offence_class="misdemeanour",
    ))  # fmt: skip


def appeal(suspect, day):
    """Convicted, appealed, acquitted by the court of appeal."""
    first = _judge(suspect, day)
    _step(first, "notified", day + timedelta(days=2))
    _step(first, "appeal", day + timedelta(days=10))
    later = day + timedelta(days=120)
    _step(_judge(suspect, later, "acquitted", APPEAL_COURT), "final", later + timedelta(days=60))


def opposition(suspect, day):
    """Convicted in absence, opposed, set aside and judged again."""
    first = _judge(suspect, day)
    _step(first, "opposition", day + timedelta(days=12))
    _step(first, "set_aside", day + timedelta(days=60))
    _judge(suspect, day + timedelta(days=60))


def partial_suspension(suspect, day):
    """Sentenced to two years, of which 18 months are suspended."""
    judgment = _judge(suspect, day)
    _save(CLERK, Sentence(judgment=judgment, kind="prison", years=2, suspended_months=18, starts_on=day))


def hospital(suspect, day):
    """Sent from custody to a hospital, and back into custody on the same arrest."""
    at = datetime.combine(day, time(8))
    arrest = _arrest(suspect, at)
    _end(_hold(arrest, at + timedelta(hours=1)), at + timedelta(hours=9), "hospital")
    _end(_hold(arrest, at + timedelta(hours=20)), at + timedelta(hours=30), "to_prosecutor")


def escape(suspect, day):
    """Escaped from prison, caught again, and released by the court."""
    detention = _detain(suspect, day)
    for kind, days, reason in (("escape", 20, None), ("recapture", 35, None), ("end", 90, "other")):
        done_on = day + timedelta(days=days)
        step = {"kind": kind, "done_on": done_on, "document_no": f"{days}/{done_on:%y}", "reason": reason}
        _save(CLERK, DetentionStep(detention=detention, **step))


def death(suspect, day):
    """Wanted, and reported dead."""
    order_id = _receive(suspect, day)
    day += timedelta(days=90)
    report = DeathReport(
        person=suspect.person, died_on=day, document_no=f"{suspect.id}/{day:%y}", document_date=day
    )
    _save(CLERK, report)
    with _as_officer(CHIEF):
        record_decision(report, CONFIRMED, "")
    db.session.flush()  # the date of death follows in a flush of its own
    _act(order_id, "died", dates.now(), document_no=report.document_no, document_date=day)


def restored_order(suspect, day):
    """Acquitted, which suspended the order; set aside, which restored it; then recalled by the court."""
    order_id = _receive(suspect, day)
    judgment = _judge(suspect, day + timedelta(days=60), "acquitted")
    _step(judgment, "final", day + timedelta(days=120))
    commit()
    _step(judgment, "set_aside", day + timedelta(days=150))
    commit()
    recalled = day + timedelta(days=200)
    _act(order_id, "recalled", dates.now(), document_no=f"{suspect.id}/{recalled:%y}", document_date=recalled)


def correct_birth(person):
    """Return the changes for a birth two years earlier than registered. An age that the person stated was wrong too."""
    born_on = (person.born_on or date(person.birth_year or 1990, 1, 5)) - timedelta(days=2 * 365)
    return {"born_on": born_on} | ({"age_stated": None} if person.age_stated is not None else {})


def corrected_birth(suspect, _day):
    """Born two years earlier than registered, as three officers corrected."""
    person, changes = suspect.person, correct_birth(suspect.person)
    with _as_officer(CHIEF) as chief:
        found, _problems = corrections.preview_correction(person, CHANGE, changes, REASON)
        rollback()
        correction = corrections.request_correction(
            chief, person, CHANGE, changes, "typing_error", REASON, "45/26", found=found
        )
    with _as_officer(PLANNING) as planner:
        corrections.decide_correction(planner, correction, True, REASON)
    with _as_officer(GROUP) as group:
        corrections.apply_correction(group, correction)


def merged_and_separated(suspect, _day):
    """Merged with another suspect of the unit by mistake, and separated again."""
    row = Involvement.__table__.alias().c
    shares_a_case = exists().where(row.person_id == Involvement.person_id, row.case_id == suspect.case_id)
    later = _select_suspects().where(Involvement.id > suspect.id, ~shares_a_case).limit(1)
    other = db.session.scalars(later).unique().first()
    if other is None:  # a small demo
        return
    pair = duplicates.create_pair(suspect.person_id, other.person_id)
    with _as_officer(INVESTIGATOR) as first:
        merge = duplicates.propose_merge(first, pair, suspect.person_id, REASON)
    with _as_officer(CHIEF) as second:
        duplicates.decide_request(second, merge, True, REASON)
    commit()
    with _as_officer(INVESTIGATOR) as first:
        undo = duplicates.propose_undo(first, merge, REASON)
    with _as_officer(CHIEF) as second:
        duplicates.decide_request(second, undo, True, REASON)


def imported_execution(suspect, day):
    """Imported as executed, by a system that did not know the day."""
    person = suspect.person
    row = {
        "order.old": f"W{suspect.id}", "order.number": f"{suspect.id}/{day:%y}", "order.kind": "arrest", "order.issuer": "investigating_judge",
        "order.issuer_name": "ចៅក្រម", "order.signed": True, "order.sealed": True, "order.court": db.session.get(Court, COURT),
        "order.issued_on": day, "order.received_on": day, "order.offence": suspect.case.offences[0].offence,
        "order.offence_class": "misdemeanour", "order.surname_km": person.surname_km, "order.given_km": person.given_km,
        "order.surname_latin": person.surname_latin, "order.given_latin": person.given_latin, "order.sex": person.sex,
        "order.born_on": person.born_on, "order.state": "executed",
        "act.officer": OFFICER,
    }  # fmt: skip
    first = _find_user(CLERK)
    with _as_officer(CHIEF) as second:
        entry = Entry([], values=[row])
        imported_orders.build_entries(
            SimpleNamespace(source="demo"), [entry], (first.id, second.id), dates.now()
        )
        db.session.add_all(entry.built.records)


DECIDED_BY_CHIEF = (death, merged_and_separated, corrected_birth)
SEQUENCES = (
    *DECIDED_BY_CHIEF, appeal, opposition, partial_suspension, hospital, escape, restored_order, imported_execution,
)  # fmt: skip
