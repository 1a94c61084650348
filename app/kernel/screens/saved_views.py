"""Saved views of lists: filters, sort order and columns under a name, for one user or shared in the unit.

A view holds what is in the URL of a list, so the reader's row filter and permissions apply as for any URL. Personal values
are never in a URL, and so in no view. The view without a name holds the columns that the user chose for the list.
"""

from datetime import datetime

from flask import g
from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    Boolean,
    DateTime,
    ForeignKey,
    String,
    UniqueConstraint,
    and_,
    column,
    exists,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.kernel.screens.filters import Filters
from app.kernel.screens.urls import add_query
from app.kernel.text import dates

MAX_NAME_LENGTH = 80
MAX_VIEWS = 40  # of one user for one list
OWN_COLUMNS = ""  # the name of the view with the columns that the user chose
SAVED_ARGUMENTS = ("_flt_", "_oc_", "_od_", "psize_")


class SavedView(Model):
    """A view of the list `list_name` that a user saved. `unit_code` is the unit that also sees it if it is shared."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "list_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    list_name: Mapped[str] = mapped_column(String(60), nullable=False)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), nullable=False)
    unit_code: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("unit.code"), index=True, info=FOLLOWS_UNIT
    )
    is_shared: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    arguments: Mapped[dict] = mapped_column(JSON, nullable=False)
    columns: Mapped[list] = mapped_column(JSON, nullable=False)
    saved_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    @property
    def is_own(self):
        return self.user_id == g.user.id


_users = table("ab_user", column("id"), column("active"), column("unit_code"))
_OWNER_IS_IN_UNIT = exists().where(
    _users.c.id == SavedView.user_id, _users.c.active, _users.c.unit_code == SavedView.unit_code
)


class ListViews:
    """The saved views that the reader may use for the list of `view`, and the columns to show for `args`."""

    def __init__(self, view, args):
        self.view = view
        statement = select(SavedView, _OWNER_IS_IN_UNIT).where(
            SavedView.list_name == type(view).__name__, _is_readable()
        )
        rows = db.session.execute(statement.order_by(SavedView.name, SavedView.id)).all()
        found = [saved for saved, _has_owner in rows]
        self._left = {saved.id for saved, has_owner in rows if not has_owner}
        own = next((one for one in found if one.name == OWN_COLUMNS), None)
        self.named = [one for one in found if one.name != OWN_COLUMNS]
        self.current = next((one for one in self.named if str(one.id) == args.get("view")), None)
        self.columns = choose_columns(view, (self.current or own).columns if self.current or own else ())
        self.gone = self._find_gone() if self.current else {}

    def _find_gone(self):
        """Return argument → label of each filter of the current view whose choice the reader can no longer make."""
        filters = Filters(self.view, self._usable_arguments(self.current), typed=True)
        return {
            f"_flt_{error.number}_{name}": filters.meanings[name].label
            for name, error in filters.errors.items()
        }

    @property
    def links(self):
        """Return (view, its URL) of each saved view."""
        start = f"{self.view.route_base}/list/"
        return [(one, add_query(start, self._usable_arguments(one) | {"view": one.id})) for one in self.named]

    def may_delete(self, saved):
        """Return True for an own view, and for a view of the reader's unit that its owner has left."""
        return saved.is_own or saved.id in self._left

    def _usable_arguments(self, saved):
        """Return the arguments of a saved view without those that the list no longer knows."""
        return {key: value for key, value in saved.arguments.items() if is_usable(self.view, key, value)}


def _is_readable():
    shared = and_(SavedView.is_shared, SavedView.unit_code == g.user.unit_code)
    return or_(SavedView.user_id == g.user.id, shared)


def choose_columns(view, names):
    """Return the columns of the list among `names`, the first one always; all columns of the list if none remains."""
    chosen = [name for name in view.column_choices if name in names]
    return [*dict.fromkeys((view.list_columns[0], *chosen))] if chosen else view.list_columns


def is_usable(view, key, value):
    """Return True if an argument of a list may be saved, and is still known."""
    if key.startswith("_flt_"):
        column = key.split("_", 3)[-1]
        return column in view.search_columns and not view.is_private(column)
    return key.startswith(SAVED_ARGUMENTS) and (not key.startswith("_oc_") or value in view.order_columns)


def save_view(view, name, arguments, columns, shared=False):
    """Save a view of the current user, in place of their view with the same name. Return None if there are too many."""
    list_name = type(view).__name__
    own = select(SavedView).where(SavedView.user_id == g.user.id, SavedView.list_name == list_name)
    found = {one.name: one for one in db.session.scalars(own)}
    if name not in found and len(found) >= MAX_VIEWS:
        return None
    saved = found.get(name) or SavedView(user_id=g.user.id, list_name=list_name, name=name)
    saved.arguments = {key: value for key, value in arguments.items() if is_usable(view, key, value)}
    saved.columns, saved.saved_at = choose_columns(view, columns), dates.now()
    saved.is_shared, saved.unit_code = shared and bool(g.user.unit_code), g.user.unit_code
    db.session.add(saved)
    return saved
