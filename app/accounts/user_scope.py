"""The scope of a user: the area and offence families of their unit, and the grants beyond them."""

import json
from dataclasses import replace

from sqlalchemy import bindparam

from app.accounts.admin_scope import get_role_names
from app.accounts.models import User
from app.kernel.access import access_grants
from app.kernel.actor import Scope


def select_reader_grants(on_sqlite):
    """Return a subquery with the grants of the outer statement's user at the time `:now`, as JSON text."""
    rows = access_grants.active_grants(User.id, User.unit_code, bindparam("now")).correlate(User.__table__)
    return access_grants.grants_as_json(rows, on_sqlite)


# Suspects below 18 are named to the officers of the case, and to those who correct and merge records.
READERS_WITHOUT_MINORS = frozenset(("Manager", "Criminal police monitor", "Planning monitor"))


def build_unit_scope(unit):
    """Return the scope of a member of the unit, without grants."""
    families = frozenset((unit.families or "").split(",")) - {""}
    return Scope(area=unit.area_code or "", offence_families=families, unit=unit.code)


def build_user_scope(user, opened="[]"):
    """Return the scope of a user with the grants `opened` (JSON text), or None without a unit.

    Without a scope the user sees no row.
    """
    unit = user.unit
    if unit is None:
        return None
    kinds = access_grants.SHARE, access_grants.BREAK_GLASS, access_grants.REVEAL, access_grants.MATCH
    ids = {kind: set() for kind in kinds}
    writable = set()
    for kind, entity_id, may_write in json.loads(opened or "[]") or ():
        ids[kind].add(entity_id)
        if may_write and kind == access_grants.SHARE:
            writable.add(entity_id)
    return replace(
        build_unit_scope(unit),
        sees_minors=not get_role_names(user) <= READERS_WITHOUT_MINORS,
        shared_case_ids=frozenset(ids[access_grants.SHARE]),
        writable_case_ids=frozenset(writable),
        break_glass_ids=frozenset(ids[access_grants.BREAK_GLASS]),
        revealed_ids=frozenset(ids[access_grants.REVEAL]),
        matched_order_ids=frozenset(ids[access_grants.MATCH]),
    )
