"""Actions on the selected rows of a list. Features add theirs; the list shows them once rows are selected."""

from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext

from app.kernel.screens.list_query import PAGE_SIZES

FIELD = "rowid"
MAX_KEY_LENGTH = 40
_actions = []  # functions view → SelectionAction or None


@dataclass(frozen=True)
class SelectionAction:
    """A button that sends the keys of the selected rows, as `rowid`, by POST to `url`."""

    text: Any
    icon: str
    url: str


def add_action(make):
    """Add an action: `make(view)` returns a SelectionAction, or None if the reader may not use it for that list."""
    if make not in _actions:
        _actions.append(make)


def list_actions(view):
    """Return the actions that the reader may use for the selected rows of the list."""
    return [action for make in _actions if (action := make(view)) is not None]


def read_keys(view, submitted):
    """Return the keys of the selected rows in `submitted`, a request's arguments. Abort with 400 if one is no key."""
    column = view.datamodel.obj.__mapper__.primary_key[0]
    found = list(dict.fromkeys(submitted.getlist(FIELD)))
    try:
        keys = [column.type.python_type(key[:MAX_KEY_LENGTH]) for key in found[: PAGE_SIZES[-1]]]
    except ValueError:
        abort(400, gettext("This selection does not exist. Select the rows again."))
    if any(isinstance(key, int) and not 0 < key < 2**31 for key in keys):
        abort(400, gettext("This selection does not exist. Select the rows again."))
    return keys


def is_selected(view, keys):
    """Return the condition that a row of the list is one of the selected rows."""
    model = view.datamodel.obj
    return getattr(model, model.__mapper__.primary_key[0].key).in_(keys)
