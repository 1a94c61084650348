"""The arrests that no custody or detention follows: the person counts as held.

Triggers write `Arrest.awaits_custody` with the same condition. A custody that ended with a transfer or in
hospital does not end the time in custody. A later escape does not open the arrest again. The end of a custody that began
before an arrest on another ground says nothing about that arrest, unless the person escaped or died.
"""
# unrestricted: compares all arrests with later records, for a command

from sqlalchemy import Date, and_, exists, func, or_, select

from app.custody.models import Arrest, Custody, Detention, DetentionStep
from app.custody.rules.time_limits import CONTINUING_OUTCOMES, ESCAPE

arrest, custody = Arrest.__table__.c, Custody.__table__.c
detention, step = Detention.__table__.c, DetentionStep.__table__.c
ENDS_ALL_CUSTODY = ("escaped", "died")


def awaits_custody():
    """Return the condition that no open custody, no final end of a custody and no detention follows the arrest."""
    day = func.date(arrest.at, type_=Date)
    # Without a time, another custody of the day may have ended before the arrest.
    is_certain = or_(
        custody.arrest_id == arrest.id,
        and_(arrest.time_unknown.is_(False), custody.end_time_unknown.is_(False)),
        func.date(custody.ended_at, type_=Date) > day,
    )
    is_answer = or_(
        custody.arrest_id == arrest.id, custody.arrived_at >= arrest.at, custody.outcome.in_(ENDS_ALL_CUSTODY)
    )
    has_custody = exists().where(
        custody.person_id == arrest.person_id,
        custody.voided_at.is_(None),
        or_(
            custody.ended_at.is_(None),
            and_(
                custody.ended_at >= arrest.at,
                custody.outcome.not_in(CONTINUING_OUTCOMES),
                is_answer,
                is_certain,
            ),
        ),
    )
    escaped_later = (
        exists()
        .where(
            step.detention_id == detention.id,
            step.kind == ESCAPE,
            step.done_on > day,
            step.voided_at.is_(None),
        )
        .correlate(Arrest.__table__, Detention.__table__)  # else it would read all arrests
    )
    is_held_later = or_(detention.escaped.is_(False), escaped_later)
    has_detention = exists().where(
        detention.person_id == arrest.person_id,
        detention.voided_at.is_(None),
        or_(
            detention.since > day,
            # A detention of this day in another case may have ended before the arrest.
            and_(detention.since == day, detention.case_id == arrest.case_id),
            and_(or_(detention.ended_on.is_(None), detention.ended_on > day), is_held_later),
        ),
    )
    return and_(~has_custody, ~has_detention)


def select_drift():
    """Return the statement for (id, stored value) of the arrests with another value than the condition gives."""
    return select(arrest.id, arrest.awaits_custody).where(
        arrest.awaits_custody.is_distinct_from(awaits_custody())
    )
