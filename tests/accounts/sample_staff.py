"""People and accounts as tests of delegated administration need them."""

from contextlib import contextmanager

from sqlalchemy import select

from app.accounts.maintenance import by_the_register
from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import Actor, act_as, actor_of


def user(username):
    return db.session.scalars(select(User).where(User.username == username)).unique().one()


def roles_of(username):
    db.session.expire_all()
    return {role.name for role in user(username).roles}


@contextmanager
def acting(username):
    """The session writes in the name of that user, as behind a page of his; what is left over is thrown away."""
    one, before = user(username), actor_of(db.session)
    act_as(db.session, Actor(one.id, one.unit_code))
    try:
        yield one
    finally:
        db.session.rollback()
        act_as(db.session, before)


def as_register(change):
    """Make a change that no user made, and keep it."""
    with by_the_register(db.session):
        change()
        db.session.commit()


def everything():
    """What nobody may gain: every account with what it may do, its password and whether it is open."""
    db.session.expire_all()
    rows = db.session.scalars(select(User).order_by(User.id)).unique()
    return [
        (
            one.username,
            one.active,
            one.unit_code,
            one.password,
            sorted(role.name for role in one.roles),
            len(one.groups),
        )
        for one in rows
    ]
