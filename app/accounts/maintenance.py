"""What the register itself does with accounts: the operator's orders, and what time brings."""

from contextlib import contextmanager

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import object_session

from app.accounts import dormant_accounts
from app.accounts.audit_events import note
from app.kernel.actor import THE_REGISTER, act_as, actor_of
from app.kernel.text import dates


@contextmanager
def by_the_register(session):
    """Whatever this block writes, the register writes, whoever acted before. Where it fails, nothing is kept."""
    before, done = actor_of(session), False
    act_as(session, THE_REGISTER)
    try:
        yield
        done = True
    finally:
        if not done:
            session.rollback()
        act_as(session, before)


def make_roles(session):
    """Give every role of the table its row, to which its bearers are tied."""
    names = current_app.extensions["ecrime.grants"].table
    missing = [name for name in names if name not in set(session.scalars(select(Role.name)))]
    with by_the_register(session):
        session.add_all(Role(name=name) for name in missing)
        session.commit()


def close_unused(session):
    """Close the accounts that nobody used for ninety days, but never the last administrator's. Gives how many."""
    with by_the_register(session):
        found = dormant_accounts.unused(session)
        for user in found:
            user.active, user.closed_at, user.closed_because = False, dates.now(), "unused"
            note(object_session(user), "user.closed", user, because="unused")
        session.commit()
    return len(found)
