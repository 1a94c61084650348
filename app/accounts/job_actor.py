"""The actor of a job that runs in the name of a user."""

from sqlalchemy import select

from app.accounts import entry_right, user_scope
from app.accounts.admin_scope import get_role_names
from app.kernel.access import access_grants
from app.kernel.actor import Actor
from app.kernel.text import dates


def build_actor(session, user, **about):
    """Return the Actor of `user` with their current scope and grants; `about` are further fields of the Actor."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = access_grants.active_grants(user.id, user.unit_code, dates.now())
    opened = session.scalar(select(access_grants.grants_as_json(rows, on_sqlite)))
    scope = user_scope.build_user_scope(user, opened)
    may_enter = entry_right.may_enter(entry_right.load_right(session, user))
    return Actor(
        user.id, user.unit_code, scope=scope, roles=get_role_names(user), may_enter=may_enter, **about
    )  # fmt: skip
