"""API tokens of programs: named, read-only or read-write, shown once, with an expiry date."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from app.accounts import lockout
from app.accounts.models import ApiToken
from app.accounts.sessions import hash_token
from app.extensions import db
from app.kernel.text import dates

MAX_DAYS = 365
USE_RECORDED_EVERY = timedelta(minutes=1)


class BearerToken(NamedTuple):
    """The token of a request: the public_id, which identifies the row, and the secret."""

    public_id: str
    secret: str


def read_bearer_token(request):
    """Return the BearerToken of an API request, or None if it carries no token of this system."""
    kind, _space, value = request.headers.get("Authorization", "").partition(" ")
    parts = value.strip().split("_", 2)
    if kind.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    return BearerToken(parts[1][:8], parts[2]) if len(parts) == 3 and parts[0] == "ecr" else None


def is_token_valid(row, token):
    """Return whether the token belongs to `row` and is not expired.

    Wrong secrets lock the public_id, as wrong passwords lock a user name.
    """
    name = f"token:{token.public_id}"
    if row is not None and secrets.compare_digest(row.secret_hash, hash_token(token.secret)):
        is_valid = row.expires_at > dates.now() and not lockout.is_locked(name)
        if is_valid and (row.used_at is None or dates.now() - row.used_at > USE_RECORDED_EVERY):
            _record_use(row.id)
        return is_valid
    attempt = lockout.SignInAttempt(name)
    if attempt.locked:
        attempt.mark_locked()
    return False


def _record_use(token_id):
    with db.engine.begin() as connection:
        connection.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=dates.now()))


def create_token(user, name, days, writes=False):
    """Create a token of `user` in db.session. Return its row and its text, which is not stored."""
    public_id, secret, now = secrets.token_hex(4), secrets.token_urlsafe(32), dates.now()
    row = ApiToken(
        user_id=user.id,
        name=name,
        public_id=public_id,
        secret_hash=hash_token(secret),
        writes=writes,
        made_at=now,
        expires_at=now + timedelta(days=min(days, MAX_DAYS)),
    )
    db.session.add(row)
    db.session.flush()
    return row, f"ecr_{public_id}_{secret}"


def list_active_tokens(user_id):
    """Return the user's valid tokens, newest first."""
    return db.session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.ended_at.is_(None), ApiToken.expires_at > dates.now())
        .order_by(ApiToken.id.desc())
    ).all()


def end_tokens(*where, session=None):
    """End the tokens that match `where`, in the session's transaction. Return their number."""
    statement = update(ApiToken).where(ApiToken.ended_at.is_(None), *where)
    done = statement.values(ended_at=dates.now()).execution_options(synchronize_session=False)
    return (session or db.session).execute(done).rowcount
