"""Sessions that the register keeps: the browser has a token, the row says whose it is and whether it still counts.

Each request reads its row in the statement that loads the user, so that what ended ends with the next request.
"""

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, g, request, session
from sqlalchemy import select, update

from app.accounts.devices import device_of
from app.accounts.models import SignIn
from app.extensions import db
from app.kernel.text import dates

SEEN_EVERY = timedelta(minutes=1)  # a row is not written for every page
NAME_IN_COOKIE = "_user_id"  # Flask-Login's name; what stands there is the token


def hash_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


def begin(user, waits_for_code=False, second_factor=False):
    """Open a session for `user` in this browser, and give its token, which is in the cookie then.

    Whatever the cookie held before is forgotten, the CSRF token too; only the chosen language stays.
    """
    token, now = secrets.token_urlsafe(32), dates.now()
    row = SignIn(
        user_id=user.id,
        token_hash=hash_of(token),
        began_at=now,
        seen_at=now,
        proved_at=now,
        address=request.remote_addr or "",
        device=device_of(request.user_agent.string),
        waits_for_code=waits_for_code,
        second_factor=second_factor,
    )
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)
    session[NAME_IN_COOKIE] = token
    g.pop("csrf_token", None)
    db.session.add(row)
    db.session.commit()
    g.sign_in = row
    return token


def renew(row, **changes):
    """Change a session that goes on. It gets a new token, in this browser's cookie."""
    token = secrets.token_urlsafe(32)
    for name, value in changes.items():
        setattr(row, name, value)
    row.token_hash, row.seen_at = hash_of(token), dates.now()
    session[NAME_IN_COOKIE] = token
    g.sign_in = row
    db.session.commit()


def is_over(row):
    """Idle for too long, or older than a session may be."""
    now, config = dates.now(), current_app.config
    return (
        now - row.seen_at > config["SESSION_IDLE"]
        or now - row.began_at > config["PERMANENT_SESSION_LIFETIME"]
    )


def waiting():
    """The session of this browser that still waits for the second factor; None where there is none."""
    token = session.get(NAME_IN_COOKIE)
    if not isinstance(token, str):
        return None
    row = db.session.scalar(
        select(SignIn).where(
            SignIn.token_hash == hash_of(token), SignIn.ended_at.is_(None), SignIn.waits_for_code.is_(True)
        )
    )
    fresh = row is not None and dates.now() - row.began_at < current_app.config["SESSION_IDLE"]
    return row if fresh and row.user.is_active else None


def open_of(user_id):
    """The sessions of a user that count, the last seen first."""
    rows = db.session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.waits_for_code.is_(False))
        .order_by(SignIn.seen_at.desc())
    )
    return [row for row in rows if not is_over(row)]


def end(because, *where, by=None, session=None):
    """End the open sessions that fulfil `where`, in the transaction of the session. Gives how many there were."""
    done = (session or db.session).execute(
        update(SignIn)
        .where(SignIn.ended_at.is_(None), *where)
        .values(ended_at=dates.now(), ended_because=because, ended_by_id=by)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount


def init_app(app):
    """Called before the database's own init_app: what a request leaves to write is written when its session is gone."""

    @app.teardown_appcontext
    def _write_when_last_seen(_fault):
        row_id = g.pop("seen_sign_in", None)
        if row_id is not None:
            with db.engine.begin() as connection:
                connection.execute(update(SignIn).where(SignIn.id == row_id).values(seen_at=dates.now()))


def seen(row):
    """This request belongs to that session."""
    g.sign_in = row
    if dates.now() - row.seen_at > SEEN_EVERY:
        g.seen_sign_in = row.id
