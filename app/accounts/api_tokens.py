"""Tokens with which programs ask the API: named, for reading or also for writing, shown once, with an end."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from app.accounts import lockout
from app.accounts.models import ApiToken
from app.accounts.sessions import hash_of
from app.extensions import db
from app.kernel.text import dates

LONGEST = 365  # days
USED_EVERY = timedelta(minutes=1)


class Bearer(NamedTuple):
    """What stands in the header: the mark, which names the row, and the secret."""

    mark: str
    secret: str


def bearer(request):
    """The token of a request to the API, as its parts; None where it has none of ours."""
    kind, _space, value = request.headers.get("Authorization", "").partition(" ")
    parts = value.strip().split("_", 2)
    if kind.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    return Bearer(parts[1][:8], parts[2]) if len(parts) == 3 and parts[0] == "ecr" else None


def is_good(row, token):
    """Whether the token of the request is that of `row` and counts today. Wrong ones shut its mark, as they do a name."""
    name = f"token:{token.mark}"
    if row is not None and secrets.compare_digest(row.secret_hash, hash_of(token.secret)):
        good = row.expires_at > dates.now() and not lockout.is_locked(name)
        if good and (row.used_at is None or dates.now() - row.used_at > USED_EVERY):
            _note_use(row.id)
        return good
    wrong = lockout.Try(name)
    if wrong.locked:
        wrong.was_locked()
    return False


def _note_use(token_id):
    with db.engine.begin() as connection:
        connection.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=dates.now()))


def make(user, name, days, writes=False):
    """A new token of `user`, in the transaction of db.session. Gives its row and its text, which nobody sees again."""
    mark, secret, now = secrets.token_hex(4), secrets.token_urlsafe(32), dates.now()
    row = ApiToken(
        user_id=user.id,
        name=name,
        mark=mark,
        secret_hash=hash_of(secret),
        writes=writes,
        made_at=now,
        expires_at=now + timedelta(days=min(days, LONGEST)),
    )
    db.session.add(row)
    db.session.flush()
    return row, f"ecr_{mark}_{secret}"


def open_of(user_id):
    """The tokens of a user that count, the newest first."""
    return db.session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.ended_at.is_(None), ApiToken.expires_at > dates.now())
        .order_by(ApiToken.id.desc())
    ).all()


def end(*where, session=None):
    """End the tokens that fulfil `where`, in the transaction of the session. Gives how many there were."""
    statement = update(ApiToken).where(ApiToken.ended_at.is_(None), *where)
    done = statement.values(ended_at=dates.now()).execution_options(synchronize_session=False)
    return (session or db.session).execute(done).rowcount
