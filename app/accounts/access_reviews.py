"""Quarterly access reviews: every 90 days an administrator confirms or removes the roles of each user.

A unit administrator reviews their unit and the units below it, without the users whose roles they granted. An
administrator reviews the accounts that no unit administrator may review: chiefs, unit administrators, the national
roles, and users whose unit has only administrators who granted them a role.
"""
# unrestricted: reads from the audit log who granted a role; the log itself is not shown

from datetime import timedelta
from typing import NamedTuple

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from app.accounts import staff_actions
from app.accounts.admin_scope import find_subordinate_units, get_delegation, get_role_names
from app.accounts.identity_traits import find_accounts_of_one_person
from app.accounts.models import User
from app.accounts.staff_models import StaffReview, StaffReviewLine
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.audit import recorder
from app.kernel.audit.models import AuditEvent, AuditPayload
from app.kernel.text import dates

REVIEW_INTERVAL = timedelta(days=90)


class ReviewState(NamedTuple):
    """The last signed review (None: never), the day the next one is due, and whether that day has passed."""

    last: StaffReview | None
    due: object
    overdue: bool


def find_users_to_review(granter):
    """Return the active accounts that this administrator must review.

    Their own account and the users whose roles they granted are left to another administrator. Another account of the
    same person counts as their own.
    """
    statement = select(User).where(
        User.active.is_(True), User.unit_code.is_not(None), User.id != granter.user_id, User.roles.any()
    )
    if granter.managed_units is None:
        statement = statement.where(or_(User.roles.any(_is_above_units()), User.id.in_(_find_unreviewed())))
    else:
        above = Role.name.not_in(get_delegation().get_grantable_roles(granter.roles).keys())
        statement = statement.where(User.unit_code.in_(granter.managed_units), ~User.roles.any(above))
    statement = statement.order_by(User.unit_code, User.id).options(selectinload(User.roles))
    users = db.session.scalars(statement).unique().all()
    granters = _find_granters([user.id for user in users])
    own = find_accounts_of_one_person([granter.user_id])[granter.user_id]
    return [user for user in users if own.isdisjoint((user.id, *granters.get(user.id, ())))]


def _is_above_units():
    """Return the condition for roles that no unit administrator may grant."""
    lower = {role for by in _get_unit_roles() for role in get_delegation().get_grantable_roles([by])}
    return Role.name.not_in(lower)


def _get_unit_roles():
    """Return the roles that administer some units, not all."""
    rule = get_delegation()
    return [role for role in rule.grants if not rule.can_manage_all_units([role])]


def _find_unreviewed():
    """Return the ids of users that no unit administrator may review: each granted them a role, or there is none."""
    reviewers = {}
    for one in db.session.scalars(
        select(User).where(User.roles.any(Role.name.in_(_get_unit_roles())))
    ).unique():
        if one.active and one.unit is not None:
            for code in find_subordinate_units(db.session, one.unit):
                reviewers.setdefault(code, set()).add(one.id)
    users = db.session.execute(
        select(User.id, User.unit_code).where(User.active.is_(True), User.unit_code.is_not(None))
    )
    granters = _find_granters()
    accounts = find_accounts_of_one_person(set().union(*reviewers.values()))
    return [
        pk
        for pk, code in users
        if not any(accounts[one].isdisjoint((pk, *granters.get(pk, ()))) for one in reviewers.get(code, ()))
    ]


def _find_granters(user_ids=None):
    """Return user id → ids of the administrators who granted one of the current roles, from the audit log."""
    given = select(AuditEvent.entity_id, AuditEvent.actor_id, AuditPayload.body).where(
        AuditEvent.seq == AuditPayload.seq, AuditEvent.action == "role.assigned", AuditEvent.entity == "user"
    )
    held = select(User.id, Role.name).join(User.roles)
    if user_ids is not None:
        given, held = given.where(AuditEvent.entity_id.in_(user_ids)), held.where(User.id.in_(user_ids))
    last = {}
    with unrestricted(db.session):  # row-level security shows payloads of others to auditors only
        events = db.session.execute(given.order_by(AuditEvent.seq)).all()
    for pk, actor_id, body in events:
        facts = body.get("facts", {})
        last[pk, facts.get("role")] = facts.get("requested_by") or actor_id
    found = {}
    for pk, role in db.session.execute(held):
        if last.get((pk, role)) is not None:
            found.setdefault(pk, set()).add(last[pk, role])
    return found


def get_review_state(unit_code, is_national=False):
    """Return the ReviewState of a unit, or of the national reviews with `is_national`."""
    where = [StaffReview.is_national.is_(is_national)]
    oldest = select(func.min(func.coalesce(User.active_since, User.created_on)))
    if not is_national:
        where.append(StaffReview.unit_code == unit_code)
        oldest = oldest.where(User.unit_code == unit_code)
    last = db.session.scalar(select(StaffReview).where(*where).order_by(StaffReview.id.desc()).limit(1))
    started_at = last.signed_at if last is not None else db.session.scalar(oldest)
    due = (started_at or dates.now()) + REVIEW_INTERVAL
    return ReviewState(last, due.date(), due < dates.now())


def list_unit_reviews():
    """Return (unit, ReviewState) of every unit that has a unit administrator, overdue ones first."""
    statement = select(User).join(User.roles).where(Role.name.in_(_get_unit_roles()), User.active.is_(True))
    units = {user.unit_code: user.unit for user in db.session.scalars(statement).unique() if user.unit}
    found = [(unit, get_review_state(code)) for code, unit in sorted(units.items())]
    return sorted(found, key=lambda pair: (not pair[1].overdue, pair[1].due))


def sign_review(granter, decisions, reason):
    """Sign the review off and remove the roles that were not confirmed.

    `decisions` maps the id of each user under review to True if the roles stay. Return the review, or None if
    `decisions` does not name exactly these users or the administrator may not remove one of the roles.
    """
    people = find_users_to_review(granter)
    if {user.id for user in people} != set(decisions) or not people:
        return None
    review = StaffReview(
        unit_code=granter.unit,
        is_national=granter.managed_units is None,
        signed_by_id=granter.user_id,
        signed_at=dates.now(),
    )
    db.session.add(review)
    for user in people:
        roles = ", ".join(sorted(get_role_names(user)))
        review.lines.append(StaffReviewLine(user_id=user.id, roles=roles[:500], confirmed=decisions[user.id]))
    db.session.flush()
    for user in people:
        if not decisions[user.id] and not staff_actions.remove_all_roles(granter, user, reason):
            return None
    recorder.record(
        db.session(),
        "review.signed",
        "staff_review",
        review.id,
        unit=review.unit_code,
        people=len(people),
        taken=sum(not stays for stays in decisions.values()),
    )
    return review
