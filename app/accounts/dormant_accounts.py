"""An account that nobody used for ninety days closes itself; the last administrator's stays open.

`User.is_active`, which every door asks, already says so on the ninety-first day; `close_unused` writes it down.
"""

from datetime import timedelta

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import object_session

from app.accounts.admin_scope import role_names, rules
from app.accounts.models import User
from app.kernel.text import dates

LONGEST = timedelta(days=90)
WARNED = timedelta(days=60)


def last_used(user):
    """When somebody signed in last, or the account was made or opened again; None where nobody knows."""
    return max(filter(None, (user.last_login, user.opened_at, user.created_on)), default=None)


def is_unused(user, since=LONGEST):
    last = last_used(user)
    return last is not None and dates.now() - last > since


def days_left(user):
    """Whole days until an open account closes itself."""
    last = last_used(user)
    return max((last + LONGEST - dates.now()).days, 0) if last is not None else LONGEST.days


def unused(session):
    """The open accounts that close themselves now, the longest unused first, without the last administrator."""
    last = func.coalesce(User.opened_at, User.created_on)
    old = dates.now() - LONGEST
    statement = select(User).where(
        User.active.is_(True), last < old, func.coalesce(User.last_login, User.created_on) < old
    )
    found = [user for user in session.scalars(statement).unique() if is_unused(user)]
    return [user for user in found if not _is_last_administrator(session, user)]


def _is_last_administrator(session, user):
    """Whether nobody else could open accounts again: no other administrator is open and in use, or used later."""
    if not rules().everywhere(role_names(user)):
        return False
    highest = [role for role in rules().gives if rules().everywhere([role])]
    others = session.scalars(
        select(User).join(User.roles).where(Role.name.in_(highest), User.active.is_(True), User.id != user.id)
    ).unique()
    return not any((last_used(other), other.id) > (last_used(user), user.id) for other in others)


def _is_active(user):
    if not user.active or not is_unused(user):
        return bool(user.active)
    session = object_session(user)
    return session is not None and _is_last_administrator(session, user)


User.is_active = property(_is_active)
