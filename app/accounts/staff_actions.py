"""Actions of an administrator on the accounts of other users. They flush; the view commits.

Each action checks the rules and returns False or None if they refuse it. `write_guard` checks them again at the flush.
"""

import secrets

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.accounts import delegation as acts
from app.accounts import passwords, second_factor
from app.accounts.admin_scope import get_admin_profile, get_delegation
from app.accounts.audit_events import queue_event
from app.accounts.models import User
from app.accounts.staff_models import DONE, REFUSED, REQUESTED, StaffRequest
from app.extensions import db
from app.kernel.text import dates

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike


def generate_password():
    """Return a one-time password that is easy to read aloud: 12 letters and digits in three groups."""
    return "-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(3))


def add_account(granter, unit, username, name_km, rank=None, phone=None):
    """Create an account without roles in `unit`. Return (user, one-time password), or None."""
    target = acts.AdminProfile(None, frozenset(), unit.code, not unit.area_code)
    if not get_delegation().may(granter, acts.ADD, target):
        return None
    user = User(username=username, name_km=name_km, first_name=name_km[:64], last_name="", active=True)
    user.email = f"{username}@register.invalid"
    user.unit_code, user.rank, user.phone, user.active_since = unit.code, rank, phone, dates.now()
    password = generate_password()
    passwords.set_password(user, password)
    db.session.add(user)
    db.session.flush()
    queue_event(db.session(), "user.added", user, unit=unit.code)
    return user, password


def change_account(granter, user, unit, **particulars):
    """Change particulars and unit. Return False if the rules refuse it.

    The flush raises RuleBroken if the user's roles cannot be moved to the new unit.
    """
    if not get_delegation().may(granter, acts.CHANGE, get_admin_profile(user)):
        return False
    changed = sorted(name for name, value in particulars.items() if getattr(user, name) != value)
    before = user.unit_code
    for name, value in particulars.items():
        setattr(user, name, value)
    user.first_name = user.name_km[:64]
    if unit.code != before:
        user.unit_code = unit.code
        changed.append("unit")
    if changed:
        db.session.flush()
        queue_event(
            db.session(), "user.changed", user, fields=changed, unit_before=before, unit=user.unit_code
        )
    return True


def set_roles(granter, user, wanted, reason):
    """Grant and remove roles until `user` has the roles `wanted`, among those that the granter may grant.

    Return the lists of role names (granted, removed, requested), or None if the granter may not change one of them.
    A role that needs a second administrator is requested and not granted.
    """
    target, rule = get_admin_profile(user), get_delegation()
    grantable = rule.get_grantable_roles(granter.roles)
    granted, removed = (
        sorted(set(wanted) - target.roles),
        sorted((target.roles & grantable.keys()) - set(wanted)),
    )
    after = (target.roles - set(removed)) | set(granted)
    is_allowed = all(rule.may(granter, acts.REMOVE, target, role) for role in removed) and all(
        role in grantable
        and rule.may(granter, acts.ASSIGN, acts.AdminProfile(user.id, frozenset(), user.unit_code), role)
        for role in granted
    )
    if not is_allowed or not rule.may(granter, acts.CHANGE, target) or not rule.can_combine(after):
        return None
    requested = [role for role in granted if rule.needs_second(granter, acts.ASSIGN, target, role)]
    granted = [role for role in granted if role not in requested]
    with db.session.no_autoflush:
        for role in removed:
            _remove_role(user, role, reason)
        if removed:
            db.session.flush()
        for role in granted:
            _add_role(user, role, reason)
    db.session.flush()
    return (
        granted,
        removed,
        [role for role in requested if request_approval(granter, acts.ASSIGN, user, role, reason)],
    )


def remove_all_roles(granter, user, reason):
    """Remove every role of `user`. Return False if the granter may not remove one of them."""
    return set_roles(granter, user, (), reason) is not None and not user.roles


def _add_role(user, name, reason, **facts):
    role = db.session.scalar(select(Role).where(Role.name == name))
    user.roles.append(role)
    queue_event(db.session(), "role.assigned", user, role=name, private={"reason": reason}, **facts)


def _remove_role(user, name, reason):
    user.roles.remove(next(role for role in user.roles if role.name == name))
    queue_event(db.session(), "role.removed", user, role=name, private={"reason": reason})


