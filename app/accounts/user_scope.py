"""Which part of the register a user sees: his unit's area and offence families, and what was opened beyond them."""

import json
from dataclasses import replace

from sqlalchemy import bindparam

from app.accounts.models import User
from app.kernel.access import access_grants
from app.kernel.actor import Scope


def opened_for_reader(on_sqlite):
    """What stands open for the user of the surrounding statement at the time `:now`, as one text in it."""
    rows = access_grants.open_for(User.id, User.unit_code, bindparam("now")).correlate(User.__table__)
    return access_grants.gathered(rows, on_sqlite)


def part_of(unit):
    """What whoever serves in a unit sees, without what was opened beyond it."""
    families = frozenset((unit.families or "").split(",")) - {""}
    return Scope(area=unit.area_code or "", families=families, unit=unit.code)


def scope_of(user, opened="[]"):
    """The scope of a user; None, which shows no row, for one without a unit. `opened` is what the statement gave."""
    unit = user.unit
    if unit is None:
        return None
    ids = {access_grants.SHARE: set(), access_grants.BREAK_GLASS: set(), access_grants.REVEAL: set()}
    for kind, entity_id in json.loads(opened or "[]") or ():
        ids[kind].add(entity_id)
    return replace(
        part_of(unit),
        shared=frozenset(ids[access_grants.SHARE]),
        opened=frozenset(ids[access_grants.BREAK_GLASS]),
        revealed=frozenset(ids[access_grants.REVEAL]),
    )
