"""The scope of an administrator: their own unit and the units below it."""

from flask import current_app
from sqlalchemy import select

from app.accounts.delegation import AdminProfile
from app.reference.models import Unit


def get_delegation():
    """Return the `Delegation` rules of this application."""
    return current_app.extensions["ecrime.delegation"]


def find_subordinate_units(session, unit):
    """Return the codes of `unit` and of the units below it with a scope inside its own.

    A unit placed under another by mistake, with a wider area or more offence families, is left out.
    """
    start = select(Unit.code, Unit.area_code, Unit.families).where(Unit.code == unit.code)
    tree = start.cte("under", recursive=True)
    under = select(Unit.code, Unit.area_code, Unit.families).join(tree, Unit.parent_code == tree.c.code)
    rows = session.execute(select(tree.union(under))).all()
    return frozenset(code for code, area, families in rows if _is_within(unit, area, families))


def _is_within(unit, area, families):
    inside = not unit.area_code or (area or "").startswith(unit.area_code)
    own = _split_families(unit.families)
    return inside and (not own or bool(_split_families(families)) and _split_families(families) <= own)


def _split_families(text):
    return frozenset((text or "").replace(",", " ").split())


def get_role_names(user):
    """Return the names of all roles of a user, those of their groups included."""
    return frozenset(role.name for role in user.roles) | {
        role.name for group in user.groups for role in group.roles
    }


def get_admin_profile(user, session=None):
    """Return the AdminProfile of `user`. `managed_units` is filled only if a session is given."""
    roles, unit = get_role_names(user), user.unit
    managed_units = frozenset()
    if session is not None and get_delegation().can_manage_all_units(roles):
        managed_units = None
    elif session is not None and unit is not None and get_delegation().can_manage_accounts(roles):
        managed_units = find_subordinate_units(session, unit)
    return AdminProfile(user.id, roles, user.unit_code, is_national(unit), managed_units)


def is_national(unit):
    """Return whether members of the unit see every province. No unit counts as national."""
    return unit is None or not unit.area_code
