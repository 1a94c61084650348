"""Dormant accounts: an account that was not used for 90 days closes. The last administrator's stays open.

Every sign-in checks `User.is_active`, which is false from the 91st day on. `maintenance.close_dormant_accounts`
writes the closing to the database.
"""

from datetime import timedelta

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import object_session

from app.accounts.admin_scope import get_delegation, get_role_names
from app.accounts.models import User
from app.kernel.text import dates

MAX_IDLE = timedelta(days=90)
WARN_AFTER = timedelta(days=60)


def get_last_use(user):
    """Return the time of the last sign-in, creation or reopening, or None if unknown."""
    return max(filter(None, (user.last_login, user.active_since, user.created_on)), default=None)


def is_dormant(user, since=MAX_IDLE):
    last = get_last_use(user)
    return last is not None and dates.now() - last > since


def count_days_left(user):
    """Return the whole days until the account closes."""
    last = get_last_use(user)
    return max((last + MAX_IDLE - dates.now()).days, 0) if last is not None else MAX_IDLE.days


def find_dormant_accounts(session):
    """Return the active accounts that must close now, without the last administrator's."""
    last = func.coalesce(User.active_since, User.created_on)
    old = dates.now() - MAX_IDLE
    statement = select(User).where(
        User.active.is_(True), last < old, func.coalesce(User.last_login, User.created_on) < old
    )
    found = [user for user in session.scalars(statement).unique() if is_dormant(user)]
    return [user for user in found if not _is_last_administrator(session, user)]


def _is_last_administrator(session, user):
    """Return whether no other administrator used their account later, so that closing it would lock all out."""
    if not get_delegation().can_manage_all_units(get_role_names(user)):
        return False
    highest = [role for role in get_delegation().grants if get_delegation().can_manage_all_units([role])]
    others = session.scalars(
        select(User).join(User.roles).where(Role.name.in_(highest), User.active.is_(True), User.id != user.id)
    ).unique()
    return not any((get_last_use(other), other.id) > (get_last_use(user), user.id) for other in others)


def _is_active(user):
    if not user.active or not is_dormant(user):
        return bool(user.active)
    session = object_session(user)
    return session is not None and _is_last_administrator(session, user)


User.is_active = property(_is_active)
