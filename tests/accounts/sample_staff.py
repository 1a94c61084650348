"""Users and actors for tests of account administration."""

from contextlib import contextmanager

from sqlalchemy import select, update

from app.accounts.identity_traits import REMEMBERED
from app.accounts.maintenance import as_system
from app.accounts.models import FormerTrait, User
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.actor import Actor, act_as, actor_of
from app.kernel.text import dates

REASON = {"reason": "ជំនួសអ្នកដែលទៅរៀន"}
NOTE = "បានពិនិត្យអត្តសញ្ញាណ"


def find_user(username):
    return db.session.scalars(select(User).where(User.username == username)).unique().one()


def find_user_id(username):
    return find_user(username).id


def find_role_names(username):
    db.session.expire_all()
    return {role.name for role in find_user(username).roles}


@contextmanager
def acting_as(username):
    """Make the user the actor of the session, as on a page. Roll back at the end."""
    one, before = find_user(username), actor_of(db.session)
    act_as(db.session, Actor(one.id, one.unit_code))
    try:
        yield one
    finally:
        db.session.rollback()
        act_as(db.session, before)


def change_as_system(change):
    """Make a change as the system, and commit it."""
    with as_system(db.session):
        change()
        db.session.commit()


def forget_former_traits():
    """Make every former e-mail address and telephone too old to count, and commit it."""
    db.session.execute(update(FormerTrait).values(until=dates.now() - REMEMBERED))
    db.session.commit()


def snapshot_accounts():
    """Return what no attack may change: every account with roles, groups, unit, password and state."""
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


def find_request(**filters):
    db.session.expire_all()
    return db.session.query(StaffRequest).filter_by(**filters).one()


def decide(browser, decision="yes", note=NOTE, **filters):
    one = find_request(**filters).id
    return browser.send(f"/staff-requests/decide/{one}", {"decision": decision, "note": note})
