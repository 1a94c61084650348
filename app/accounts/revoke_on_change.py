"""Sessions and tokens of a user end when their account, or the scope of their unit, changes, whichever code changes it.

This happens in the flush that writes the change, and so in the same transaction.
"""

from sqlalchemy import inspect, select

from app.accounts import api_tokens, sessions
from app.accounts.models import ApiToken, LoginSession, User
from app.kernel.actor import actor_of
from app.reference.models import Unit

REVOKING_ATTRIBUTES = ("password", "active", "roles", "groups", "functions", "unit_code", "username")
# The members of a closed unit continue in its successor, which sees at least what they saw.
UNIT_COLUMNS = tuple(
    name
    for name in Unit.__scope_columns__
    if name not in ("phone", "valid_from", "valid_to", "successor_code")
)


def require_password_change(session, _context, _instances):
    """Require a new password after another user has set it."""
    actor = actor_of(session).user_id
    for user in (*session.new, *session.dirty):
        if isinstance(user, User) and inspect(user).attrs.password.history.has_changes():
            user.must_change_password = user.id is None or user.id != actor


def end_sessions_and_tokens(session, _context):
    """End the sessions and tokens of a changed account."""
    for row in session.dirty:
        if isinstance(row, User) and (changed := _find_changed(row, REVOKING_ATTRIBUTES)):
            _end_access(session, changed[0], (row.id,))
        if isinstance(row, Unit) and _find_changed(row, UNIT_COLUMNS):
            _end_access(session, "unit_code", select(User.id).where(User.unit_code == row.code))


def _find_changed(row, names):
    attributes = inspect(row).attrs
    return [name for name in names if attributes[name].history.has_changes()]


def _end_access(session, reason, user_ids):
    sessions.end_sessions(
        reason, LoginSession.user_id.in_(user_ids), by=actor_of(session).user_id, session=session
    )
    api_tokens.end_tokens(ApiToken.user_id.in_(user_ids), session=session)
