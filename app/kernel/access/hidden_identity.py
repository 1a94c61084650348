"""A record that hides a person from the actor keeps what it hides, and the links that hide it."""

from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect

from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.schema.record import Record, has_changed
from app.kernel.schema.record_lock import column_of_field
from app.kernel.schema.rules import Problem, RuleViolation

HIDDEN = _(
    "This record names a person whose identity is hidden from you. Only officers who may see the person change it."
)


def refuse_changes(session, _context, _instances):
    """Refuse a change of the identity, or of a link that hides it, in a record that hid a person before the change.

    Runs before derived columns follow a change.
    """
    if actor_of(session).scope == UNRESTRICTED:
        return
    with session.no_autoflush:
        for one in session.dirty:
            if isinstance(one, Record) and one.__identity_fields__ and _is_hidden_and_changed(one):
                raise RuleViolation([Problem("", HIDDEN, row=one)])


def _is_hidden_and_changed(record):
    return has_changed(record, _list_names(record.__class__)) and record.hid_identity


@cache
def _list_names(model):
    fields = model.__identity_fields__ | set(model.__identity_links__)
    return tuple(sorted(fields | {column_of_field(model, name) for name in fields}))


def get_stored(record, column):
    """Return the value of a column before the change that a flush will write."""
    history = inspect(record).attrs[column].load_history()
    return history.deleted[0] if history.deleted else getattr(record, column)
