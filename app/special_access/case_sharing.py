"""Sharing of a case with another unit, with a reason and an optional end. The unit sees the case and its persons.

The unit may add to the case or change it only if the share grants writing; then the sharing officer is notified of it.
"""

from sqlalchemy import or_, select

from app.accounts.chain_of_command import is_in_command_chain
from app.cases.models import Case
from app.cases.row_filter import CaseChild
from app.extensions import db
from app.kernel.access.access_grants import CASE_GRANTS, SHARE, AccessGrant
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import PersonChild, Visibility
from app.special_access import notifications

# A case registered outside the unit's scope is shared with the unit itself (`automatic_shares`).
IS_OTHER_UNIT = or_(AccessGrant.owner_unit.is_(None), AccessGrant.owner_unit != AccessGrant.unit_code)


def may_share(user, case):
    """Return whether `user` belongs to the unit that owns the case. The view checks the role."""
    return is_in_command_chain(user, case.unit_code)


def find_shares(case):
    """Return the active shares of a case with other units, oldest first, with those of units that moved it."""
    is_active = or_(AccessGrant.expires_at.is_(None), AccessGrant.expires_at > dates.now())
    of_case = (AccessGrant.entity == case.__tablename__, AccessGrant.entity_id == case.id)
    found = select(AccessGrant).where(AccessGrant.kind.in_(CASE_GRANTS), *of_case, is_active, IS_OTHER_UNIT)
    return db.session.scalars(found.order_by(AccessGrant.id)).all()


def find_active_share(case, unit):
    """Return the active share of a case that an officer gave to that unit, or None."""
    given = (one for one in find_shares(case) if one.kind == SHARE)
    return next((one for one in given if one.unit_code == unit.code), None)


def share_case(user, case, unit, reason, until, may_write=False):
    """Share a case with a unit for reading, or also for writing. `until` is the time when the share expires, or None."""
    grant = AccessGrant(
        kind=SHARE, entity=case.__tablename__, entity_id=case.id, unit_code=unit.code, may_write=may_write, reason=reason,
        case_number=case.number, granted_at=dates.now(), granted_by_id=user.id, expires_at=until,
        owner_unit=case.unit_code,
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    record_event(db.session, grant, "started")
    notifications.notify_share(grant, "share.created_to_write" if may_write else "share.created")
    notifications.notify_chief_of_share(grant)
    return grant


def end_share(grant):
    """End an active share."""
    grant.expires_at = dates.now()
    db.session.flush()
    record_event(db.session, grant, "ended")
    notifications.notify_share(grant, "share.ended")


def notify_of_writes(session, _context, _instances):
    """Notify the officers who shared the cases that another unit changes or adds to in this flush."""
    actor = actor_of(session)
    shared = actor.scope.writable_case_ids if actor.scope is not None else ()
    if not shared:
        return
    written = [
        one
        for one in (*session.new, *session.dirty)
        if isinstance(one, (Case, CaseChild, Person, PersonChild))
        and (one in session.new or session.is_modified(one, include_collections=False))
    ]
    if not written:
        return
    cases = {one.id if isinstance(one, Case) else get_linked_id(one, "case") for one in written} & shared
    people = {one.id if isinstance(one, Person) else get_linked_id(one, "person") for one in written} - {None}
    row = Visibility.__table__.c
    of_people = select(row.case_id).where(row.person_id.in_(people), row.case_id.in_(shared))
    by_share = (
        AccessGrant.kind == SHARE,
        AccessGrant.unit_code == actor.unit_code,
        AccessGrant.may_write,
        AccessGrant.granted_by_id.is_not(None),
        or_(AccessGrant.entity_id.in_(cases), AccessGrant.entity_id.in_(of_people)),
        or_(AccessGrant.expires_at.is_(None), AccessGrant.expires_at > dates.now()),
        IS_OTHER_UNIT,
    )
    with session.no_autoflush:
        for grant in session.scalars(select(AccessGrant).where(*by_share)).all():
            notifications.notify_written(session, grant)


def get_linked_id(row, name):
    """Return the id of the case or person of a row before its flush."""
    linked = row.__dict__.get(name)
    return linked.id if linked is not None else row.__dict__.get(f"{name}_id")


def record_event(session, grant, step):
    """Log a step of a share: started, moved (the case left the scope of the unit) or ended."""
    until = grant.expires_at.isoformat() if grant.expires_at else ""
    facts = {
        "step": step,
        "unit": grant.unit_code,
        "writes": grant.may_write,
        "until": until,
        "private": {"reason": grant.reason},
    }
    recorder.record(session, "share.changed", "case", grant.entity_id, **facts)
