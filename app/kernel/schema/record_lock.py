"""The record lock: a record locks 48 hours after registration, and then only a correction can change it.

The columns in `__editable_after_lock__` stay editable, because they describe later events. All other columns lock, including
columns added later. A flag in `__cleared_by_correction__` may still be set, but not cleared. Only a correction may change
the columns in `__correction_only__`, at any time. The session rejects a change first and reports it at the field. Database
triggers (migrations/lock.py) reject statements that bypass the session. Records cannot be deleted.
"""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, ForeignKey, Integer, String, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates

EDIT_WINDOW = timedelta(hours=48)  # after registration, by the database's time
WARN_AFTER = timedelta(hours=40)
IMMUTABLE_COLUMNS = ("recorded_at", "recorded_by_id")  # never change
VOID_COLUMNS = ("voided_at", "void_reason")  # only a correction or a withdrawal changes them
BOOKKEEPING_COLUMNS = frozenset(("id", "version", "insert_order", "changed_at", "changed_by_id"))
# Keys in the `info` of a session.
EXEMPTIONS = "lock_exemptions"  # {(table, id, column): new value}
PREVIEW = {"preview": True}  # in place of the exemptions while the effects of a correction are computed
REFUSED_CHANGE = "lock_refused_change"  # (table, id, columns)


class LockExemption(Model):
    """One column of one record that a correction may change, with the new value; it lasts for one transaction."""

    __tablename__ = "lock_exemption"

    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    column_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)


@cache
def lockable_columns(model):
    """Return the columns of `model` that lock; none if it does not declare `__editable_after_lock__`."""
    if getattr(model, "__editable_after_lock__", None) is None:
        return frozenset()
    exempt = BOOKKEEPING_COLUMNS.union(IMMUTABLE_COLUMNS, VOID_COLUMNS, model.__editable_after_lock__)
    return frozenset(
        attribute.key for attribute in model.__mapper__.column_attrs if attribute.key not in exempt
    )


@cache
def correctable_columns(model):
    """Return the columns of `model` that a correction changes: those that lock, and those only it may set."""
    found = lockable_columns(model) | {
        column_of_field(model, name) for name in field_names_on(model, "correct")
    }
    return found.union(model.__cleared_by_correction__) - set(model.__immutable__)


class LockableColumns:
    """Descriptor of `Model.__lockable_columns__`: the columns that lock."""

    def __get__(self, _record, model):
        return lockable_columns(model)


Record.__lockable_columns__ = LockableColumns()


def locks_at(record):
    """Return the time at which the record locks; None if it never locks or is not registered yet."""
    can_lock = lockable_columns(type(record)) and record.recorded_at
    return record.recorded_at + EDIT_WINDOW if can_lock else None


def is_locked(record):
    """Return True if the record was registered 48 hours ago or earlier."""
    moment = locks_at(record)
    return moment is not None and dates.now() >= moment


def locked_fields(record):
    """Return the names of the fields that no form may change: those that only a correction changes, and all after the lock."""
    model, columns = type(record), frozenset(getattr(record, "__correction_only__", ()))  # a code has none
    if is_locked(record):
        columns |= lockable_columns(model)
    return frozenset(name for name in fields_of(model) if column_of_field(model, name) in columns)


def column_of_field(model, name):
    """Return the column of the field `name`: the foreign key column of a link."""
    return foreign_key_column(model, name) if name in model.__mapper__.relationships else name


def field_of_column(model, column):
    """Return the declared field of a column: the link of a foreign key column."""
    links = (name for name, field in fields_of(model).items() if field.lookup)
    return next((name for name in links if foreign_key_column(model, name) == column), column)


