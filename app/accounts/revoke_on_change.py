"""What must follow whatever changes in a user, whoever changes it and by which door: his sessions and tokens end.

It is done in the flush that writes the change, and so in its transaction.
"""

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from app.accounts import api_tokens, sessions
from app.accounts.models import ApiToken, SignIn, User
from app.kernel.actor import actor_of

ENDS_ALL = ("password", "active", "roles", "groups", "unit_code", "username")


@event.listens_for(Session, "before_flush")
def _another_set_the_password(session, _context, _instances):
    actor = actor_of(session).user_id
    for user in (*session.new, *session.dirty):
        if isinstance(user, User) and inspect(user).attrs.password.history.has_changes():
            user.must_change_password = user.id is None or user.id != actor


@event.listens_for(Session, "after_flush")
def _end_what_was_open(session, _context):
    for user in session.dirty:
        if not isinstance(user, User):
            continue
        attributes = inspect(user).attrs
        changed = [name for name in ENDS_ALL if attributes[name].history.has_changes()]
        if changed:
            sessions.end(changed[0], SignIn.user_id == user.id, by=actor_of(session).user_id, session=session)
            api_tokens.end(ApiToken.user_id == user.id, session=session)
