"""What an administrator does with the account of somebody else. They flush; the view commits.

Each asks the rules first and gives False, or None, where they say no; below them the session asks the same again.
"""

import secrets

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.accounts import delegation as acts
from app.accounts import passwords, second_factor
from app.accounts.admin_scope import rules, standing
from app.accounts.audit_events import note
from app.accounts.models import User
from app.accounts.staff_models import ASKED, DONE, REFUSED, StaffRequest
from app.extensions import db
from app.kernel.text import dates

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


def new_password():
    """A password to be said aloud once: twelve letters and digits in three groups."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def add(granter, unit, username, name_km, rank=None, phone=None):
    """A new account without roles in `unit`. Gives (user, one-time password), or None."""
    target = acts.Standing(None, frozenset(), unit.code, not unit.area_code)
    if not rules().may(granter, acts.ADD, target):
        return None
    user = User(username=username, name_km=name_km, first_name=name_km[:64], last_name="", active=True)
    user.email = f"{username}@register.invalid"
    user.unit_code, user.rank, user.phone, user.opened_at = unit.code, rank, phone, dates.now()
    password = new_password()
    passwords.give(user, password)
    db.session.add(user)
    db.session.flush()
    note(db.session(), "user.added", user, unit=unit.code)
    return user, password


def change(granter, user, unit, **particulars):
    """Change particulars and unit. False where the rules say no, also where the roles may not be held there."""
    if not rules().may(granter, acts.CHANGE, standing(user)):
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
        note(db.session(), "user.changed", user, fields=changed, unit_before=before, unit=user.unit_code)
    return True


def set_roles(granter, user, wanted, reason):
    """Give and take until `user` holds the roles `wanted`, among those that the granter may give.

    Gives (given, taken, asked) as lists of names, or None where one of them is not his to give or take. What needs a
    second administrator is asked for and not given.
    """
    target, rule = standing(user), rules()
    own = rule.ways(granter.roles)
    given, taken = sorted(set(wanted) - target.roles), sorted((target.roles & own.keys()) - set(wanted))
    after = (target.roles - set(taken)) | set(given)
    lawful = all(rule.may(granter, acts.TAKE, target, role) for role in taken) and all(
        role in own
        and rule.may(granter, acts.GIVE, acts.Standing(user.id, frozenset(), user.unit_code), role)
        for role in given
    )
    if not lawful or not rule.may(granter, acts.CHANGE, target) or not rule.go_together(after):
        return None
    asked = [role for role in given if rule.needs_second(granter, acts.GIVE, target, role)]
    given = [role for role in given if role not in asked]
    with db.session.no_autoflush:
        for role in taken:
            _take(user, role, reason)
        if taken:
            db.session.flush()
        for role in given:
            _give(user, role, reason)
    db.session.flush()
    return given, taken, [role for role in asked if ask(granter, acts.GIVE, user, role, reason)]


def take_all(granter, user, reason):
    """Take every role of `user`. False where one of them is not the granter's to take."""
    return set_roles(granter, user, (), reason) is not None and not user.roles


def _give(user, name, reason, **facts):
    role = db.session.scalar(select(Role).where(Role.name == name))
    user.roles.append(role)
    note(db.session(), "role.given", user, role=name, private={"reason": reason}, **facts)


def _take(user, name, reason):
    user.roles.remove(next(role for role in user.roles if role.name == name))
    note(db.session(), "role.taken", user, role=name, private={"reason": reason})


def set_password(granter, user):
    """A one-time password for somebody else. Gives it, or None."""
    if not _alone(granter, acts.PASSWORD, user):
        return None
    return _new_password(user)


def _new_password(user, **facts):
    password = new_password()
    passwords.give(user, password)
    db.session.flush()
    note(db.session(), "password.reset", user, **facts)
    return password


def remove_factor(granter, user):
    """Somebody lost the telephone: the second factor goes, and is set up anew at the next sign-in."""
    return _alone(granter, acts.FACTOR, user) and _remove_factor(user)


def _remove_factor(user, **facts):
    second_factor.remove(user.id)
    note(db.session(), "secondfactor.off", user, **facts)
    return True


def close(granter, user, reason):
    """Nobody signs in with this account any more; its sessions and tokens end."""
    if not user.active or not rules().may(granter, acts.CLOSE, standing(user)):
        return False
    user.active, user.closed_at, user.closed_because = False, dates.now(), "by_hand"
    db.session.flush()
    note(db.session(), "user.closed", user, because="by_hand", private={"reason": reason})
    return True


def reopen(granter, user):
    """Open a closed account again."""
    return _alone(granter, acts.REOPEN, user) and _reopen(user)


def _reopen(user, **facts):
    user.active, user.closed_at, user.closed_because, user.opened_at = True, None, None, dates.now()
    db.session.flush()
    note(db.session(), "user.reopened", user, **facts)
    return True


def _alone(granter, act, user):
    target = standing(user)
    return rules().may(granter, act, target) and not rules().needs_second(granter, act, target)


def ask(granter, act, user, role, reason):
    """Ask another administrator for an act that one may not do alone. Gives the request; None where it is not to be had,
    or is asked already."""
    target = standing(user)
    if not rules().may(granter, act, target, role) or not rules().needs_second(granter, act, target, role):
        return None
    same = select(StaffRequest.id).where(
        StaffRequest.user_id == user.id,
        StaffRequest.act == act,
        StaffRequest.role == role if role else StaffRequest.role.is_(None),
        StaffRequest.state == ASKED,
    )
    if db.session.scalar(same) is not None:
        return None
    request = StaffRequest(
        act=act, user_id=user.id, role=role, reason=reason, asked_by_id=granter.user_id, asked_at=dates.now()
    )
    request.state = ASKED
    db.session.add(request)
    db.session.flush()
    note(
        db.session(),
        "role.asked" if act == acts.GIVE else "user.asked",
        user,
        act=act,
        role=role,
        request=request.id,
    )
    return request


def may_decide(granter, request):
    """Whether this administrator is another one than who asked and whom it is about, and may do what is asked."""
    others = granter.user_id not in (request.asked_by_id, request.user_id)
    target = standing(request.user)
    return (
        request.state == ASKED
        and others
        and rules().everywhere(granter.roles)
        and rules().may(granter, request.act, target, request.role)
    )


def decide(granter, request, yes):
    """Carry out what was asked, or refuse it. Gives (done, one-time password where there is one)."""
    if not (may_decide(granter, request) if yes else _may_refuse(granter, request)):
        return False, None
    user, password = request.user, None
    facts = {"request": request.id, "asked_by": request.asked_by_id}
    with db.session.no_autoflush:
        request.state, request.decided_by_id, request.decided_at = (
            DONE if yes else REFUSED,
            granter.user_id,
            dates.now(),
        )
        if not yes:
            note(db.session(), "role.refused", user, act=request.act, role=request.role, **facts)
        elif request.act == acts.GIVE:
            _give(user, request.role, request.reason, **facts)
        elif request.act == acts.PASSWORD:
            password = _new_password(user, **facts)
        elif request.act == acts.FACTOR:
            _remove_factor(user, **facts)
        elif request.act == acts.REOPEN:
            _reopen(user, **facts)
    db.session.flush()
    return True, password


def _may_refuse(granter, request):
    other = granter.user_id not in (request.asked_by_id, request.user_id)
    return request.state == ASKED and other and rules().everywhere(granter.roles)
