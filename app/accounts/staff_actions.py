"""Actions of an administrator on the accounts of other users. They flush; the view commits.

Each action checks the rules and returns False or None if they refuse it. `write_guard` checks them again at the flush.
What needs a second person is only requested here; `staff_requests` decides it.
"""

from dataclasses import replace

from app.accounts import delegation as acts
from app.accounts import passwords, staff_requests
from app.accounts.account_functions import format_functions, get_functions
from app.accounts.admin_scope import (
    get_admin_profile,
    get_delegation,
    is_national,
)
from app.accounts.audit_events import queue_event
from app.accounts.identity_traits import hides_match
from app.accounts.models import User
from app.extensions import db
from app.kernel.text import dates


def add_account(granter, unit, username, name_km, rank=None, phone=None):
    """Create an account without roles in `unit`. Return (user, one-time password), or None."""
    target = acts.AdminProfile(None, frozenset(), unit.code, not unit.area_code)
    if not get_delegation().may(granter, acts.ADD, target):
        return None
    user = User(username=username, name_km=name_km, first_name=name_km[:64], last_name="", active=True)
    user.email = f"{username}@register.invalid"
    user.unit_code, user.rank, user.phone, user.active_since = unit.code, rank, phone, dates.now()
    password = passwords.generate_password()
    passwords.set_password(user, password)
    db.session.add(user)
    db.session.flush()
    queue_event(db.session(), "user.added", user, unit=unit.code)
    return user, password


def add_accounts(granter, unit, lines, role, reason):
    """Create the accounts of checked lines and grant or request `role`, if any, for each of them.

    Return their (user, one-time password) pairs, or None if the granter may not do this.
    """
    made = [add_account(granter, unit, **line.values) for line in lines]
    if None in made:
        return None
    done = [set_roles(granter, user, {role}, reason) for user, _password in made if role]
    return None if None in done else made


def change_account(granter, user, unit, reason, **particulars):
    """Change particulars and unit. Return "changed", or "requested" if a second person decides on the unit or telephone.

    Return "pending" if that is already requested, and None if the rules refuse the change.
    """
    target, after = get_admin_profile(user), _profile_in(user, unit)
    rule = get_delegation()
    if not rule.may(granter, acts.CHANGE, target) or not rule.may_move(granter, target, after):
        return None
    phone, requests = particulars.get("phone"), []
    if hides_match(user.id, user.phone, phone):
        requests.append((acts.PHONE, {"phone": phone}))
        del particulars["phone"]
    changed = sorted(name for name, value in particulars.items() if getattr(user, name) != value)
    before = user.unit_code
    for name, value in particulars.items():
        setattr(user, name, value)
    user.first_name = user.name_km[:64]
    is_moved = unit.code != before
    is_alone = not rule.needs_second(granter, acts.MOVE, after)
    if is_moved and is_alone:
        user.unit_code, user.functions = unit.code, None
        changed.append("unit")
    if changed:
        db.session.flush()
        queue_event(
            db.session(), "user.changed", user, fields=changed, unit_before=before, unit=user.unit_code
        )
    requests += [(acts.MOVE, {"unit": unit})] if is_moved and not is_alone else []
    made = [
        staff_requests.request_approval(granter, act, user, reason=reason, **values)
        for act, values in requests
    ]
    if None in made:
        return "pending"
    return "requested" if made else "changed"


def _profile_in(user, unit):
    return replace(get_admin_profile(user), unit=unit.code, is_national=is_national(unit))


def set_roles(granter, user, wanted, reason):
    """Grant and remove roles until `user` has the roles `wanted`, among those that the granter may grant.

    Return the lists of role names (granted, removed, requested), or None if the granter may not change one of them.
    A role that needs a second person is requested and not granted.
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
        if not after:
            user.functions = None
        if removed:
            db.session.flush()
        for role in granted:
            staff_requests.add_role(user, role, reason)
    db.session.flush()
    return (
        granted,
        removed,
        [
            role
            for role in requested
            if staff_requests.request_approval(granter, acts.ASSIGN, user, role, reason)
        ],
    )


def set_functions(granter, user, wanted, reason):
    """End the functions that are not `wanted`, and request the others.

    Return the lists (ended, requested), or None if the granter may not change the account. A function needs a role.
    """
    if not get_delegation().may(granter, acts.CHANGE, get_admin_profile(user)):
        return None
    held = get_functions(user)
    ended, new = sorted(held - wanted), sorted(wanted - held) if user.roles else []
    if ended:
        user.functions = format_functions(held & wanted)
        db.session.flush()
        queue_event(
            db.session(), "user.changed", user, fields=["functions"], functions=user.functions,
            private={"reason": reason},
        )  # fmt: skip
    values = {code: format_functions({*(held & wanted), code}) for code in new}
    made = [
        (code, staff_requests.request_approval(granter, acts.FUNCTION, user, code, reason, functions=value))
        for code, value in values.items()
    ]
    return ended, [code for code, request in made if request is not None]


def remove_all_roles(granter, user, reason):
    """Remove every role of `user`. Return False if the granter may not remove one of them."""
    return set_roles(granter, user, (), reason) is not None and not user.roles


def _remove_role(user, name, reason):
    user.roles.remove(next(role for role in user.roles if role.name == name))
    queue_event(db.session(), "role.removed", user, role=name, private={"reason": reason})


def close_account(granter, user, reason):
    """Close an account; its sessions and tokens end."""
    if not user.active or not get_delegation().may(granter, acts.CLOSE, get_admin_profile(user)):
        return False
    user.active, user.closed_at, user.close_reason = False, dates.now(), "manual"
    db.session.flush()
    queue_event(db.session(), "user.closed", user, because="manual", private={"reason": reason})
    return True


def reopen_account(granter, user):
    """Reopen a closed account that has no role with access to cases."""
    target, rule = get_admin_profile(user), get_delegation()
    if not rule.may(granter, acts.REOPEN, target) or rule.needs_second(granter, acts.REOPEN, target):
        return False
    staff_requests.open_account(user)
    return True
