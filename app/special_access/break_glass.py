"""Break-glass access: read a person outside the user's scope, for a reason, for eight hours; each access is reviewed."""
# commits: the reminders of a scheduled job

from datetime import timedelta

from sqlalchemy import and_, or_, select, true, update

from app.accounts.chain_of_command import NATIONAL_ROLE, is_in_command_chain
from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, REVIEW_WITHIN, AccessGrant
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.reference.models import Unit
from app.special_access import notifications
from app.special_access.owning_units import find_owning_units

ACCESS_DURATION = timedelta(hours=8)


def find_expiry(user, person_id):
    """Return when the break-glass access of this user to a person expires; None without access."""
    expiries = select(AccessGrant.expires_at).where(
        AccessGrant.kind == BREAK_GLASS,
        AccessGrant.user_id == user.id,
        AccessGrant.entity_id == person_id,
        AccessGrant.expires_at > dates.now(),
    )
    return db.session.scalar(expiries.order_by(AccessGrant.expires_at.desc()).limit(1))


def grant_access(user, card, reason, case_number):
    """Grant `user` access to the person of a card, with one grant for each owning unit, because each reviews it."""
    now, opened = dates.now(), []
    for unit_code in find_owning_units(card.id) or (None,):
        opened.append(
            AccessGrant(
                kind=BREAK_GLASS, entity="person", entity_id=card.id, user_id=user.id, granted_by_id=user.id,
                reason=reason, case_number=case_number, granted_at=now, expires_at=now + ACCESS_DURATION, owner_unit=unit_code,
            )
        )  # fmt: skip
    db.session.add_all(opened)
    db.session.flush()
    recorder.record(
        db.session, "break_glass.used", "person", card.id, case=case_number,
        grants=[one.id for one in opened], owners=[one.owner_unit for one in opened if one.owner_unit],
        private={"reason": reason},
    )  # fmt: skip
    for one in opened:
        notifications.notify_break_glass(one)
    return opened


def may_review(user, roles, grant):
    """Return whether `user` may review this grant: the owning unit's chief or a national monitor.

    An account of the officer who used the access, or that seems to be theirs, never reviews it.
    """
    if grant.user_id == user.id or share_identity(user, db.session.get(User, grant.user_id)):
        return False
    return _is_national_reviewer(user, roles) or is_in_command_chain(user, grant.owner_unit)


def build_review_condition(user, roles):
    """Return the SQL condition for the grants that this user reviews."""
    if _is_national_reviewer(user, roles):
        return true()
    if user.unit is None or not user.unit.area_code:
        return AccessGrant.owner_unit == user.unit_code
    area = user.unit.area_code
    below = select(Unit.code).where(and_(Unit.area_code >= area, Unit.area_code < area + "~"))
    return or_(AccessGrant.owner_unit == user.unit_code, AccessGrant.owner_unit.in_(below))


def _is_national_reviewer(user, roles):
    is_national_unit = user.unit is not None and not user.unit.area_code and not user.unit.families
    return NATIONAL_ROLE in roles and is_national_unit


def save_review(user, grant, justified, note):
    """Save the findings of a review. Access that was not justified ends immediately."""
    now = dates.now()
    grant.reviewed_at, grant.reviewed_by_id = now, user.id
    grant.justified, grant.review_note = justified, note
    if not justified:
        _close_related_grants(grant, now)
    db.session.flush()
    recorder.record(
        db.session, "break_glass.reviewed", "access_grant", grant.id, person=grant.entity_id,
        justified=justified, late=now > grant.review_until, private={"note": note},
    )  # fmt: skip
    notifications.notify_reviewed(grant)


def _close_related_grants(grant, now):
    """End all grants of the same access. There is one for each owning unit; one negative review is enough."""
    same = select(AccessGrant).where(
        AccessGrant.kind == BREAK_GLASS,
        AccessGrant.user_id == grant.user_id,
        AccessGrant.entity_id == grant.entity_id,
        AccessGrant.expires_at > now,
    )
    for one in db.session.scalars(same):
        one.expires_at = now


def send_review_reminders(session):
    """Send one task for each break-glass access without a review within 72 hours, and return their number."""
    over = dates.now() - REVIEW_WITHIN
    late = session.scalars(
        select(AccessGrant).where(
            AccessGrant.kind == BREAK_GLASS,
            AccessGrant.reviewed_at.is_(None),
            AccessGrant.alerted_at.is_(None),
            AccessGrant.granted_at < over,
        )
    ).all()
    sent = 0
    for one in late:
        first = session.execute(
            update(AccessGrant.__table__)
            .where(AccessGrant.__table__.c.id == one.id, AccessGrant.__table__.c.alerted_at.is_(None))
            .values(alerted_at=dates.now())
        )
        if first.rowcount:  # another worker may run at the same time
            notifications.notify_overdue_review(one)
            sent += 1
    commit(session)
    return sent
