"""In-process caches that are reloaded when a version in the database changes.

A trigger or the session increments the version of a cache whenever its data changes. The statement that loads the signed-in
user also reads all versions, so that a cache needs no statement of its own.
"""

import threading
from typing import Any

from flask import g, has_request_context
from flask_appbuilder import Model
from sqlalchemy import Integer, String, inspect, select
from sqlalchemy.orm import Mapped, make_transient_to_detached, mapped_column

from app.extensions import db


class CacheVersion(Model):
    """The number of changes of some cached data."""

    __tablename__ = "cache_version"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0, nullable=False)


def current_versions():
    """Return {name: count}, read once for each request."""
    if not has_request_context():
        return _read()
    if "versions" not in g:
        g.versions = _read()
    return g.versions


def _read():
    with db.engine.connect() as connection:
        return dict(connection.execute(select(CacheVersion.name, CacheVersion.count)).all())


def bump(session, name):
    """Increment the version `name` in this transaction, once for each flush."""
    # The whole session: in a bulk save, `session.new` has the saved records only.
    row = next((row for row in session if isinstance(row, CacheVersion) and row.name == name), None)
    if row is None and has_request_context() and name in g.get("versions", ()):
        row = CacheVersion(name=name)
        make_transient_to_detached(row)  # the row exists: it is updated without a query
        session.add(row)
    row = row or session.get(CacheVersion, name)
    if row is None:
        session.add(CacheVersion(name=name, count=1))
    elif not inspect(row).pending and not inspect(row).modified:
        row.count = CacheVersion.count + 1


_models = {}  # name → models with the cached rows


def bump_on_change(name, *models):
    """Declare that rows of `models` change the cached data `name`; a bulk load must call `bump` itself."""
    _models[name] = models


def bump_changed_versions(session, _context, _instances):
    """Bump the version of each cache if the flush writes rows of its models."""
    rows = [*session.new, *session.dirty, *session.deleted]
    for name, models in _models.items():
        if any(isinstance(row, models) for row in rows):
            bump(session, name)


# The object behind the proxy, because each cell of a list reads codes and places.
_current_g = g._get_current_object


class VersionedCache:
    """A value that is loaded once in a process and again when its version changes."""

    def __init__(self, name, load):
        self.name, self.load = name, load
        self.lock = threading.Lock()
        self.cached: tuple[Any, Any] = (None, None)  # version, value

    def get(self):
        """Return the value as of the first use in this request, or the current value outside a request."""
        if not has_request_context():
            return self._load_current()
        values = _current_g().setdefault("cached", {})
        if self not in values:
            values[self] = self._load_current()
        return values[self]

    def _load_current(self):
        # The engine's URL is part of the key, because tests use several databases in one process.
        version = (str(db.engine.url), current_versions().get(self.name, 0))
        cached_version, value = self.cached
        if cached_version != version:
            with self.lock:
                cached_version, value = self.cached
                if cached_version != version:  # no other thread has loaded it in the meantime
                    value = self.load()
                    # One assignment: another thread sees the old or the new pair.
                    self.cached = (version, value)
        return value
