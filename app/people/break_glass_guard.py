"""Keeps persons visible only by break-glass access read-only. The session refuses changes from every entry point."""

from dataclasses import replace

from sqlalchemy import inspect, select
from sqlalchemy.orm import object_session

from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, RuleViolation
from app.people.models import Person
from app.people.visibility import PersonChild


def refuse_changes(session, _context, _instances):
    scope = actor_of(session).scope
    if scope is None or not scope.break_glass_ids:
        return
    changed = [one for one in session.dirty if session.is_modified(one, include_collections=False)]
    with session.no_autoflush:
        refused = [one for one in (*changed, *session.deleted) if is_break_glass_only(one)]
        refused += [
            one
            for one in session.new
            if isinstance(one, PersonChild) and _is_child_of_opened(session, one, scope)
        ]
    if refused:
        text = _("This person was opened by break-glass access and is read-only.")
        raise RuleViolation([Problem("", text, row=record) for record in refused])


def is_break_glass_only(record):
    """Return whether the reader sees this stored record only through break-glass access."""
    session = object_session(record)
    scope = actor_of(session).scope if session is not None else None
    if (
        scope is None
        or not scope.break_glass_ids
        or not hasattr(type(record), "__row_filter__")
        or not inspect(record).persistent
    ):
        return False
    person_id = record.id if isinstance(record, Person) else getattr(record, "person_id", None)
    if person_id not in scope.break_glass_ids:
        return False
    cls = type(record)
    return _is_outside_scope(session, cls, record.id, scope)


def _is_child_of_opened(session, row, scope):
    person_id = row.person.id if row.person is not None else row.person_id
    return person_id in scope.break_glass_ids and _is_outside_scope(session, Person, person_id, scope)


def _is_outside_scope(session, cls, pk, scope):
    """Return whether a row is outside the reader's scope without break-glass access."""
    criterion = cls.__row_filter__(replace(scope, break_glass_ids=frozenset()))
    return criterion is not None and session.scalar(select(cls.id).where(cls.id == pk, criterion)) is None
