"""The arrests that no custody or detention follows: the person counts as held.

Triggers write `Arrest.awaits_custody` with the same condition. A custody that ended with a transfer or in hospital does not
end the time in custody.
"""
# unrestricted: compares all arrests with later records, for a command

from sqlalchemy import Date, and_, exists, func, or_, select

from app.custody.models import Arrest, Custody, Detention
from app.custody.rules.time_limits import CONTINUING_OUTCOMES

arrest, custody, detention = Arrest.__table__.c, Custody.__table__.c, Detention.__table__.c


def awaits_custody():
    """Return the condition that no open custody, no final end of a custody and no detention follows the arrest."""
    day = func.date(arrest.at, type_=Date)
    has_custody = exists().where(
        custody.person_id == arrest.person_id,
        custody.voided_at.is_(None),
        or_(
            custody.ended_at.is_(None),
            and_(custody.ended_at >= arrest.at, custody.outcome.not_in(CONTINUING_OUTCOMES)),
        ),
    )
    has_detention = exists().where(
        detention.person_id == arrest.person_id,
        detention.voided_at.is_(None),
        detention.escaped.is_(False),
        or_(detention.ended_on.is_(None), detention.since >= day, detention.ended_on > day),
    )
    return and_(~has_custody, ~has_detention)


def select_drift():
    """Return the statement for (id, stored value) of the arrests with another value than the condition gives."""
    return select(arrest.id, arrest.awaits_custody).where(
        arrest.awaits_custody.is_distinct_from(awaits_custody())
    )
