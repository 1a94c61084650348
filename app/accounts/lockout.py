"""Lockout: five failed attempts within 15 minutes lock a user name; many more lock the address.

Attempts are stored in the database, so that all processes count them together. An attempt is stored before the
password is checked: of any number of parallel attempts, the sixth finds five before it.
"""
# commits: a sign-in attempt is counted before it is checked, in all workers

import hashlib
import ipaddress
from datetime import timedelta

from flask import current_app, request
from sqlalchemy import delete, func, or_, select, update

from app.accounts.models import FailedLogin
from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.text import dates

WINDOW = timedelta(minutes=15)
FORGET_AFTER = timedelta(days=1)


def _hash_name(name):
    return hashlib.sha256(name.strip().casefold().encode("utf-8", "replace")).hexdigest()


class PasswordServerError(Exception):
    """The server that checks passwords does not answer."""


class SignInAttempt:
    """One attempt for the user `name`. It is stored as failed first and deleted if it succeeds.

    With the address "", it never locks the address of the request.
    """

    def __init__(self, name, address=None):
        self.name_hash = _hash_name(name)
        self.address = (request.remote_addr or "") if address is None else address
        row = FailedLogin(at=dates.now(), name_hash=self.name_hash, address=self.address)
        db.session.add(row)
        commit()
        self.id = row.id
        self.locked = _is_locked(self.name_hash, self.address, self.id)

    def run_check(self, check):
        """Return the result of `check()`. If the password server does not answer, delete the attempt."""
        try:
            return check()
        except PasswordServerError:
            self.mark_succeeded(only_this=True)
            raise

    def mark_succeeded(self, only_this=False):
        """Delete this attempt and, unless `only_this`, all earlier ones of this name."""
        where = (FailedLogin.id == self.id) if only_this else or_(FailedLogin.name_hash == self.name_hash)
        db.session.execute(delete(FailedLogin).where(where))
        commit()

    def mark_locked(self):
        """Delete an attempt on a locked name, so that it does not extend the lock."""
        self.mark_succeeded(only_this=True)


def _is_locked(name_hash, address, excluded_id=0):
    since = dates.now() - WINDOW
    others = (FailedLogin.at > since, FailedLogin.id != excluded_id)
    of_name = select(func.count()).where(FailedLogin.name_hash == name_hash, *others).scalar_subquery()
    shared = _shared_address(address)
    of_address = select(func.count()).where(FailedLogin.address == shared, *others).scalar_subquery()
    names, addresses = db.session.execute(select(of_name, of_address)).one()
    config = current_app.config
    return names >= config["LOCKED_AFTER"] or addresses >= config["ADDRESS_LOCKED_AFTER"]


def _shared_address(address):
    """Return the address if it can be locked. The computer itself is the proxy of all users, so it cannot."""
    try:
        return None if ipaddress.ip_address(address).is_loopback else address
    except ValueError:
        return None


def is_locked(name, address=True):
    """Return whether this name is locked or, unless `address` is False, the address of the request."""
    return _is_locked(_hash_name(name), (request.remote_addr or "") if address else None)


def is_address_locked():
    """Return whether the address of this request is locked."""
    return request.remote_addr in {address for address, _last in list_locked_addresses()}


def list_locked_addresses():
    """Return (address, time of the last failed attempt) of every locked address."""
    rows = db.session.execute(
        select(FailedLogin.address, func.max(FailedLogin.at))
        .where(FailedLogin.at > dates.now() - WINDOW)
        .group_by(FailedLogin.address)
        .having(func.count() >= current_app.config["ADDRESS_LOCKED_AFTER"])
        .order_by(FailedLogin.address)
    )
    return [(address, last) for address, last in rows if _shared_address(address)]


def unlock_address(address):
    """Let this address sign in again, in db.session's transaction. User names stay locked. Return if it was locked."""
    locked = address in {found for found, _last in list_locked_addresses()}
    db.session.execute(update(FailedLogin).where(FailedLogin.address == address).values(address=""))
    return locked


def unlock_name(name):
    """Delete the failed attempts of this name, and all that are a day old, in db.session's transaction."""
    old = FailedLogin.at < dates.now() - FORGET_AFTER
    db.session.execute(delete(FailedLogin).where(or_(FailedLogin.name_hash == _hash_name(name), old)))
