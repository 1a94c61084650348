"""Sessions and tokens of a user end when their account changes, whichever code changes it.

This happens in the flush that writes the change, and so in the same transaction.
"""

from sqlalchemy import inspect

from app.accounts import api_tokens, sessions
from app.accounts.models import ApiToken, LoginSession, User
from app.kernel.actor import actor_of

REVOKING_ATTRIBUTES = ("password", "active", "roles", "groups", "unit_code", "username")


def require_password_change(session, _context, _instances):
    actor = actor_of(session).user_id
    for user in (*session.new, *session.dirty):
        if isinstance(user, User) and inspect(user).attrs.password.history.has_changes():
            user.must_change_password = user.id is None or user.id != actor


def end_sessions_and_tokens(session, _context):
    for user in session.dirty:
        if not isinstance(user, User):
            continue
        attributes = inspect(user).attrs
        changed = [name for name in REVOKING_ATTRIBUTES if attributes[name].history.has_changes()]
        if changed:
            sessions.end_sessions(
                changed[0], LoginSession.user_id == user.id, by=actor_of(session).user_id, session=session
            )
            api_tokens.end_tokens(ApiToken.user_id == user.id, session=session)
