"""Which part of the register a user sees: his unit's area and offence families, and what was opened beyond them."""

import json
from dataclasses import replace

from sqlalchemy import bindparam

from app.accounts.models import User
from app.kernel import openings
from app.kernel.actors import Scope


def opened_for_reader(on_sqlite):
    """What stands open for the user of the surrounding statement at the time `:now`, as one text in it."""
    rows = openings.open_for(User.id, User.unit_code, bindparam("now")).correlate(User.__table__)
    return openings.gathered(rows, on_sqlite)


def part_of(unit):
    """What whoever serves in a unit sees, without what was opened beyond it."""
    families = frozenset((unit.families or "").split(",")) - {""}
    return Scope(area=unit.area_code or "", families=families, unit=unit.code)


def scope_of(user, opened="[]"):
    """The scope of a user; None, which shows no row, for one without a unit. `opened` is what the statement gave."""
    unit = user.unit
    if unit is None:
        return None
    ids = {openings.SHARE: set(), openings.BREAK_GLASS: set(), openings.REVEAL: set()}
    for kind, entity_id in json.loads(opened or "[]") or ():
        ids[kind].add(entity_id)
    return replace(
        part_of(unit),
        shared=frozenset(ids[openings.SHARE]),
        opened=frozenset(ids[openings.BREAK_GLASS]),
        revealed=frozenset(ids[openings.REVEAL]),
    )
