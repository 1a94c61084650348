"""Queries for the rules of custody records, in a fixed number of statements."""

from dataclasses import replace
from functools import singledispatch

from sqlalchemy import or_, select

from app.cases.models import Involvement
from app.cases.rules import SHOWN_ROLES
from app.court_orders import state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.matches import has_unconfirmed_match
from app.court_orders.models import OrderEvent
from app.custody.models import Arrest, Custody, CustodyStep, Detention
from app.custody.rules import CustodyFacts
from app.custody.rules.arrests import FLAGRANT, WARRANT
from app.custody.rules.time_limits import PROVISIONAL
from app.extensions import db
from app.kernel.text import dates
from app.people.nationwide import nationwide_session
from app.reference import time_limits

MAX_NUMBERS = 5  # record numbers in a message


@singledispatch
def load_facts(record):
    """Return the facts about one record."""
    return _base_facts(record)


def _base_facts(record):
    return CustodyFacts(now=record.recorded_at or dates.now(), limits=time_limits.get_limits())


@load_facts.register
def _(custody: Custody):
    return replace(_base_facts(custody), overlapping=_find_all_overlapping(custody))


@load_facts.register
def _(detention: Detention):
    return replace(
        _base_facts(detention),
        died_on=getattr(detention.person, "deceased_on", None),
        overlapping=_find_other_detentions(detention),
    )


@load_facts.register
def _(arrest: Arrest):
    return replace(
        _base_facts(arrest),
        released_before=_find_last_release(arrest),
        match_is_unconfirmed=_is_match_unconfirmed(arrest),
        order_allows_execution=_does_order_allow(arrest),
        died_on=getattr(arrest.person, "deceased_on", None),
    )


def _find_all_overlapping(custody):
    """Return the numbers of the person's custodies, nationwide, that overlap this one (V068)."""
    if custody.person is None or custody.person.id is None or custody.arrived_at is None:
        return ()
    with nationwide_session(protected_too=True) as session:
        return find_overlapping(session, custody)


def find_overlapping(session, custody):
    """Return the numbers of the overlapping custodies that the session can see."""
    conditions = [
        Custody.person_id == custody.person.id,
        Custody.id != (custody.id or 0),
        Custody.voided_at.is_(None),
        or_(Custody.ended_at.is_(None), Custody.ended_at > custody.arrived_at),
    ]
    if custody.ended_at is not None:
        conditions.append(Custody.arrived_at < custody.ended_at)
    return tuple(
        f"K-{pk:07d}" for pk in session.scalars(select(Custody.id).where(*conditions).limit(MAX_NUMBERS))
    )


def _find_other_detentions(detention):
    """Return the numbers of overlapping provisional detentions in the same case (V091)."""
    person, case, since = detention.person, detention.case, detention.since
    if detention.kind != PROVISIONAL or since is None or not (person and person.id and case and case.id):
        return ()
    conditions = [
        Detention.person_id == person.id,
        Detention.case_id == case.id,
        Detention.kind == PROVISIONAL,
        Detention.id != (detention.id or 0),
        Detention.voided_at.is_(None),
        or_(Detention.ended_on.is_(None), Detention.ended_on > since),
    ]
    if detention.ended_on is not None:
        conditions.append(Detention.since < detention.ended_on)
    found = db.session.scalars(select(Detention.id).where(*conditions).limit(MAX_NUMBERS))
    return tuple(f"D-{pk:07d}" for pk in found)


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
        arrest.order.kind, valid_events(arrest.order), OrderEvent(kind="executed", at=arrest.at)
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
            CustodyStep.outcome == "released",
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
