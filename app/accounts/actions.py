"""Actions on accounts. They flush; the caller commits."""
# commits: FAB's save of a user commits; this completes it

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.accounts import api_tokens, passkeys, passwords, second_factor, sessions
from app.accounts.audit_events import queue_event
from app.accounts.maintenance import as_system, close_dormant_accounts, create_roles
from app.accounts.models import ApiToken, LoginSession, User
from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.reference.models import Unit

__all__ = [
    "add_passkey", "change_own_password", "close_dormant_accounts", "create_roles", "create_token", "create_user",
    "end_sessions", "end_tokens", "remove_passkey", "renew_recovery_codes", "set_telephone",
]  # fmt: skip


def create_user(
    username, name_km, role, unit_code, password, email="", language="km", must_change_password=False
):
    """Create a user with one role in one unit, as the system. Return an error message, or None."""
    manager = current_app.appbuilder.sm
    if role not in current_app.extensions["ecrime.permission_table"].table:
        return gettext("There is no role %(role)s.", role=role)
    if db.session.get(Unit, unit_code) is None:
        return gettext("There is no unit %(unit)s.", unit=unit_code)
    if problem := passwords.find_problem(password, username, unit_code):
        return problem
    if db.session.scalar(select(User.id).where(User.username == username)):
        return gettext("The user %(name)s already exists.", name=username)
    with as_system(db.session):
        user = manager.add_user(
            username,
            name_km,
            "",
            email or f"{username}@register.invalid",
            manager.find_role(role) or manager.add_role(role),
            password=password,
        )
        if not user:
            return gettext("The user could not be created.")
        user.unit_code, user.name_km, user.language, user.active_since = (
            unit_code,
            name_km,
            language,
            dates.now(),
        )
        user.must_change_password = must_change_password
        queue_event(db.session(), "user.added", user, role=role, unit=unit_code)
        commit()
    return None


def end_sessions(user, *where):
    """End the user's sessions that match `where`. Return their number."""
    ended = sessions.end_sessions(sessions.MANUAL, LoginSession.user_id == user.id, *where, by=user.id)
    if ended:
        queue_event(db.session(), "session.ended", user, count=ended)
    return ended


def change_own_password(user, old, new):
    """Set the password that the user chose. Return an error message, or None."""
    if new == old:
        return gettext("Choose a password that differs from the old one.")
    if problem := passwords.find_problem_for_user(user, new):
        return problem
    passwords.set_password(user, new)
    db.session.flush()
    queue_event(db.session(), "password.changed", user)
    return None


def set_telephone(user, sign_in, code):
    """Set up the user's telephone, or replace it, if the code is right. Return the recovery codes, or None.

    Its codes are required from the next sign-in on. After a replacement, all other sessions of the user end.
    """
    is_replaced = second_factor.has_telephone(user.id)
    codes = second_factor.set_telephone(user.id, sign_in, code)
    if codes is not None:
        queue_event(db.session(), "second_factor.replaced" if is_replaced else "second_factor.enabled", user)
    if codes is not None and is_replaced:
        end_sessions(user, LoginSession.id != sign_in.id)
    return codes


def add_passkey(user, sign_in, name, answer):
    """Add a passkey. Return (row, recovery codes), or None if the browser's answer is wrong.

    The first second factor of a user comes with recovery codes, a further one with an empty list.
    """
    is_first = not second_factor.has_second_factor(user.id)
    row = passkeys.add_passkey(user.id, sign_in, name, answer)
    if row is None:
        return None
    queue_event(db.session(), "passkey.added", user, name=name)
    return row, second_factor.create_recovery_codes(user.id) if is_first else []


def remove_passkey(user, pk):
    """Remove a passkey of the user. Return False if it is the only second factor, None if there is no such passkey."""
    rows = passkeys.list_passkeys(user.id)
    row = next((one for one in rows if one.id == pk), None)
    if row is None:
        return None
    if len(rows) == 1 and not second_factor.has_telephone(user.id):
        return False
    db.session.delete(row)
    queue_event(db.session(), "passkey.removed", user, name=row.name)
    return True


def renew_recovery_codes(user):
    """Return ten new recovery codes. The old ones become invalid."""
    codes = second_factor.create_recovery_codes(user.id)
    queue_event(db.session(), "recovery_codes.generated", user)
    return codes


def create_token(user, name, days, writes=False):
    """Create an API token of the user. Return its row and its text, which is shown only once."""
    row, text = api_tokens.create_token(user, name, days, writes=writes)
    queue_event(db.session(), "token.created", user, token=row.public_id, days=days, writes=writes)
    return row, text


def end_tokens(user, *where):
    """End the user's tokens that match `where`. Return their number."""
    ended = api_tokens.end_tokens(ApiToken.user_id == user.id, *where)
    if ended:
        queue_event(db.session(), "token.ended", user, count=ended)
    return ended
