"""Deliberate acts on accounts. They flush; who calls them commits."""

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.accounts import api_tokens, passwords, second_factor, sessions
from app.accounts.audit_events import note
from app.accounts.maintenance import by_the_register, close_unused, make_roles
from app.accounts.models import ApiToken, SignIn, User
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Unit

__all__ = [
    "change_own_password", "close_unused", "create_user", "end_sessions", "end_token", "make_roles", "make_token",
    "renew_recovery_codes", "switch_second_factor_on",
]  # fmt: skip


def create_user(
    username, name_km, role, unit_code, password, email="", language="km", must_change_password=False
):
    """Create a user with one role in one unit, as the operator. Gives a sentence where it cannot be done, else None."""
    manager = current_app.appbuilder.sm
    grants = current_app.extensions["ecrime.grants"]
    if role not in grants.table:
        return gettext("There is no role %(role)s.", role=role)
    if db.session.get(Unit, unit_code) is None:
        return gettext("There is no unit %(unit)s.", unit=unit_code)
    if problem := passwords.problem_of(password, username, unit_code):
        return problem
    if db.session.scalar(select(User.id).where(User.username == username)):
        return gettext("The user %(name)s exists already.", name=username)
    with by_the_register(db.session):
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
        user.unit_code, user.name_km, user.language, user.opened_at = (
            unit_code,
            name_km,
            language,
            dates.now(),
        )
        user.must_change_password = must_change_password
        note(db.session(), "user.added", user, role=role, unit=unit_code)
        db.session.commit()
    return None


def end_sessions(user, *where):
    """End those of the user's own sessions that fulfil `where`. Gives how many there were."""
    ended = sessions.end("by_hand", SignIn.user_id == user.id, *where, by=user.id)
    if ended:
        note(db.session(), "session.ended", user, count=ended)
    return ended


def change_own_password(user, old, new):
    """Set a password that the user chose. Gives a sentence where it cannot be taken, else None."""
    if new == old:
        return gettext("Choose a password that differs from the old one.")
    if problem := passwords.problem_for(user, new):
        return problem
    passwords.give(user, new)
    db.session.flush()
    note(db.session(), "password.changed", user)
    return None


def switch_second_factor_on(user, sign_in, code):
    """Switch the second factor on where the code is right; it is asked from the next sign-in on. Gives the recovery codes, or None."""
    codes = second_factor.confirm(user.id, sign_in, code)
    if codes is not None:
        note(db.session(), "secondfactor.on", user)
    return codes


def renew_recovery_codes(user):
    """Ten new recovery codes; the old ones are void."""
    codes = second_factor.new_recovery_codes(user.id)
    note(db.session(), "secondfactor.codes", user)
    return codes


def make_token(user, name, days, writes=False):
    """A token with which a program asks the API in the user's name. Gives its row and its text, which nobody sees again."""
    row, text = api_tokens.make(user, name, days, writes=writes)
    note(db.session(), "token.made", user, token=row.mark, days=days, writes=writes)
    return row, text


def end_token(user, *where):
    """End those of the user's own tokens that fulfil `where`. Gives how many there were."""
    ended = api_tokens.end(ApiToken.user_id == user.id, *where)
    if ended:
        note(db.session(), "token.ended", user, count=ended)
    return ended
