"""Maintenance of accounts by the system: roles at setup and the closing of dormant accounts."""
# unrestricted: maintains accounts as the system
# commits: the system's own changes of accounts

from contextlib import contextmanager

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import object_session

from app.accounts import dormant_accounts
from app.accounts.audit_events import queue_event
from app.kernel.actor import SYSTEM, act_as, actor_of
from app.kernel.database.transactions import commit, rollback
from app.kernel.text import dates


@contextmanager
def as_system(session):
    """Run the block with the system as actor, then restore the actor. Roll back if the block fails."""
    before, done = actor_of(session), False
    act_as(session, SYSTEM)
    try:
        yield
        done = True
    finally:
        if not done:
            rollback(session)
        act_as(session, before)


def create_roles(session):
    """Create the missing rows of the roles of the permission table."""
    names = current_app.extensions["ecrime.permission_table"].table
    missing = [name for name in names if name not in set(session.scalars(select(Role.name)))]
    with as_system(session):
        session.add_all(Role(name=name) for name in missing)
        commit(session)


def close_dormant_accounts(session):
    """Close the accounts that were not used for 90 days, except the last administrator's. Return their number."""
    with as_system(session):
        found = dormant_accounts.find_dormant_accounts(session)
        for user in found:
            user.active, user.closed_at, user.close_reason = False, dates.now(), "inactive"
            queue_event(object_session(user), "user.closed", user, because="inactive")
        commit(session)
    return len(found)
