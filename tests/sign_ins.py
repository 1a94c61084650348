"""Sessions of users who are signed in already. Those of the demo's users lie in the template of each register."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import SignIn, User
from app.accounts.sessions import hash_of
from app.extensions import db
from app.kernel.text import dates


def token_of(username):
    """What the cookie of a user's ready session holds."""
    return f"the session of {username}"


def write(username):
    """Write that session, where there is none. It begins in an hour, so that no test waits or writes for its age."""
    hashed = hash_of(token_of(username))
    ready = select(SignIn.id).join(User, User.id == SignIn.user_id)
    ready = ready.where(SignIn.token_hash == hashed, SignIn.ended_at.is_(None), ~User.must_change_password)
    if db.session.scalar(ready) is not None:
        return
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    row = db.session.scalar(select(SignIn).where(SignIn.token_hash == hashed))
    if row is None:
        when = dates.now() + timedelta(hours=1)
        row = SignIn(user_id=user.id, token_hash=hashed, began_at=when, seen_at=when, proved_at=when)
        row.address, row.device = "127.0.0.1", "Firefox · Linux"
        row.waits_for_code = row.second_factor = False
        # Whoever tests something else has said for which work people are looked up.
        row.purpose, row.case_number = "investigation", "02-2026-000001"
        row.purpose_until = when + timedelta(hours=1)
        db.session.add(row)
    row.ended_at, user.must_change_password = None, False
    db.session.commit()
