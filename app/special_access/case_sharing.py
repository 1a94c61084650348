"""Sharing of a case with another unit, with a reason and an optional end. The unit sees the case and its persons."""

from sqlalchemy import or_, select

from app.accounts.chain_of_command import is_in_command_chain
from app.extensions import db
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.special_access import notifications

# A case registered outside the unit's scope is shared with the unit itself (`cases.flush_hooks`).
_IS_OTHER_UNIT = or_(AccessGrant.owner_unit.is_(None), AccessGrant.owner_unit != AccessGrant.unit_code)


def may_share(user, case):
    """Return whether `user` belongs to the unit that owns the case. The view checks the role."""
    return is_in_command_chain(user, case.unit_code)


def find_shares(case):
    """Return the active shares of a case with other units, oldest first."""
    is_active = or_(AccessGrant.expires_at.is_(None), AccessGrant.expires_at > dates.now())
    of_case = (AccessGrant.entity == case.__tablename__, AccessGrant.entity_id == case.id)
    found = select(AccessGrant).where(AccessGrant.kind == SHARE, *of_case, is_active, _IS_OTHER_UNIT)
    return db.session.scalars(found.order_by(AccessGrant.id)).all()


def find_active_share(case, unit):
    """Return the active share of a case with that unit, or None."""
    return next((one for one in find_shares(case) if one.unit_code == unit.code), None)


def share_case(user, case, unit, reason, until):
    """Share a case with a unit. `until` is the time when the share expires, or None."""
    grant = AccessGrant(
        kind=SHARE, entity=case.__tablename__, entity_id=case.id, unit_code=unit.code, reason=reason,
        case_number=case.number, granted_at=dates.now(), granted_by_id=user.id, expires_at=until,
        owner_unit=case.unit_code,
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    _record_event(grant, "started")
    notifications.notify_share(grant, "share.created")
    return grant


def end_share(grant):
    """End an active share."""
    grant.expires_at = dates.now()
    db.session.flush()
    _record_event(grant, "ended")
    notifications.notify_share(grant, "share.ended")


def _record_event(grant, step):
    until = grant.expires_at.isoformat() if grant.expires_at else ""
    facts = {"step": step, "unit": grant.unit_code, "until": until, "private": {"reason": grant.reason}}
    recorder.record(db.session, "share.changed", "case", grant.entity_id, **facts)
