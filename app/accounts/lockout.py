"""Five wrong tries within fifteen minutes shut a name; many more shut the address they come from.

The tries stand in the database, so that all workers count together. A try is written down before it is weighed:
however many come at once, the sixth finds five before it.
"""

import hashlib
from datetime import timedelta

from flask import current_app, request
from sqlalchemy import delete, func, or_, select

from app.accounts.models import WrongTry
from app.extensions import db
from app.kernel.text import dates

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)


def _hash_of(name):
    return hashlib.sha256(name.strip().casefold().encode("utf-8", "replace")).hexdigest()


class NoAnswer(Exception):
    """Whoever knows the passwords does not answer, so that nobody can say whether one is right."""


class Try:
    """One try in the name of `name`: first written down as wrong, then forgotten where it proves right."""

    def __init__(self, name):
        self.name_hash, self.address = _hash_of(name), request.remote_addr or ""
        row = WrongTry(at=dates.now(), name_hash=self.name_hash, address=self.address)
        db.session.add(row)
        db.session.commit()
        self.id = row.id
        self.locked = _is_locked(self.name_hash, self.address, self.id)

    def weigh(self, proves):
        """What `proves()` says. Where nobody can say it the try is forgotten: it was none."""
        try:
            return proves()
        except NoAnswer:
            self.was_right(for_now=True)
            raise

    def was_right(self, for_now=False):
        """Forget this try, and with the last step of a sign-in all tries before it in this name."""
        where = (WrongTry.id == self.id) if for_now else or_(WrongTry.name_hash == self.name_hash)
        db.session.execute(delete(WrongTry).where(where))
        db.session.commit()

    def was_locked(self):
        """A try while the name is shut does not shut it for longer."""
        self.was_right(for_now=True)


def _is_locked(name_hash, address, but=0):
    since = dates.now() - WINDOW
    others = (WrongTry.at > since, WrongTry.id != but)
    of_name = select(func.count()).where(WrongTry.name_hash == name_hash, *others).scalar_subquery()
    of_address = select(func.count()).where(WrongTry.address == address, *others).scalar_subquery()
    names, addresses = db.session.execute(select(of_name, of_address)).one()
    config = current_app.config
    return names >= config["LOCKED_AFTER"] or addresses >= config["ADDRESS_LOCKED_AFTER"]


def is_locked(name, address=True):
    """Whether this name is shut now, or (unless `address` is False) the address of this request."""
    return _is_locked(_hash_of(name), (request.remote_addr or "") if address else None)


def open_again(name):
    """Forget the wrong tries in this name, in the transaction of db.session, and all that are a day old."""
    old = WrongTry.at < dates.now() - KEPT
    db.session.execute(delete(WrongTry).where(or_(WrongTry.name_hash == _hash_of(name), old)))
