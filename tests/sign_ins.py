"""Sessions of users who are already signed in. The template of each test database contains those of the demo users."""

from datetime import timedelta

from sqlalchemy import bindparam, select

from app.accounts.models import LoginSession, User
from app.accounts.sessions import hash_token
from app.extensions import db
from app.kernel.text import dates

# Of tables, not of records: each signed-in browser of a test asks it.
READY = (
    select(LoginSession.__table__.c.id)
    .join(User.__table__, User.__table__.c.id == LoginSession.__table__.c.user_id)
    .where(
        LoginSession.__table__.c.token_hash == bindparam("token_hash"),
        LoginSession.__table__.c.ended_at.is_(None),
        ~User.__table__.c.must_change_password,
    )
)


def get_session_token(username):
    """Return the token in the cookie of the user's prepared session."""
    return f"the session of {username}"


def write_session(username):
    """Write the user's prepared session if it is missing.

    It begins one hour in the future, so that no test writes `last_seen_at` or waits for its age.
    """
    hashed = hash_token(get_session_token(username))
    if db.session.connection().scalar(READY, {"token_hash": hashed}) is not None:
        return
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    row = db.session.scalar(select(LoginSession).where(LoginSession.token_hash == hashed))
    if row is None:
        when = dates.now() + timedelta(hours=1)
        row = LoginSession(
            user_id=user.id, token_hash=hashed, started_at=when, last_seen_at=when, authenticated_at=when
        )
        row.address, row.device = "127.0.0.1", "Firefox · Linux"
        row.awaits_second_factor = row.second_factor = False
        # Tests of other features already have a purpose of access.
        row.purpose, row.case_number = "investigation", "02-2026-000001"
        row.purpose_until = when + timedelta(hours=1)
        db.session.add(row)
    row.ended_at, user.must_change_password = None, False
    db.session.commit()
