"""Sessions stored in the database: the browser has a token, the row says which user it belongs to and if it is valid.

Each request loads its row in the statement that loads the user, so an ended session is refused at the next request.
"""
# commits: a login session is no record

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, g, request, session
from sqlalchemy import select, update

from app.accounts.devices import describe_device
from app.accounts.models import LoginSession
from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.text import dates

SEEN_RECORDED_EVERY = timedelta(minutes=1)  # so that not every page writes the row
# Reasons of an end: too many sessions, by the user, by an administrator, not used for too long (not stored).
LIMIT, MANUAL, ADMINISTRATOR, UNUSED = "limit", "manual", "administrator", "unused"
SIGN_OUT, SIGN_IN_AGAIN = "signout", "again"
TOKEN_COOKIE_KEY = "_user_id"  # Flask-Login's key, which holds the token here


def hash_token(token):
    return hashlib.sha256(token.encode()).hexdigest()


def begin_session(user, awaits_second_factor=False, second_factor=False):
    """Begin a session of `user` in this browser, store its token in the cookie and return it.

    All other content of the cookie is removed, the CSRF token too; only the chosen language stays.
    """
    token, now = secrets.token_urlsafe(32), dates.now()
    row = LoginSession(
        user_id=user.id,
        token_hash=hash_token(token),
        started_at=now,
        last_seen_at=now,
        authenticated_at=now,
        address=request.remote_addr or "",
        device=describe_device(request.user_agent.string),
        awaits_second_factor=awaits_second_factor,
        second_factor=second_factor,
    )
    preserved = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(preserved)
    session[TOKEN_COOKIE_KEY] = token
    g.pop("csrf_token", None)
    db.session.add(row)
    commit()
    g.sign_in = row
    return token


def renew_session(row, **changes):
    """Change the fields of a session, and give it a new token in this browser's cookie."""
    token = secrets.token_urlsafe(32)
    for name, value in changes.items():
        setattr(row, name, value)
    row.token_hash, row.last_seen_at = hash_token(token), dates.now()
    session[TOKEN_COOKIE_KEY] = token
    g.sign_in = row
    commit()


def is_session_expired(row):
    """Return whether the session was idle for too long or exceeds its lifetime."""
    now, config = dates.now(), current_app.config
    return (
        now - row.last_seen_at > config["SESSION_IDLE"]
        or now - row.started_at > config["PERMANENT_SESSION_LIFETIME"]
    )


def find_pending_session():
    """Return this browser's session that waits for the second factor, or None."""
    token = session.get(TOKEN_COOKIE_KEY)
    if not isinstance(token, str):
        return None
    row = db.session.scalar(
        select(LoginSession).where(
            LoginSession.token_hash == hash_token(token),
            LoginSession.ended_at.is_(None),
            LoginSession.awaits_second_factor.is_(True),
        )
    )
    fresh = row is not None and dates.now() - row.started_at < current_app.config["SESSION_IDLE"]
    return row if fresh and row.user.is_active else None


def list_open_sessions(user_id):
    """Return the user's valid sessions, last seen first."""
    rows = db.session.scalars(
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.ended_at.is_(None),
            LoginSession.awaits_second_factor.is_(False),
        )
        .order_by(LoginSession.last_seen_at.desc())
    )
    return [row for row in rows if not is_session_expired(row)]


def end_oldest_sessions(user_id):
    """End the sessions beyond ECRIME_SESSIONS, oldest first, in db.session's transaction. Return them."""
    most = current_app.config["SESSIONS_PER_USER"]
    if not most:
        return []
    oldest = sorted(list_open_sessions(user_id), key=lambda row: row.id)[:-most]
    if oldest:
        end_sessions(LIMIT, LoginSession.id.in_([row.id for row in oldest]), by=user_id)
    return oldest


def find_end_reason():
    """Return why this browser's session ended: UNUSED, or the reason given to `end_sessions`. None without a session."""
    token = session.get(TOKEN_COOKIE_KEY)
    row = token and db.session.scalar(
        select(LoginSession).where(LoginSession.token_hash == hash_token(str(token)))
    )
    if not row:
        return None
    return row.end_reason or (UNUSED if is_session_expired(row) else None)


def end_sessions(because, *where, by=None, session=None):
    """End the open sessions that match `where`, in the session's transaction. Return their number."""
    done = (session or db.session).execute(
        update(LoginSession)
        .where(LoginSession.ended_at.is_(None), *where)
        .values(ended_at=dates.now(), end_reason=because, ended_by_id=by)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount


def init_app(app):
    """Register the update of `last_seen_at`. Call it before the database's own init_app.

    Teardown functions run in reverse order, so it is written after the request's database session was removed.
    """

    @app.teardown_appcontext
    def _write_seen_at(_fault):
        row_id = g.pop("seen_sign_in", None)
        if row_id is not None:
            with db.engine.begin() as connection:
                connection.execute(
                    update(LoginSession).where(LoginSession.id == row_id).values(last_seen_at=dates.now())
                )


def mark_session_seen(row):
    """Bind the request to the session, and record the time of use at most once a minute."""
    g.sign_in = row
    if dates.now() - row.last_seen_at > SEEN_RECORDED_EVERY:
        g.seen_sign_in = row.id
