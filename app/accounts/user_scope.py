"""The scope of a user: the area and offence families of their unit, and the grants beyond them."""

import json
from dataclasses import replace
from datetime import timedelta

from flask import current_app
from sqlalchemy import bindparam

from app.accounts.account_functions import JUVENILE_OFFICER, get_functions
from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.models import User
from app.kernel.access import access_grants
from app.kernel.actor import ALL_TRAINEES, OF_UNITS_BELOW, Scope
from app.kernel.schema.record_lock import EDIT_WINDOW
from app.kernel.text import dates
from app.reference.unit_paths import find_former_units


def select_reader_grants(on_sqlite):
    """Return a subquery with the grants of the outer statement's user at the time `:now`, as JSON text."""
    rows = access_grants.active_grants(User.id, User.unit_code, bindparam("now")).correlate(User.__table__)
    return access_grants.grants_as_json(rows, on_sqlite)


# Functions of features above: user → ids of more cases of which the user sees nothing.
hidden_case_finders = []

# Kind of access that a user opens alone → the permission that it needs.
PERMISSION_OF_GRANT = {
    access_grants.BREAK_GLASS: ("can_use", "BreakGlass"),
    access_grants.REVEAL: ("can_reveal", "Reveal"),
}
INVESTIGATOR, CLERK = "Investigator", "Data-entry specialist"
# They correct and merge records, so they see the name of a suspect below 18. All others see it with limits only.
NOT_LIMITED_BY_AGE = frozenset(("Head of planning", "Technical working group"))
HOLDERS = frozenset((INVESTIGATOR, CLERK, "Warrant officer"))  # they enter arrests, custody and orders


def build_unit_scope(unit):
    """Return the scope of a member of the unit, without grants."""
    families = frozenset((unit.families or "").split(",")) - {""}
    former = find_former_units(unit.code)
    return Scope(area=unit.area_code or "", offence_families=families, unit=unit.code, former_units=former)


def build_user_scope(user, opened="[]"):
    """Return the scope of a user with the grants `opened` (JSON text), or None without a unit.

    Without a scope the user sees no row.
    """
    unit = user.unit
    if unit is None:
        return None
    kinds = (
        *access_grants.CASE_GRANTS, access_grants.BREAK_GLASS, access_grants.REVEAL, access_grants.MATCH,
        access_grants.BLIND,
    )  # fmt: skip
    ids = {kind: set() for kind in kinds}
    writable = set()
    for kind, entity_id, may_write in json.loads(opened or "[]") or ():
        ids[kind].add(entity_id)
        if may_write and kind == access_grants.SHARE:
            writable.add(entity_id)
    permissions = _get_permissions(user)
    for kind, permission in PERMISSION_OF_GRANT.items():
        if not permissions.may(*permission):
            ids[kind].clear()  # the user has lost the role that opened it
    return replace(
        build_unit_scope(unit),
        **_limit_minors(user, unit),
        juvenile_units=build_unit_scope(unit).units if JUVENILE_OFFICER in get_functions(user) else (),
        trainees=_find_trainees(user, permissions),
        shared_case_ids=frozenset().union(*(ids[kind] for kind in access_grants.CASE_GRANTS)),
        writable_case_ids=frozenset(writable),
        break_glass_ids=frozenset(ids[access_grants.BREAK_GLASS]),
        revealed_ids=frozenset(ids[access_grants.REVEAL]),
        matched_order_ids=frozenset(ids[access_grants.MATCH]),
        blind_case_ids=frozenset(ids[access_grants.BLIND]).union(
            *(find(user) for find in hidden_case_finders)
        ),
    )


def _get_permissions(user):
    return current_app.extensions["ecrime.permission_table"].get_permissions(get_role_names(user))


def _find_trainees(user, permissions):
    """Return whose results of training the user sees, beyond those of the user and of the sessions of the user."""
    if permissions.may("can_edit", "CourseSession"):
        return ALL_TRAINEES
    return OF_UNITS_BELOW if CHIEF_ROLE in get_role_names(user) else ""


def _limit_minors(user, unit):
    """Return the values of the scope that limit the names of suspects below 18.

    The investigators and the juvenile officers of the unit that entered the case see them, and its chief in the whole area.
    The clerk sees their own rows for 48 hours. The time is rounded up to the hour, so that the row filter of a user is built once an hour.
    """
    roles = get_role_names(user)
    if roles & NOT_LIMITED_BY_AGE:
        return {}
    works_with_minors = INVESTIGATOR in roles or JUVENILE_OFFICER in get_functions(user)
    since = (dates.now() - EDIT_WINDOW).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    scope = build_unit_scope(unit)
    return {
        "sees_minors": False,
        "minors_within": scope if CHIEF_ROLE in roles else None,
        "minors_units": scope.units if works_with_minors else (),
        "minors_held_by": scope.units if roles & HOLDERS else (),
        "entered_by": (user.id, since) if CLERK in roles else None,
    }
