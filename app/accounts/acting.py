"""The actor of somebody who is not at his screen: a job that runs in his name."""

from sqlalchemy import select

from app.accounts import scopes
from app.accounts.reach import role_names
from app.kernel import dates, openings
from app.kernel.actors import Actor


def as_user(session, user, **about):
    """What that user may see now, by his unit and what is open to it; `about` are further facts of the Actor."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = openings.open_for(user.id, user.unit_code, dates.now())
    opened = session.scalar(select(openings.gathered(rows, on_sqlite)))
    scope = scopes.scope_of(user, opened)
    return Actor(user.id, user.unit_code, scope=scope, roles=role_names(user), **about)
