"""Which officers act for a unit: the one who signs, and the chief above a unit without an account that answers letters."""

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import (
    CHIEF_ROLE,
    NATIONAL_ROLE,
    find_responsible_chief,
    is_in_command_chain,
)
from app.accounts.models import User
from app.extensions import db


def find_present_chief(unit_code, but_not=None):
    """Return (role, unit code) of the chief responsible for a unit, or of the national monitor if no account has this role.

    `but_not` is the id of an officer who may not act.
    """
    role, chief_unit = find_responsible_chief(unit_code)
    if chief_unit is None:
        return role, None
    others = select(User.id).where(
        User.unit_code == chief_unit, User.active.is_(True), User.id != (but_not or 0)
    )
    is_present = db.session.scalar(others.where(User.roles.any(name=role)).limit(1)) is not None
    return (role, chief_unit) if is_present else (NATIONAL_ROLE, None)


def has_officer(unit_code):
    """Return whether an active account of the unit may answer letters."""
    table = current_app.extensions["ecrime.permission_table"].table
    roles = [role for role, resources in table.items() if "can_edit" in resources.get("Letter", ())]
    found = select(User.id).where(User.unit_code == unit_code, User.active.is_(True))
    return db.session.scalar(found.where(User.roles.any(Role.name.in_(roles))).limit(1)) is not None


def stands_in(user, unit_code):
    """Return whether the user is the chief above a unit that has no officer for its letters."""
    is_chief = CHIEF_ROLE in get_role_names(user) and is_in_command_chain(user, unit_code)
    return is_chief and not has_officer(unit_code)


def is_unread(unit_code):
    """Return whether no account answers the letters of the unit, and no chief above it either."""
    return not has_officer(unit_code) and find_present_chief(unit_code)[1] is None
