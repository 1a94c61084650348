"""A case is shared with another unit, for a reason and perhaps until a day; it sees the case and its people."""

from sqlalchemy import or_, select

from app.accounts.chain_of_command import is_of_owner
from app.extensions import db
from app.kernel.access.access_grants import SHARE, Opening
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.special_access import notifications

# A case that was entered beyond the unit's own part is shared with the unit itself (`cases.following`).
_WITH_OTHERS = or_(Opening.owner_unit.is_(None), Opening.owner_unit != Opening.unit_code)


def may_share(user, case):
    """Whether `user` is of the unit that owns the case. His role is asked at the door."""
    return is_of_owner(user, case.unit_code)


def shares_of(case):
    """The shares of a case with other units that stand now, the oldest first."""
    standing = or_(Opening.closes_at.is_(None), Opening.closes_at > dates.now())
    of_case = (Opening.entity == case.__tablename__, Opening.entity_id == case.id)
    found = select(Opening).where(Opening.kind == SHARE, *of_case, standing, _WITH_OTHERS)
    return db.session.scalars(found.order_by(Opening.id)).all()


def standing_with(case, unit):
    """The share of a case with that unit that stands; None where there is none."""
    return next((one for one in shares_of(case) if one.unit_code == unit.code), None)


def share(user, case, unit, reason, until):
    """Open a case to a unit. `until` is the moment at which it ends by itself, or None."""
    opening = Opening(
        kind=SHARE, entity=case.__tablename__, entity_id=case.id, unit_code=unit.code, reason=reason,
        case_number=case.number, opened_at=dates.now(), opened_by_id=user.id, closes_at=until,
        owner_unit=case.unit_code,
    )  # fmt: skip
    db.session.add(opening)
    db.session.flush()
    _note(opening, "begun")
    notifications.shared(opening, "share.given")
    return opening


def end(opening):
    """End a share that stands."""
    opening.closes_at = dates.now()
    db.session.flush()
    _note(opening, "ended")
    notifications.shared(opening, "share.ended")


def _note(opening, step):
    until = opening.closes_at.isoformat() if opening.closes_at else ""
    facts = {"step": step, "unit": opening.unit_code, "until": until, "private": {"reason": opening.reason}}
    recorder.note(db.session, "share", "case", opening.entity_id, **facts)
