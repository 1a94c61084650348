"""What the rules about people who are held must know from elsewhere, in a fixed number of statements."""

from dataclasses import replace
from functools import singledispatch

from sqlalchemy import or_, select

from app.court_orders.matches import unconfirmed
from app.custody.models import Arrest, Custody, CustodyStep, Detention
from app.custody.rules import HeldFacts
from app.custody.rules.arrests import WARRANT
from app.custody.rules.time_limits import PROVISIONAL
from app.extensions import db
from app.kernel.text import dates
from app.people import status
from app.people.nationwide import nation
from app.reference import time_limits

MOST = 5  # numbers of other custodies or detentions that a clerk is shown


@singledispatch
def facts(record):
    """The facts about one record."""
    return _of_any(record)


def _of_any(record):
    return HeldFacts(now=record.recorded_at or dates.now(), limits=time_limits.held())


@facts.register
def _(custody: Custody):
    return replace(_of_any(custody), overlapping=_overlapping(custody))


@facts.register
def _(detention: Detention):
    return replace(
        _of_any(detention), died_on=_died_on(detention.person), overlapping=_also_detained(detention)
    )


@facts.register
def _(arrest: Arrest):
    return replace(
        _of_any(arrest),
        released_before=_released_before(arrest),
        hit_waits=_hit_waits(arrest),
        died_on=_died_on(arrest.person),
    )


def _died_on(person):
    if person is None:
        return None
    return status.died_on(person, status.of(db.session, [person.id] if person.id else []).get(person.id))


def _overlapping(custody):
    """Numbers of custodies of the person, anywhere in the nation, that share a moment with this one (V068)."""
    if custody.person is None or custody.person.id is None or custody.arrived_at is None:
        return ()
    with nation(protected_too=True) as session:
        return overlapping(session, custody)


def overlapping(session, custody):
    """Those of them that this session sees."""
    fits = [
        Custody.person_id == custody.person.id,
        Custody.id != (custody.id or 0),
        Custody.voided_at.is_(None),
        or_(Custody.ended_at.is_(None), Custody.ended_at > custody.arrived_at),
    ]
    if custody.ended_at is not None:
        fits.append(Custody.arrived_at < custody.ended_at)
    return tuple(f"K-{pk:07d}" for pk in session.scalars(select(Custody.id).where(*fits).limit(MOST)))


def _also_detained(detention):
    """Numbers of other provisional detentions of the person in the same case that share a day with this one (V091)."""
    person, case, since = detention.person, detention.case, detention.since
    if detention.kind != PROVISIONAL or since is None or not (person and person.id and case and case.id):
        return ()
    fits = [
        Detention.person_id == person.id,
        Detention.case_id == case.id,
        Detention.kind == PROVISIONAL,
        Detention.id != (detention.id or 0),
        Detention.voided_at.is_(None),
        or_(Detention.ended_on.is_(None), Detention.ended_on > since),
    ]
    if detention.ended_on is not None:
        fits.append(Detention.since < detention.ended_on)
    found = db.session.scalars(select(Detention.id).where(*fits).limit(MOST))
    return tuple(f"D-{pk:07d}" for pk in found)


def _hit_waits(arrest):
    """Whether the person was met, and nobody in charge of the order has confirmed that it is he.

    Who does not see the order, which lies with another unit, names its paper alone.
    """
    if arrest.person is None or arrest.person.id is None:
        return False
    if arrest.order is None:
        return arrest.ground == WARRANT and unconfirmed(db.session, arrest.person.id)
    return unconfirmed(db.session, arrest.person.id, arrest.order.id)


def _released_before(arrest):
    """The end of the last custody in the same case from which the person was released (V069)."""
    if arrest.person is None or arrest.person.id is None or arrest.case is None or arrest.at is None:
        return None
    found = (
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
    return db.session.scalar(found)


def arrest_of(person):
    """The last arrest of the person with that number in an address; None where there is none to be seen."""
    if not person.isdecimal() or len(person) > 9:
        return None
    his = Arrest.person_id == int(person), Arrest.voided_at.is_(None)
    return db.session.scalar(select(Arrest).where(*his).order_by(Arrest.at.desc()).limit(1))
