"""Forty-eight hours after it was registered a record is shut, and one door opens it again: a correction.

What a class leaves open then (`__stays_open__`) is what goes on happening to it; all its other columns are facts, a
new one too. What it names in `__by_door__` goes through the door alone, from the first moment on. The session refuses first and says it at the field; triggers in the database stand behind, for whoever
comes past the session (migrations/lock.py). Nobody deletes.
"""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, ForeignKey, Integer, String, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import foreign_key
from app.kernel.schema.fields import declared
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem, RuleBroken
from app.kernel.text import dates

OPEN_FOR = timedelta(hours=48)  # after the registration, by the database's clock
WARN_AT = timedelta(hours=40)
NEVER = ("recorded_at", "recorded_by_id")  # these change at no time
STRUCK = ("voided_at", "void_reason")  # these by a correction alone, from the first moment on
BOOKKEEPING = frozenset(("id", "version", "insert_order", "changed_at", "changed_by_id"))
THROUGH_THE_DOOR = "columns that may change now, and to what"
REFUSED = "what the lock refused"  # in the `info` of a session: (table, id, columns)


class Door(Model):
    """One column of one record that a correction may change, and to what; it lives as long as its transaction."""

    __tablename__ = "lock_door"

    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    column_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)


@cache
def facts_of(model):
    """The names of the columns of `model` that shut; none where the class does not say what stays open."""
    if getattr(model, "__stays_open__", None) is None:
        return frozenset()
    free = BOOKKEEPING.union(NEVER, STRUCK, model.__stays_open__)
    return frozenset(
        attribute.key for attribute in model.__mapper__.column_attrs if attribute.key not in free
    )


class Facts:
    """`Model.__facts__`: what of a record shuts."""

    def __get__(self, _record, model):
        return facts_of(model)


Record.__facts__ = Facts()


def shut_at(record):
    """When the record shuts or shut; None where it never does, or is not registered yet."""
    shuts = facts_of(type(record)) and record.recorded_at
    return record.recorded_at + OPEN_FOR if shuts else None


def is_shut(record):
    moment = shut_at(record)
    return moment is not None and dates.now() >= moment


def shut_boxes(record):
    """The names of the fields of a shut record that no form may change; none while it is open."""
    if not is_shut(record):
        return frozenset()
    facts, model = facts_of(type(record)), type(record)
    return frozenset(name for name in declared(model) if column_of(model, name) in facts)


def column_of(model, name):
    """The column that the box `name` fills: a link fills the key behind it."""
    return foreign_key(model, name) if name in model.__mapper__.relationships else name


def box_of(model, column):
    """The declared field by which people know a column: of a key its link."""
    links = (name for name, meaning in declared(model).items() if meaning.lookup)
    return next((name for name in links if foreign_key(model, name) == column), column)


def plain(value):
    """A value as JSON keeps it, the same for equal values."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def corrected(session, correction_id):
    """Within this block the changes go through that stand in the door of that correction, and no others."""
    with session.no_autoflush:
        rows = session.scalars(select(Door).where(Door.correction_id == correction_id)).all()
    return through_the_door(
        session, {(row.entity, row.entity_id, row.column_name): row.value for row in rows}
    )


@contextmanager
def through_the_door(session, opened):
    """Within this block these changes go through and no others: (table, id, column) → the new value, as `plain`.

    That is for the session; the database asks its own rows (`lock_open`) who has opened what.
    """
    session.info[THROUGH_THE_DOOR] = opened
    try:
        yield
        session.flush()
    finally:
        del session.info[THROUGH_THE_DOOR]


@event.listens_for(Record, "before_update", propagate=True)
def _keep_shut(_mapper, _connection, record):
    """After all listeners of the flush, so that what others derive (an age from a birth) is heard as well."""
    attributes = inspect(record).attrs
    closed = {*NEVER, *STRUCK, *record.__by_door__, *(facts_of(type(record)) if is_shut(record) else ())}
    if record.is_void and not attributes["voided_at"].history.has_changes():
        closed |= {attribute.key for attribute in record.__mapper__.column_attrs} - BOOKKEEPING
    changed = [name for name in closed if attributes[name].history.has_changes()]
    kept = object_session(record).info
    door = kept.get(THROUGH_THE_DOOR, {})
    refused = [name for name in changed if not _fits(door, record, name)]
    if refused:
        kept[REFUSED] = (record.__tablename__, record.id, sorted(refused))
        raise RuleBroken(_said_at(record, refused))


def _fits(door, record, name):
    key = (record.__tablename__, record.id, name)
    return key in door and door[key] == plain(getattr(record, name))


def _said_at(record, refused):
    """A problem at each field that people know; of what only follows from others one for the whole record."""
    known = [
        box for box in (box_of(type(record), name) for name in sorted(refused)) if _is_shown(record, box)
    ]
    for box in known or ("",):
        yield Problem(box, _sentence(record, refused), row=record)


def _is_shown(record, box):
    meaning = declared(type(record)).get(box)
    return meaning is not None and bool(meaning.on)


def _sentence(record, refused):
    if is_shut(record):
        return _(
            "Shut since %(since)s, 48 hours after it was registered. Ask the provincial chief for a correction.",
            since=shut_at(record),
        )
    if record.is_void and not set(refused) & set(STRUCK):
        return _("This record was struck out; it stays as it is.")
    if set(refused) & set(STRUCK):
        return _("A record is struck out by a correction alone. Ask the provincial chief for one.")
    if set(refused) & set(record.__by_door__):
        return _("This changes by an act of two people alone.")
    return _("When and by whom a record was registered never changes.")


@event.listens_for(Record, "before_delete", propagate=True)
def _delete_nothing(_mapper, _connection, record):
    text = _("Nobody deletes. Ask the provincial chief to have the record struck out by a correction.")
    raise RuleBroken([Problem("", text, row=record)])


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk(state):
    """A change of many rows in one statement passes the session's promises by: no trace, no rule, no lock."""
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    if issubclass(state.bind_mapper.class_, Record):
        raise RuleBroken([Problem("", _("Records are changed one by one, each with its trace."))])
