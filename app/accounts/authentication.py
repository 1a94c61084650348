"""The steps of a sign-in, from the password to the first page, with lockout and audit events."""
# commits: a used code stays used whatever follows

from datetime import datetime

from flask import current_app, flash, g, session
from flask_babel import gettext
from flask_login import user_logged_in
from sqlalchemy import select

from app.accounts import audit_events, lockout, passkeys, second_factor, sessions
from app.accounts.models import LoginSession, User
from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.schema.display import reader_language
from app.kernel.text import dates

PREVIOUS = "previous_sign_in"  # in the cookie; the home page lists what is new since then


def authenticate_password(username, password):
    """Return the active user of that name and password, or None.

    A wrong name, a wrong password and a locked name or address take the same steps and give the same answer.
    """
    attempt = lockout.SignInAttempt(username)
    named = _find_user(username)
    user = named if named is not None and named.is_active else None
    right = attempt.run_check(lambda: current_app.appbuilder.sm.is_password_correct(user, password))
    if attempt.locked:
        attempt.mark_locked()
        audit_events.record_event("sign_in.locked", named, outcome="refused")
        return None
    if not right:
        audit_events.record_event("sign_in.failed", named, outcome="refused")
        return None
    attempt.mark_succeeded(only_this=second_factor.has_second_factor(user.id))
    return user


def authenticate_external(username):
    """Return the active user of that name, verified by another server, or None."""
    user = _find_user(username if isinstance(username, str) else "")
    if user is not None and user.is_active:
        return user
    audit_events.record_event("sign_in.failed", user, outcome="refused")
    return None


def verify_second_factor(user, typed):
    """Return "code" or "recovery" if the typed code is right, else None. Wrong codes lock the name."""
    return _verify_second_factor(user, lambda: second_factor.use_code(user.id, typed))


def verify_passkey(user, sign_in, answer):
    """Return "passkey" if the browser's answer is right for this session, else None. Wrong answers lock the name."""
    return _verify_second_factor(user, lambda: passkeys.use_passkey(user.id, sign_in, answer))


def _verify_second_factor(user, use):
    attempt = lockout.SignInAttempt(user.username)
    kind = None if attempt.locked else use()
    commit()  # a used code stays used, even if the request fails later
    if kind:
        attempt.mark_succeeded()
        return kind
    if attempt.locked:
        attempt.mark_locked()
    audit_events.record_event(
        "sign_in.locked" if attempt.locked else "second_factor.failed", user, outcome="refused"
    )
    return None


def _find_user(username):
    name = (username or "").strip()
    if "\0" in name:  # PostgreSQL rejects a query with a null character
        return None
    return db.session.scalars(select(User).where(User.username == name)).unique().one_or_none()


def _begin_sign_in(user):
    """Begin a session and return its token, which Flask-Login stores in the cookie instead of the user id."""
    return sessions.begin_session(user, awaits_second_factor=second_factor.has_second_factor(user.id))


def complete_sign_in(user, row):
    """Record the sign-in, and show the user the time and address of the previous one."""
    current_app.appbuilder.sm.set_actor(user, row.session_ref)
    audit_events.record_event(
        "sign_in.succeeded", user, row.session_ref, device=row.device, second_factor=row.second_factor
    )
    before = (
        select(LoginSession)
        .where(
            LoginSession.user_id == user.id,
            LoginSession.id < row.id,
            LoginSession.awaits_second_factor.is_(False),
        )
        .order_by(LoginSession.id.desc())
    )
    last = db.session.scalar(before.limit(1))
    same = before.where(LoginSession.device == row.device, LoginSession.address == row.address)
    if last is not None:
        when = dates.format_datetime(last.started_at, reader_language())
        flash(
            gettext(
                "Last sign-in: %(when)s from %(address)s, %(device)s.",
                when=when,
                address=last.address,
                device=last.device,
            ),
            "info",
        )
        if db.session.scalar(same.with_only_columns(LoginSession.id).limit(1)) is None:
            flash(
                gettext(
                    "This account was used on this device and address for the first time. If this was not you, change the password."
                ),
                "warning",
            )
    if ended := sessions.end_oldest_sessions(user.id):
        audit_events.queue_event(db.session, "session.ended", user, count=len(ended))
        flash(
            gettext(
                "An account may have %(number)s sessions at a time. The oldest was ended: %(sessions)s.",
                number=current_app.config["SESSIONS_PER_USER"],
                sessions=", ".join(f"{one.device}, {one.address}" for one in ended),
            ),
            "warning",
        )
    session[PREVIOUS] = user.last_login.isoformat() if user.last_login is not None else None
    user.last_login, user.login_count = dates.now(), (user.login_count or 0) + 1
    commit()


def find_previous_sign_in():
    """Return when the reader signed in before this session, or None at the first sign-in."""
    when = session.get(PREVIOUS)
    return datetime.fromisoformat(when) if when else None


def _on_sign_in(_app, user):
    row = g.get("sign_in")
    if row is not None and row.user_id == user.id and not row.awaits_second_factor:
        complete_sign_in(user, row)


def init_app(app):
    """Connect the sign-in handler. Call it after FAB's own init_app."""
    user_logged_in.connect(_on_sign_in, app)


User.begin_sign_in = _begin_sign_in
