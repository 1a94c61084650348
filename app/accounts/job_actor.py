"""The actor of somebody who is not at his screen: a job that runs in his name."""

from sqlalchemy import select

from app.accounts import user_scope
from app.accounts.admin_scope import role_names
from app.kernel.access import access_grants
from app.kernel.actor import Actor
from app.kernel.text import dates


def as_user(session, user, **about):
    """What that user may see now, by his unit and what is open to it; `about` are further facts of the Actor."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = access_grants.open_for(user.id, user.unit_code, dates.now())
    opened = session.scalar(select(access_grants.gathered(rows, on_sqlite)))
    scope = user_scope.scope_of(user, opened)
    return Actor(user.id, user.unit_code, scope=scope, roles=role_names(user), **about)
