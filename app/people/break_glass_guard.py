"""What somebody sees only by break-glass he reads and does not change: held in the session, below every door."""

from dataclasses import replace

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, object_session

from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, RuleBroken
from app.people.models import Person
from app.people.visibility import OfPerson


@event.listens_for(Session, "before_flush")
def _only_to_be_read(session, _context, _instances):
    scope = actor_of(session).scope
    if scope is None or not scope.opened:
        return
    changed = [one for one in session.dirty if session.is_modified(one, include_collections=False)]
    with session.no_autoflush:
        shut = [one for one in (*changed, *session.deleted) if is_opened_only(one)]
        shut += [
            one for one in session.new if isinstance(one, OfPerson) and _hangs_on_opened(session, one, scope)
        ]
    if shut:
        text = _("This person was opened by break-glass: to be read only.")
        raise RuleBroken([Problem("", text, row=record) for record in shut])


def is_opened_only(record):
    """Whether this stored record is seen by its reader only because somebody was opened to him by break-glass."""
    session = object_session(record)
    scope = actor_of(session).scope if session is not None else None
    if (
        scope is None
        or not scope.opened
        or not hasattr(type(record), "__within__")
        or not inspect(record).persistent
    ):
        return False
    person_id = record.id if isinstance(record, Person) else getattr(record, "person_id", None)
    if person_id not in scope.opened:
        return False
    cls = type(record)
    return _is_beyond(session, cls, record.id, scope)


def _hangs_on_opened(session, row, scope):
    person_id = row.person.id if row.person is not None else row.person_id
    return person_id in scope.opened and _is_beyond(session, Person, person_id, scope)


def _is_beyond(session, cls, pk, scope):
    """Whether a row lies beyond the part that its reader has without break-glass."""
    within = cls.__within__(replace(scope, opened=frozenset()))
    return within is not None and session.scalar(select(cls.id).where(cls.id == pk, within)) is None
