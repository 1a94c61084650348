"""Queries for the rules of custody records, in a fixed number of statements."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import singledispatch

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from app.cases.models import Involvement
from app.cases.rules import SHOWN_ROLES
from app.cases.rules.times import is_before
from app.court_orders import state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.matches import has_unconfirmed_match
from app.court_orders.models import OrderEvent
from app.court_orders.rules import number_key
from app.custody.implied_steps import lock_cases
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
)
from app.custody.models.custody_record import UNSAVED_ID, valid_rows
from app.custody.models.releases import is_followed
from app.custody.rules import CustodyFacts
from app.custody.rules.arrests import FLAGRANT, WARRANT
from app.custody.rules.custodies import RELEASED
from app.custody.rules.detentions import SETTING_FREE
from app.custody.rules.facts import OpenDetention
from app.custody.rules.judgments import CONTESTING, FINAL, is_later_decision
from app.custody.rules.releases import SUPERVISION
from app.custody.rules.time_limits import PROVISIONAL, count_days_held, count_days_out, list_earlier
from app.custody.unserved_sentences import select_unserved
from app.extensions import db
from app.kernel.schema.display import is_day_only
from app.kernel.text import dates
from app.people.nationwide import nationwide_session
from app.reference import time_limits

MAX_NUMBERS = 5  # record numbers in a message


@singledispatch
def load_facts(record):
    """Return the facts about one record."""
    return _base_facts(record)


def _base_facts(record):
    return CustodyFacts(
        now=record.recorded_at or dates.now(),
        limits=time_limits.get_limits(),
        died_on=getattr(record.person, "deceased_on", None),
    )


@load_facts.register
def _(custody: Custody):
    others = _find_other_custodies(custody)
    same_arrest = [one for one in others if custody.arrest is not None and one.arrest_id == custody.arrest.id]
    return replace(
        _base_facts(custody),
        overlapping=find_overlapping(others, custody),
        first_arrival=min((max(one.arrived_at, custody.arrest.at) for one in same_arrest), default=None),
        granted_hours=sum(one.granted for one in same_arrest),
        open_detentions=_find_open_detentions(custody),
    )


@load_facts.register
def _(detention: Detention):
    others = _list_other_provisional(detention)
    return replace(
        _base_facts(detention),
        overlapping=_find_overlapping_detentions(others, detention),
        open_detentions=_find_open_detentions(detention),
        earlier_detentions=list_earlier(others, detention),
    )


@load_facts.register
def _(step: DetentionStep):
    detention = step.detention
    return replace(
        _base_facts(step),
        open_detentions=_find_open_detentions(detention) if detention else (),
        earlier_detentions=list_earlier(_list_other_provisional(detention), detention) if detention else (),
        **find_unserved(step.person, step.done_on if step.reason in SETTING_FREE else None),
    )


@load_facts.register
def _(step: CustodyStep):
    day = step.at.date() if step.at is not None and step.outcome == RELEASED else None
    return replace(_base_facts(step), **find_unserved(step.person, day))


@load_facts.register
def _(step: JudgmentStep):
    asks = step.kind in (FINAL, *CONTESTING)
    return replace(_base_facts(step), later_judgment=asks and _has_later_judgment(step))


@load_facts.register
def _(sentence: Sentence):
    return replace(_base_facts(sentence), held_days=count_held_days(sentence.judgment))


@load_facts.register
def _(change: SentenceChange):
    return replace(_base_facts(change), days_at_large=_count_days_at_large(change.sentence, change.done_on))


@load_facts.register
def _(release: Release):
    sentence = release.detention.sentence if release.detention is not None else None
    return replace(
        _base_facts(release),
        days_at_large=_count_days_at_large(sentence, release.released_on),
        **find_unserved(release.person, release.released_on),
    )


def find_supervisions(order):
    """Return the facts about the releases of the person of an order under judicial supervision that go on, nationwide."""
    if order.person_id is None:
        return {}
    in_case = or_(Release.case_id == order.case_id, order.case_id is None)
    found = select(Release.id).where(
        Release.person_id == order.person_id, Release.kind == SUPERVISION, Release.voided_at.is_(None), in_case,
        is_followed(Release, dates.now().date()),
    )  # fmt: skip
    with nationwide_session(protected_too=True) as session:
        ids = session.scalars(found.order_by(Release.id).limit(MAX_NUMBERS)).all()
    seen = db.session.scalars(select(Release).where(Release.id.in_(ids))).unique().all() if ids else ()
    return {"supervisions": tuple(f"R-{pk:07d}" for pk in ids), "supervision_rows": tuple(seen)}


def find_unserved(person, day):
    """Return the facts about the sentences that a person who is set free on a day still has to serve, nationwide."""
    if person is None or person.id is None or day is None:
        return {}
    with nationwide_session(protected_too=True) as session:
        ids = session.scalars(select_unserved(person.id, day).limit(MAX_NUMBERS)).all()
    seen = db.session.scalars(select(Sentence).where(Sentence.id.in_(ids))).unique().all() if ids else ()
    return {"unserved": tuple(f"S-{pk:07d}" for pk in ids), "unserved_rows": tuple(seen)}


@load_facts.register
def _(arrest: Arrest):
    return replace(
        _base_facts(arrest),
        released_before=_find_last_release(arrest),
        match_is_unconfirmed=_is_match_unconfirmed(arrest),
        order_allows_execution=_does_order_allow(arrest),
        same_rows=_find_same_arrests(arrest),
    )


@load_facts.register
def _(judgment: Judgment):
    of_day = _find_others(judgment, Judgment.decided_on == judgment.decided_on)
    number = number_key(judgment.court_no)
    same = tuple(one for one in of_day if number_key(one.court_no) == number)
    return replace(_base_facts(judgment), same_rows=same)


def _find_same_arrests(arrest):
    """Return the other arrests of the person in the case at this time, or on this day if one of the times is unknown."""
    if arrest.at is None:
        return ()
    begin = datetime.combine(arrest.at, time())
    found = _find_others(arrest, Arrest.at >= begin, Arrest.at < begin + timedelta(days=1))
    is_day = is_day_only(arrest, "at")
    return tuple(one for one in found if is_day or is_day_only(one, "at") or one.at == arrest.at)


def _find_others(record, *conditions):
    """Return the other valid records of this kind about the person in the case that the reader sees.

    The case is locked: of two officers who enter the same act at one moment, the second sees the first.
    """
    model, person, case = type(record), record.person, record.case
    if person is None or person.id is None or case is None or case.id is None:
        return ()
    lock_cases(db.session(), {case.id})
    found = select(model).where(
        model.person_id == person.id, model.case_id == case.id, model.id != (record.id or 0),
        model.voided_at.is_(None), *conditions,
    )  # fmt: skip
    return tuple(db.session.scalars(found.order_by(model.id)).unique())


def _find_other_custodies(custody):
    """Return the other valid custodies of the person, nationwide, with the hours that prosecutors granted."""
    if custody.person is None or custody.person.id is None or custody.arrived_at is None:
        return []
    with nationwide_session(protected_too=True) as session:
        return find_other_custodies(session, custody)


def find_other_custodies(session, custody):
    """Return the other valid custodies of the person that the session can see."""
    extensions = (
        CustodyStep.custody_id == Custody.id,
        CustodyStep.kind == "extension",
        CustodyStep.voided_at.is_(None),
    )
    granted = select(func.coalesce(func.sum(CustodyStep.hours), 0)).where(*extensions).scalar_subquery()
    columns = (
        Custody.id, Custody.arrest_id, Custody.arrived_at, Custody.ended_at, Custody.time_unknown,
        Custody.end_time_unknown, granted.label("granted"),
    )  # fmt: skip
    others = (
        Custody.person_id == custody.person.id,
        Custody.id != (custody.id or 0),
        Custody.voided_at.is_(None),
    )
    return session.execute(select(*columns).where(*others).order_by(Custody.id)).all()


def find_overlapping(others, custody):
    """Return the numbers of the custodies that end after this one begins, and begin before it ends (V068).

    If one of two times is unknown, the days are compared: two custodies of one day may follow each other.
    """
    last = custody.ended_at or datetime.max
    found = [
        one
        for one in others
        if (
            one.ended_at is None
            or is_before(custody.arrived_at, one.ended_at, custody.time_unknown or one.end_time_unknown)
        )
        and is_before(one.arrived_at, last, one.time_unknown or custody.end_time_unknown)
    ]
    return tuple(f"K-{one.id:07d}" for one in found[:MAX_NUMBERS])


def _find_open_detentions(record):
    """Return the other open detentions in which the person is held, nationwide."""
    if record.person is None or record.person.id is None:
        return ()
    with nationwide_session(protected_too=True) as session:
        return find_open_detentions(session, record)


def find_open_detentions(session, record):
    """Return the other open detentions in which the person is held, and that the session can see."""
    own_id = record.id if isinstance(record, Detention) else None
    case_id = record.case.id if record.case is not None else None
    columns = (
        Detention.id, Detention.kind, Detention.since, Detention.prison_code, Detention.case_id, Judgment.decided_on,
        Judgment.case_offence_id,
    )  # fmt: skip
    conditions = (
        Detention.person_id == record.person.id, Detention.id != (own_id or 0), Detention.voided_at.is_(None),
        Detention.ended_on.is_(None), Detention.escaped.is_(False),
    )  # fmt: skip
    found = select(*columns).outerjoin(Detention.sentence).outerjoin(Sentence.judgment).where(*conditions)
    rows = session.execute(found.order_by(Detention.id).limit(MAX_NUMBERS)).all()
    return tuple(
        OpenDetention(
            f"D-{row.id:07d}", row.kind, row.since, row.prison_code,
            row.case_id is not None and row.case_id == case_id, _is_continued_by(row, record),
        )
        for row in rows
    )  # fmt: skip


def _is_continued_by(row, record):
    """Return True if the sentence of a new detention follows this one: provisional, or on an earlier judgment."""
    if row.kind == PROVISIONAL:
        return True
    sentence = record.sentence if isinstance(record, Detention) else None
    if sentence is None or row.decided_on is None:
        return False
    return is_later_decision(sentence.judgment, row.decided_on, row.case_offence_id)


def _has_later_judgment(step):
    """Return True if another judgment about the person in the case follows the opposition or appeal."""
    judgment = step.judgment
    if judgment is None or judgment.contested_on is None or judgment.id is None:
        return False
    later = select(Judgment.id).where(
        Judgment.involvement_id == judgment.involvement_id, Judgment.id != judgment.id,
        Judgment.voided_at.is_(None), Judgment.decided_on >= judgment.contested_on,
    )  # fmt: skip
    return db.session.scalar(later.limit(1)) is not None


def count_held_days(judgment):
    """Return the days in provisional detention in the case before the judgment, without the time at large."""
    if judgment is None or judgment.person is None or judgment.case is None or judgment.decided_on is None:
        return 0
    return count_days_held(_list_provisional(judgment.person, judgment.case), judgment.decided_on)


def _list_provisional(person, case):
    """Return the valid provisional detentions of a person in a case, with their steps."""
    conditions = (
        Detention.person_id == person.id, Detention.case_id == case.id,
        Detention.kind == PROVISIONAL, Detention.voided_at.is_(None),
    )  # fmt: skip
    found = select(Detention).where(*conditions).options(selectinload(Detention.steps))
    return db.session.scalars(found.order_by(Detention.since, Detention.id)).unique().all()


def _list_other_provisional(detention):
    """Return the other provisional detentions in the same case, of a provisional one."""
    person, case = detention.person, detention.case
    if detention.kind != PROVISIONAL or not (person and person.id and case and case.id):
        return []
    return [one for one in _list_provisional(person, case) if one is not detention]


def find_handover_day(involvement):
    """Return the day on which the person was last brought before the prosecutor in this case, or None."""
    found = select(Custody.ended_at).where(
        Custody.person_id == involvement.person_id, Custody.case_id == involvement.case_id,
        Custody.outcome == "to_prosecutor", Custody.voided_at.is_(None),
    )  # fmt: skip
    ended_at = db.session.scalar(found.order_by(Custody.ended_at.desc()).limit(1))
    return ended_at.date() if ended_at is not None else None


def find_open_detention(person_id):
    """Return the open detention of a person, the last if there are several, or None."""
    conditions = Detention.person_id == person_id, Detention.ended_on.is_(None), Detention.voided_at.is_(None)
    return db.session.scalar(select(Detention).where(*conditions).order_by(Detention.id.desc()).limit(1))


def _count_days_at_large(sentence, day):
    """Return the days before `day` that were not served, between the detentions of the sentence and after an escape."""
    if sentence is None or day is None:
        return 0
    return count_days_out(valid_rows(sentence.detentions), day)


def _find_overlapping_detentions(others, detention):
    """Return the numbers of the provisional detentions in the same case that overlap this one (V091)."""
    if detention.since is None:
        return ()
    last = detention.ended_on or date.max
    found = [one for one in others if (one.ended_on or date.max) > detention.since and one.since < last]
    return tuple(one.number for one in found[:MAX_NUMBERS])


def _is_match_unconfirmed(arrest):
    """Return True if the person has a match that the unit in charge of the order has not confirmed.

    If the order belongs to another unit and is not visible, the clerk enters only its number. Then any match counts.
    """
    if arrest.person is None or arrest.person.id is None:
        return False
    if arrest.order is None:
        return arrest.ground == WARRANT and has_unconfirmed_match(db.session, arrest.person.id)
    return has_unconfirmed_match(db.session, arrest.person.id, arrest.order.id)


def _does_order_allow(arrest):
    """Return whether the order was in force at the time of the arrest; None without both."""
    if arrest.order is None or arrest.at is None:
        return None
    return state_machine.allows(
        arrest.order.kind,
        valid_events(arrest.order),
        OrderEvent(
            kind="executed", arrest_id=arrest.id or UNSAVED_ID, at=arrest.at, time_unknown=arrest.time_unknown
        ),
    )


def _find_last_release(arrest):
    """Return when the person was last released from custody in the same case, or None; for a flagrant arrest (V069)."""
    if arrest.ground != FLAGRANT:
        return None
    if arrest.person is None or arrest.person.id is None or arrest.case is None or arrest.at is None:
        return None
    statement = (
        select(CustodyStep.at)
        .where(
            CustodyStep.person_id == arrest.person.id,
            CustodyStep.case_id == arrest.case.id,
            CustodyStep.outcome == RELEASED,
            CustodyStep.voided_at.is_(None),
            CustodyStep.at <= arrest.at,
        )
        .order_by(CustodyStep.at.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def find_involvement(order):
    """Return the visible involvement of the person of an order as a suspect, first of the case of the order, or None."""
    found = select(Involvement).where(
        Involvement.person_id == order.person_id,
        Involvement.role.in_(SHOWN_ROLES),
        Involvement.voided_at.is_(None),
    )
    rows = db.session.scalars(found.order_by(Involvement.id.desc())).all() if order.person_id else ()
    return next((one for one in rows if one.case_id == order.case_id), rows[0] if rows else None)


def find_last_arrest(number):
    """Return the last visible arrest of the person with this id from a URL, or None."""
    if not number.isdecimal() or len(number) > 9:
        return None
    conditions = Arrest.person_id == int(number), Arrest.voided_at.is_(None)
    return db.session.scalar(select(Arrest).where(*conditions).order_by(Arrest.at.desc()).limit(1))