def to_json_value(value):
    """Return a value as JSON stores it, with one form for equal values."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def exempt_correction(session, correction_id):
    """Allow, within this block, exactly the changes in the lock exemptions of this correction."""
    with session.no_autoflush:
        rows = session.scalars(
            select(LockExemption).where(LockExemption.correction_id == correction_id)
        ).all()
    changes = {(row.entity, row.entity_id, row.column_name): row.value for row in rows}
    return exempt_changes(session, changes)


@contextmanager
def exempt_changes(session, changes):
    """Allow, within this block, exactly `changes`: {(table, id, column): new value as `to_json_value`}.

    This covers the checks of the session. The triggers read the view `lock_exemption_active`.
    """
    session.info[EXEMPTIONS] = changes
    try:
        yield
        session.flush()
    finally:
        del session.info[EXEMPTIONS]


def is_corrected(session, record, name):
    """Return whether a correction that is previewed may change this column of a record, or one that is applied does."""
    exemptions = session.info.get(EXEMPTIONS, {}) if session is not None else {}
    return exemptions is PREVIEW or (record.__tablename__, record.id, name) in exemptions


def refuse_locked_changes(_mapper, _connection, record):
    """Reject changes of locked columns; runs after all flush listeners, which may change derived columns (an age)."""
    state = inspect(record)
    attributes = state.attrs
    locked = {*IMMUTABLE_COLUMNS, *VOID_COLUMNS, *record.__correction_only__}
    if is_locked(record):
        locked |= lockable_columns(type(record))
        locked |= {name for name in record.__cleared_by_correction__ if not state.dict.get(name, True)}
    if record.is_void and not attributes["voided_at"].history.has_changes():
        every = {attribute.key for attribute in record.__mapper__.column_attrs}
        locked |= every - BOOKKEEPING_COLUMNS - set(record.__computed_if_void__)
    changed = [name for name in locked if attributes[name].history.has_changes()]
    info = state.session.info
    if is_withdrawal(state.session, record):
        changed = [name for name in changed if name not in VOID_COLUMNS]
    exemptions = info.get(EXEMPTIONS, {})
    refused = [name for name in changed if not _is_exempt(exemptions, record, name)]
    if refused:
        info[REFUSED_CHANGE] = (record.__tablename__, record.id, sorted(refused))
        raise RuleViolation(_lock_problems(record, refused))


def may_withdraw(record, user_id):
    """Return whether this user may take the row back: the author, within its 48 hours."""
    is_author = user_id is not None and record.recorded_by_id == user_id
    return record.__withdrawable__ and is_author and not is_locked(record)


def is_withdrawal(session, record):
    """Return whether the change of this row is a withdrawal by its author, with a reason."""
    history = inspect(record).attrs["voided_at"].history
    is_new = record.voided_at is not None and history.has_changes() and not any(history.deleted)
    return is_new and bool(record.void_reason) and may_withdraw(record, actor_of(session).user_id)


def _is_exempt(exemptions, record, name):
    key = (record.__tablename__, record.id, name)
    return key in exemptions and exemptions[key] == to_json_value(getattr(record, name))


def _lock_problems(record, refused):
    """Yield a problem for each visible field, or one for the whole record if only derived columns are refused."""
    fields = (field_of_column(type(record), name) for name in sorted(refused))
    visible = [field for field in fields if _is_visible(record, field)]
    for field in visible or ("",):
        yield Problem(field, _lock_message(record, refused), row=record)


def _is_visible(record, name):
    field = fields_of(type(record)).get(name)
    return field is not None and bool(field.on)


def _lock_message(record, refused):
    if not record.is_void and set(refused) <= set(record.__cleared_by_correction__):
        return _("Only a correction removes this mark now. Ask your provincial chief to request one.")
    if is_locked(record):
        return _(
            "Locked since %(since)s, 48 hours after registration. Ask your provincial chief to request a correction.",
            since=locks_at(record),
        )
    if record.is_void and not set(refused) & set(VOID_COLUMNS):
        return _("This record is void and cannot be changed.")
    if set(refused) & set(VOID_COLUMNS):
        return _("Records can only be voided through a correction. Ask the provincial chief to request one.")
    if set(refused) & set(record.__correction_only__):
        return _("A second officer has checked this. Ask your provincial chief to request a correction.")
    return _("The registration time and registering officer of a record cannot be changed.")


def refuse_delete(_mapper, _connection, record):
    """Refuse to delete a record."""
    text = _(
        "Records cannot be deleted. Ask the provincial chief to request a correction that voids this record."
    )
    raise RuleViolation([Problem("", text, row=record)])


def refuse_bulk(state):
    """Reject bulk changes of records, because they bypass the audit log, the rules and the lock."""
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    if issubclass(state.bind_mapper.class_, Record):
        raise RuleViolation(
            [Problem("", _("Change records one at a time. Each change is recorded in the audit log."))]
        )
