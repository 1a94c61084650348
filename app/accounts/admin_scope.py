"""How far an administrator's hand reaches: his own unit and what lies under it."""

from flask import current_app
from sqlalchemy import select

from app.accounts.delegation import Standing
from app.reference.models import Unit


def rules():
    """The `Delegation` of this register."""
    return current_app.extensions["ecrime.delegation"]


def below(session, unit):
    """The codes of `unit` and of all units under it whose part of the register lies within its own.

    A unit that hangs under another by mistake, but sees a wider area or more families, is not below it.
    """
    start = select(Unit.code, Unit.area_code, Unit.families).where(Unit.code == unit.code)
    tree = start.cte("under", recursive=True)
    under = select(Unit.code, Unit.area_code, Unit.families).join(tree, Unit.parent_code == tree.c.code)
    rows = session.execute(select(tree.union(under))).all()
    return frozenset(code for code, area, families in rows if _within(unit, area, families))


def _within(unit, area, families):
    inside = not unit.area_code or (area or "").startswith(unit.area_code)
    own = _families(unit.families)
    return inside and (not own or bool(_families(families)) and _families(families) <= own)


def _families(text):
    return frozenset((text or "").replace(",", " ").split())


def role_names(user):
    """The names of all roles that a user has, be it by a group."""
    return frozenset(role.name for role in user.roles) | {
        role.name for group in user.groups for role in group.roles
    }


def standing(user, session=None):
    """Where `user` stands. With a session also how far he reaches, as somebody who looks after others."""
    roles, unit = role_names(user), user.unit
    reach = frozenset()
    if session is not None and rules().everywhere(roles):
        reach = None
    elif session is not None and unit is not None and rules().looks_after_people(roles):
        reach = below(session, unit)
    return Standing(user.id, roles, user.unit_code, is_nation(unit), reach)


def standing_in(user, unit):
    """Where `user` would stand in another unit."""
    return Standing(user.id, role_names(user), unit.code, is_nation(unit))


def is_nation(unit):
    """Whether who serves there sees every province. A user without a unit is taken for one of the nation."""
    return unit is None or not unit.area_code
