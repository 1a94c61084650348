"""Signing in, from the password to the first page: what is weighed, what is written down, what the user is told."""

from flask import current_app, flash, g
from flask_babel import gettext
from flask_login import user_logged_in
from sqlalchemy import select

from app.accounts import audit_events, lockout, second_factor, sessions
from app.accounts.models import SignIn, User
from app.extensions import db
from app.kernel.schema.display import language
from app.kernel.text import dates


def by_password(username, password):
    """The active user of that name and password, unless the name or the address is shut; else None.

    All that can go wrong takes the same steps and answers the same: a wrong name, a wrong password, a shut name.
    """
    this = lockout.Try(username)
    named = _named(username)
    user = named if named is not None and named.is_active else None
    right = this.weigh(lambda: current_app.appbuilder.sm.is_password_of(user, password))
    if this.locked:
        this.was_locked()
        audit_events.tell("signin.locked", named, outcome="refused")
        return None
    if not right:
        audit_events.tell("signin.failed", named, outcome="refused")
        return None
    this.was_right(for_now=second_factor.has(user.id))
    return user


def asked_elsewhere(username):
    """The active user of that name, who has proved to another server that it is he; else None."""
    user = _named(username if isinstance(username, str) else "")
    if user is not None and user.is_active:
        return user
    audit_events.tell("signin.failed", user, outcome="refused")
    return None


def by_code(user, typed):
    """Whether the code of the second factor is right: "code", "recovery", or None. Wrong ones shut the name."""
    this = lockout.Try(user.username)
    kind = None if this.locked else second_factor.check(user.id, typed)
    db.session.commit()  # a code that was taken is taken, whatever happens next
    if kind:
        this.was_right()
        return kind
    if this.locked:
        this.was_locked()
    audit_events.tell("signin.locked" if this.locked else "secondfactor.failed", user, outcome="refused")
    return None


def _named(username):
    name = (username or "").strip()
    if "\0" in name:  # PostgreSQL cannot even be asked
        return None
    return db.session.scalars(select(User).where(User.username == name)).unique().one_or_none()


def _begin_sign_in(user):
    """What Flask-Login keeps in the cookie: not who the user is, but the token of a session begun for him now."""
    return sessions.begin(user, waits_for_code=second_factor.has(user.id))


def arrived(user, row):
    """The user is signed in: say it to the trace, and to the user when and where from he was here last."""
    current_app.appbuilder.sm.acts(user, row.mark)
    audit_events.tell("signin.ok", user, row.mark, device=row.device, second_factor=row.second_factor)
    before = (
        select(SignIn)
        .where(SignIn.user_id == user.id, SignIn.id < row.id, SignIn.waits_for_code.is_(False))
        .order_by(SignIn.id.desc())
    )
    last = db.session.scalar(before.limit(1))
    same = before.where(SignIn.device == row.device, SignIn.address == row.address)
    if last is not None:
        when = dates.say_moment(last.began_at, language())
        flash(
            gettext(
                "Last sign-in: %(when)s from %(address)s, %(device)s.",
                when=when,
                address=last.address,
                device=last.device,
            ),
            "info",
        )
        if db.session.scalar(same.with_only_columns(SignIn.id).limit(1)) is None:
            flash(
                gettext(
                    "This account was never used on this device and address before. Where that is not right, change"
                    " the password."
                ),
                "warning",
            )
    user.last_login, user.login_count = dates.now(), (user.login_count or 0) + 1
    db.session.commit()


def _on_sign_in(_app, user):
    row = g.get("sign_in")
    if row is not None and row.user_id == user.id and not row.waits_for_code:
        arrived(user, row)


def init_app(app):
    """Called after FAB's own init_app."""
    user_logged_in.connect(_on_sign_in, app)


User.begin_sign_in = _begin_sign_in
