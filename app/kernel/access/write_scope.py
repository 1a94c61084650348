"""Keeps records read-only that the actor sees only by a grant for reading: a shared case, a break-glass access.

The session refuses changes and new rows of such records from every entry point.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import object_session

from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation

READ_ONLY = _("This record was opened for reading only. You cannot change it or add to it.")


def refuse_changes(session, _context, _instances):
    """Refuse changes of read-only records, and new rows that belong to no writable record."""
    scope = actor_of(session).scope
    if scope is None or scope.writable == scope:
        return
    changed = [one for one in session.dirty if session.is_modified(one, include_collections=False)]
    with session.no_autoflush:
        needed = [(one, ((type(one), one.id),)) for one in (*changed, *session.deleted) if _is_filtered(one)]
        needed += [(one, _find_parents(session, one)) for one in (*session.new, *changed)]
        writable = find_writable(session, {key for _row, keys in needed for key in keys}, scope.writable)
    refused = [row for row, keys in needed if keys and writable.isdisjoint(keys)]
    if refused:
        raise RuleViolation([Problem("", READ_ONLY, row=row) for row in refused])


def _is_filtered(record):
    return hasattr(type(record), "__row_filter__") and inspect(record).persistent


def _find_parents(session, record):
    """Return (class, id) of the stored records that `record` newly belongs to; () if one of them is new."""
    keys = []
    if not getattr(record, "needs_writable_parent", True):
        return ()
    for name in getattr(type(record), "__parents__", ()):
        relation = inspect(type(record)).relationships[name]
        (column,) = relation.local_columns
        attribute = inspect(type(record)).get_property_by_column(column).key
        parent = record.__dict__.get(name)
        if parent is not None and inspect(parent).key is None:
            return ()
        parent_id = parent.id if parent is not None else record.__dict__.get(attribute)
        if parent_id is not None and (record in session.new or has_changed(record, (name, attribute))):
            keys.append((relation.mapper.class_, parent_id))
    return tuple(keys)


def find_writable(session, keys, scope):
    """Return those of the keys (class, id) that are within the scope, with one statement for each class."""
    ids = {}
    for cls, key in keys:
        ids.setdefault(cls, set()).add(key)
    found = set()
    for cls, wanted in ids.items():
        criterion = cls.__row_filter__(scope)
        conditions = () if criterion is None else (criterion,)
        found |= {
            (cls, key) for key in session.scalars(select(cls.id).where(cls.id.in_(wanted), *conditions))
        }
    return found


def is_read_only(record):
    """Return whether the reader sees this stored record only by a grant for reading."""
    scope = _get_scope(record)
    return scope is not None and scope.writable != scope and not _is_within(record, scope.writable)


def is_temporary(record):
    """Return whether the reader sees this stored record only by a grant that expires after minutes or hours."""
    scope = _get_scope(record)
    return scope is not None and scope.permanent != scope and not _is_within(record, scope.permanent)


def _get_scope(record):
    return actor_of(object_session(record)).scope if _is_filtered(record) else None


def _is_within(record, scope):
    return bool(find_writable(object_session(record), {(type(record), record.id)}, scope))
