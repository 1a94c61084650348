"""The second person of a request: who decides it, and what prevents its approval.

Actions and the write guard apply the same rules. `target` is the profile of the user concerned, as stored.
"""

from dataclasses import replace

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts import delegation as acts
from app.accounts.admin_scope import get_admin_profile, get_delegation, get_role_names, is_national
from app.accounts.chain_of_command import CHIEF_ROLE, NATIONAL_ROLE, get_command_chain
from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.accounts.scope_columns import find_scope_model, read_scope_values
from app.extensions import db
from app.reference.models import Unit
from app.reference.periods import has_ended

SAME_PERSON = _(
    "These accounts share a telephone, e-mail address or two-step verification. Two different people are needed."
)
CHANGED = _("The record has changed since the request. Refuse the request and make a new one.")
NO_SECOND_PERSON = _(
    "No officer can approve this request: each possible officer is one of the two people, or shares a telephone, e-mail"
    " address or two-step verification with them. Correct the particulars, or ask the national administrators."
)
REQUESTER_MAY_NOT = _("The requesting officer no longer has permission to request this. Refuse the request.")
NO_EFFECT = _("The requested state already exists. Refuse the request.")


def may_decide(user, request, target=None):
    """Return whether `user` is a second person of the request, so that they may approve or refuse it."""
    if user.id in (request.requested_by_id, request.user_id):
        return False
    if share_identity(user, _get_requester(request), _get_user(request)):
        return False
    rule, roles = get_delegation(), get_role_names(user)
    if request.act == acts.SCOPE:
        return rule.can_manage_all_units(roles)
    target = target or get_admin_profile(_get_user(request))
    is_administrator = rule.may(get_admin_profile(user, db.session), request.act, target, request.role)
    if _find_second(request, target) == acts.SECOND:
        return is_administrator and rule.can_manage_all_units(roles)
    if is_administrator and request.act in (*acts.RESETS, acts.REOPEN):
        return True
    return any(
        role in roles and unit_code in (None, user.unit_code)
        for role, unit_code in find_deciders(request, target)
    )


def find_deciders(request, target=None):
    """Return (role, unit code or None) of those who decide: the chiefs of the unit, or the next ones up.

    A level without an officer who can be the second person passes the request to the next one. The list is empty if
    no officer can decide.
    """
    rule, administrators = get_delegation(), []
    for role in rule.grants:
        if rule.can_manage_all_units([role]) and _find_holders(request, role):
            administrators.append((role, None))
    if request.act == acts.SCOPE:
        return administrators
    target = target or get_admin_profile(_get_user(request))
    if _find_second(request, target) == acts.SECOND:
        return administrators
    chain = [unit.code for unit in get_command_chain(_find_unit_after(request, target))]
    chiefs = _find_holders(request, CHIEF_ROLE, User.unit_code.in_(chain))
    if chiefs:
        return [(CHIEF_ROLE, code) for code in sorted({chief.unit_code for chief in chiefs})]
    return [(NATIONAL_ROLE, None)] if _find_holders(request, NATIONAL_ROLE) else administrators


def _find_holders(request, role, *where):
    """Return the active holders of a role who are neither concerned nor seem to be one of the two people concerned."""
    concerned = (request.requested_by_id, request.user_id)
    holders = select(User).where(User.active.is_(True), User.roles.any(Role.name == role), *where)
    people = _get_requester(request), _get_user(request)
    return [
        one
        for one in db.session.scalars(holders).unique()
        if one.id not in concerned and not share_identity(one, *people)
    ]


def find_obstacle(request, target=None):
    """Return why the request cannot be approved now, or None."""
    requester = _get_requester(request)
    if not requester.active:
        return REQUESTER_MAY_NOT
    if request.act == acts.SCOPE:
        return _find_scope_obstacle(request, requester)
    target, rule = target or get_admin_profile(_get_user(request)), get_delegation()
    if target.unit != request.changes["unit_code"][0]:
        return CHANGED
    if request.act == acts.PHONE and not _has_phone(_get_user(request), request.changes["phone"]):
        return CHANGED
    if request.act == acts.FUNCTION and _get_user(request).functions not in request.changes["functions"]:
        return CHANGED
    if request.act == acts.MOVE and has_ended(db.session.get(Unit, request.changes["unit_code"][1])):
        return CHANGED
    profile = get_admin_profile(requester, db.session)
    if not rule.may(profile, request.act, target, request.role):
        return REQUESTER_MAY_NOT
    if not profile.manages_unit(_find_unit_after(request, target)):
        return REQUESTER_MAY_NOT
    if share_identity(requester, _get_user(request)):
        return SAME_PERSON
    is_granted = request.act == acts.ASSIGN and request.role in target.roles
    return NO_EFFECT if is_granted else None


def _has_phone(user, phones):
    """Return whether the account has the telephone of the request, or already the new one in this flush."""
    return user.phone in phones


def may_request_scope(user, model):
    """Return whether the user's roles may edit the model."""
    table = current_app.extensions["ecrime.permission_table"]
    return table.get_permissions(get_role_names(user)).may("can_edit", model.__name__)


def _get_requester(request):
    """Return the requester by key: a new request has not loaded its relationships."""
    return db.session.get(User, request.requested_by_id)


def _get_user(request):
    return db.session.get(User, request.user_id) if request.user_id else None


def _find_scope_obstacle(request, requester):
    model = find_scope_model(request.entity)
    if not may_request_scope(requester, model):
        return REQUESTER_MAY_NOT
    stored = read_scope_values(db.session, model, request.entity_key)
    is_current = stored is not None and all(
        stored[name] == before for name, (before, _after) in request.changes.items()
    )
    return None if is_current else CHANGED


def _find_second(request, target):
    requester = get_admin_profile(_get_requester(request), db.session)
    unit = db.session.get(Unit, _find_unit_after(request, target) or "")
    after = replace(target, unit=unit.code if unit else None, is_national=is_national(unit))
    return get_delegation().find_second(requester, request.act, after, request.role)


def _find_unit_after(request, target):
    return request.changes["unit_code"][1] if request.act == acts.MOVE else target.unit