def set_password(granter, user):
    """Set a one-time password for another user. Return it, or None if this is refused."""
    if not _may_act_alone(granter, acts.PASSWORD, user):
        return None
    return _reset_password(user)


def _reset_password(user, **facts):
    password = generate_password()
    passwords.set_password(user, password)
    db.session.flush()
    queue_event(db.session(), "password.reset", user, **facts)
    return password


def remove_second_factor(granter, user):
    """Remove the second factor of a user who lost their telephone. They set it up again at the next sign-in."""
    return _may_act_alone(granter, acts.FACTOR, user) and _remove_second_factor(user)


def _remove_second_factor(user, **facts):
    second_factor.remove_second_factor(user.id)
    queue_event(db.session(), "second_factor.removed", user, **facts)
    return True


def close_account(granter, user, reason):
    """Close an account; its sessions and tokens end."""
    if not user.active or not get_delegation().may(granter, acts.CLOSE, get_admin_profile(user)):
        return False
    user.active, user.closed_at, user.close_reason = False, dates.now(), "manual"
    db.session.flush()
    queue_event(db.session(), "user.closed", user, because="manual", private={"reason": reason})
    return True


def reopen_account(granter, user):
    """Reopen a closed account."""
    return _may_act_alone(granter, acts.REOPEN, user) and _reopen_account(user)


def _reopen_account(user, **facts):
    user.active, user.closed_at, user.close_reason, user.active_since = True, None, None, dates.now()
    db.session.flush()
    queue_event(db.session(), "user.reopened", user, **facts)
    return True


def _may_act_alone(granter, act, user):
    target = get_admin_profile(user)
    return get_delegation().may(granter, act, target) and not get_delegation().needs_second(
        granter, act, target
    )


def request_approval(granter, act, user, role, reason):
    """Request an action that needs another administrator. Return the request.

    Return None if the rules refuse the action, if it needs no second administrator, or if it is already requested.
    """
    target = get_admin_profile(user)
    if not get_delegation().may(granter, act, target, role) or not get_delegation().needs_second(
        granter, act, target, role
    ):
        return None
    same = select(StaffRequest.id).where(
        StaffRequest.user_id == user.id,
        StaffRequest.act == act,
        StaffRequest.role == role if role else StaffRequest.role.is_(None),
        StaffRequest.state == REQUESTED,
    )
    if db.session.scalar(same) is not None:
        return None
    request = StaffRequest(
        act=act,
        user_id=user.id,
        role=role,
        reason=reason,
        requested_by_id=granter.user_id,
        requested_at=dates.now(),
    )
    request.state = REQUESTED
    db.session.add(request)
    db.session.flush()
    queue_event(
        db.session(),
        "role.requested" if act == acts.ASSIGN else "approval.requested",
        user,
        act=act,
        role=role,
        request=request.id,
    )
    return request


def may_decide(granter, request):
    """Return whether this administrator may approve: neither requester nor the user concerned, and allowed to act."""
    others = granter.user_id not in (request.requested_by_id, request.user_id)
    target = get_admin_profile(request.user)
    return (
        request.state == REQUESTED
        and others
        and get_delegation().can_manage_all_units(granter.roles)
        and get_delegation().may(granter, request.act, target, request.role)
    )


def decide_request(granter, request, approved):
    """Approve and carry out a request, or refuse it. Return (done, one-time password or None)."""
    if not (may_decide(granter, request) if approved else _may_refuse(granter, request)):
        return False, None
    user, password = request.user, None
    facts = {"request": request.id, "requested_by": request.requested_by_id}
    with db.session.no_autoflush:
        request.state, request.decided_by_id, request.decided_at = (
            DONE if approved else REFUSED,
            granter.user_id,
            dates.now(),
        )
        if not approved:
            queue_event(db.session(), "role.refused", user, act=request.act, role=request.role, **facts)
        elif request.act == acts.ASSIGN:
            _add_role(user, request.role, request.reason, **facts)
        elif request.act == acts.PASSWORD:
            password = _reset_password(user, **facts)
        elif request.act == acts.FACTOR:
            _remove_second_factor(user, **facts)
        elif request.act == acts.REOPEN:
            _reopen_account(user, **facts)
    db.session.flush()
    return True, password


def _may_refuse(granter, request):
    other = granter.user_id not in (request.requested_by_id, request.user_id)
    return request.state == REQUESTED and other and get_delegation().can_manage_all_units(granter.roles)
