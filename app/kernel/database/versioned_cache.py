"""What every process may keep in memory, and how it learns that it has grown old.

A name in the table `version` counts upwards whenever the thing changes (a trigger or the session does it).
The statement that loads the signed-in user brings all counts along, so that keeping a cache costs no
statement of its own.
"""

import threading

from flask import g, has_request_context
from flask_appbuilder import Model
from sqlalchemy import Integer, String, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import db


class Version(Model):
    """How often a cached thing has changed."""

    __tablename__ = "version"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0, nullable=False)


def current():
    """name → count, read once for each request."""
    if not has_request_context():
        return _read()
    if "versions" not in g:
        g.versions = _read()
    return g.versions


def _read():
    with db.engine.connect() as connection:
        return dict(connection.execute(select(Version.name, Version.count)).all())


def bump(session, name):
    """Say in this transaction that `name` has changed."""
    waiting = (one for one in session.new if isinstance(one, Version) and one.name == name)
    row = session.get(Version, name) or next(waiting, None)
    if row is None:
        session.add(Version(name=name, count=1))
    elif not inspect(row).pending and not inspect(row).modified:  # once for all that one flush writes
        row.count = Version.count + 1


def watch(name, *models):
    """Bump `name` whenever the session writes a row of `models`; a bulk load bumps it itself."""

    @event.listens_for(Session, "before_flush")
    def _changed(session, _context, _instances):
        if any(isinstance(row, models) for row in (*session.new, *session.dirty, *session.deleted)):
            bump(session, name)


# Past the proxy: codes and places are asked for in every cell of a list.
_here = g._get_current_object


class Cached:
    """A value read once in a process and again when its version moves."""

    def __init__(self, name, load):
        self.name, self.load = name, load
        self.lock = threading.Lock()
        self.held = (None, None)

    def get(self):
        """The value as of the beginning of this request; outside one, as of now."""
        if not has_request_context():
            return self._fresh()
        seen = _here().setdefault("cached", {})
        if self not in seen:
            seen[self] = self._fresh()
        return seen[self]

    def _fresh(self):
        # The engine's address is part of the key: tests run several databases in one process.
        version = (str(db.engine.url), current().get(self.name, 0))
        held_version, value = self.held
        if held_version != version:
            with self.lock:
                value = self.load()
                self.held = (version, value)  # one assignment: another thread sees the old pair or the new
        return value
