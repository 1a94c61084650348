"""Requests that a second person decides: made, approved and applied exactly as requested, or refused.

They flush; the view commits. `write_guard` checks the rules again at the flush.
"""

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import inspect, select

from app.accounts import delegation as acts
from app.accounts import passwords, second_factor, second_person
from app.accounts.admin_scope import get_admin_profile, get_delegation
from app.accounts.audit_events import queue_event
from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.accounts.scope_columns import find_scope_model, from_json_value, read_scope_values
from app.accounts.staff_models import DONE, REFUSED, REQUESTED, StaffRequest
from app.accounts.unit_closing import find_late_entries, move_to_successor
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema.record_lock import to_json_value
from app.kernel.schema.rules import Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.reference.models import Unit


def request_approval(granter, act, user, role=None, reason="", unit=None, **values):
    """Request an act on an account that needs a second person. Return the request.

    `values` are the new values of other columns. `role` is also the code of a function. Return None if it is already requested. Raise RuleViolation if both accounts seem to be of one person.
    """
    if share_identity(db.session.get(User, granter.user_id), user):
        raise RuleViolation([Problem("", second_person.SAME_PERSON)])
    unit_after = unit.code if unit is not None else user.unit_code
    request = _add_request(
        f"{act}/{user.id}/{role or ''}",
        granter.user_id,
        reason,
        act=act,
        user_id=user.id,
        role=role,
        changes={"unit_code": [user.unit_code, unit_after]}
        | {name: [getattr(user, name), value] for name, value in values.items()},
    )
    if request is not None:
        _record_event(request, "role.requested" if act == acts.ASSIGN else "approval.requested")
    return request


def request_scope_change(user_id, model, key, values, reason):
    """Request new values for columns that two people change. Return the request.

    Return None if a change of this row is already requested, or if no value differs.
    """
    stored = read_scope_values(db.session, model, key)
    values = {name: to_json_value(value) for name, value in values.items()}
    changes = {name: [stored[name], value] for name, value in values.items() if stored[name] != value}
    if not changes:
        return None
    entity = model.__tablename__
    request = _add_request(
        f"{acts.SCOPE}/{entity}/{key}",
        user_id,
        reason,
        act=acts.SCOPE,
        entity=entity,
        entity_key=key,
        changes=changes,
    )
    if request is not None:
        _record_event(request, "scope.requested")
    return request


def _add_request(open_key, requester_id, reason, **values):
    if db.session.scalar(select(StaffRequest.id).where(StaffRequest.open_key == open_key)) is not None:
        return None
    request = StaffRequest(
        requested_by_id=requester_id,
        requested_at=dates.now(),
        reason=reason,
        state=REQUESTED,
        open_key=open_key,
        **values,
    )
    if not second_person.find_deciders(request):
        raise RuleViolation([Problem("", second_person.NO_SECOND_PERSON)])
    db.session.add(request)
    db.session.flush()
    return request


def decide_request(user_id, request, approved, note):
    """Approve and apply a request, or refuse it. Return the one-time password to hand over, or None.

    The caller has checked `second_person`. Raise RuleViolation if a rule forbids the new values.
    """
    password = None
    with db.session.no_autoflush:
        request.state, request.note = DONE if approved else REFUSED, note
        request.decided_by_id, request.decided_at, request.open_key = user_id, dates.now(), None
        if approved:
            password = _APPLY[request.act](request)
        elif request.act in (acts.ASSIGN, acts.SCOPE):
            _record_event(request, "role.refused" if request.act == acts.ASSIGN else "scope.refused")
        else:
            _record_event(request, "approval.refused")
    db.session.flush()
    return password


def _apply_role(request):
    """Grant the role. With the first role that reads cases, the second person hands over a new password.

    The administrator who created the account knows the first password.
    """
    user, rule = request.user, get_delegation()
    is_first = rule.is_privileged(request.role) and not any(
        map(rule.is_privileged, get_admin_profile(user).roles)
    )
    add_role(user, request.role, request.reason, **_facts(request))
    if not is_first:
        return None
    _remove_second_factor(request)
    return _reset_password(request) if current_app.appbuilder.sm.stores_passwords else None


def _reset_password(request):
    password = passwords.generate_password()
    passwords.set_password(request.user, password)
    queue_event(db.session(), "password.reset", request.user, **_facts(request))
    return password


def _remove_second_factor(request):
    if second_factor.remove_second_factor(request.user_id):
        queue_event(db.session(), "second_factor.removed", request.user, **_facts(request))


def _reopen(request):
    open_account(request.user, **_facts(request))


def _move(request):
    before, after = request.changes["unit_code"]
    request.user.unit_code, request.user.functions = after, None
    queue_event(
        db.session(),
        "user.changed",
        request.user,
        fields=["unit"],
        unit_before=before,
        unit=after,
        **_facts(request),
    )


def _change_phone(request):
    request.user.phone = request.changes["phone"][1]
    queue_event(db.session(), "user.changed", request.user, fields=["phone"], **_facts(request))


def _give_function(request):
    request.user.functions = request.changes["functions"][1]
    queue_event(
        db.session(),
        "user.changed",
        request.user,
        fields=["functions"],
        functions=request.user.functions,
        **_facts(request),
    )


def find_scope_problems(row):
    """Return the problems of a row with columns that two people change."""
    problems = check_rules(getattr(row, "__rules__", ()), row, Facts(dates.now()))
    return [*problems, *(find_late_entries(db.session(), row) if isinstance(row, Unit) else ())]


def _change_scope(request):
    model = find_scope_model(request.entity)
    row = db.session.get(model, request.entity_key)
    for name, (_before, after) in request.changes.items():
        setattr(row, name, from_json_value(model, name, after))
    for relation in inspect(model).relationships:  # an empty list would expire the new values too
        db.session.expire(row, [relation.key])
    problems = find_scope_problems(row)
    if problems:
        raise RuleViolation([Problem("", problem.text) for problem in problems])
    _record_event(request, "scope.changed")
    if request.changes.get("successor_code", (None, None))[1]:
        move_to_successor(db.session(), row)


_APPLY = {
    acts.ASSIGN: _apply_role,
    acts.PASSWORD: _reset_password,
    acts.FACTOR: _remove_second_factor,
    acts.REOPEN: _reopen,
    acts.MOVE: _move,
    acts.PHONE: _change_phone,
    acts.FUNCTION: _give_function,
    acts.SCOPE: _change_scope,
}


def add_role(user, name, reason, **facts):
    """Add a role to the account."""
    user.roles.append(db.session.scalar(select(Role).where(Role.name == name)))
    queue_event(db.session(), "role.assigned", user, role=name, private={"reason": reason}, **facts)


def open_account(user, **facts):
    """Enable a closed account again."""
    user.active, user.closed_at, user.close_reason, user.active_since = True, None, None, dates.now()
    db.session.flush()
    queue_event(db.session(), "user.reopened", user, **facts)


def _facts(request):
    return {"request": request.id, "requested_by": request.requested_by_id}


def _record_event(request, action):
    facts, subject = _facts(request), ("user", request.user_id)
    if request.act == acts.SCOPE:
        subject = (request.entity, None)
        before, after = zip(*request.changes.values(), strict=True)
        facts |= {"key": request.entity_key, "fields": list(request.changes)}
        facts |= {"from": list(before), "to": list(after)}
    recorder.record(
        db.session(),
        action,
        *subject,
        act=request.act,
        role=request.role,
        private={"reason": request.reason, "note": request.note},
        **facts,
    )
