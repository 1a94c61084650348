"""The base class of all records, and the preparation of each record before a flush.

Before a flush the session stamps the user and the time, normalizes text, updates derived columns and rejects unknown codes.
Forms, the API, imports and jobs therefore follow the same rules.
"""

from datetime import datetime
from functools import cache

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Integer, String, Text, false, inspect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, orm_insert_sentinel
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.actor import actor_of
from app.kernel.schema import code_lists
from app.kernel.schema.fields import field, fields_of
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates, khmer


class Record(Model):
    """Base class of records: recording user and unit, times, version and void status."""

    __abstract__ = True
    __rules__ = ()
    # The relationships to rows that are added to the record later, and checked alone then.
    __later_rows__ = ()
    # The columns that stay editable after the record locks (see `record_lock`); None if it never locks.
    __editable_after_lock__ = None
    # Times that may be known by their day only → the flag that says so; the column then holds midnight.
    __day_flags__ = {}
    # Unknown times of old papers → the flag that says so; the column then holds the earliest possible day.
    __unknown_flags__ = {}
    # Times from which a legal limit or a deadline runs: a day without a time asks for it, and midnight is assumed.
    __times__ = ()
    # Unique index or trigger → the problem to show if another user saved such a record first.
    __conflicts__ = {}
    # Columns that only a correction may change, even before the record locks.
    __correction_only__ = ()
    # Flags that anyone who edits the record may set after it locks. Only a correction clears them then.
    __cleared_by_correction__ = ()
    # Columns that not even a correction changes: it voids the row, and another one is added.
    __immutable__ = ()
    # Columns computed from other records. They follow those also in a void row, for instance to protect a name.
    __computed_if_void__ = ()
    # The author may void an own row within its 48 hours (see `withdrawal`).
    __withdrawable__ = False
    # What the page of a record says at its top about this row of one of its lists; empty for nothing.
    page_note = ""
    # The links that the label of a record reads, so that lists load them too.
    __label_links__ = ()
    # The links to records that a correction voids together with this row.
    __voided_with__ = ()
    # The other links to a case or an exhibit → why the row stays valid when that record is void.
    __stays_valid__ = {}
    # The reason why only officers with a function see the rows: then nothing exports them, and no correction changes them.
    __restricted__ = ""
    # The reason why every user sees every row of a class without a row filter.
    __unrestricted__ = ""
    # The record names people who may not be registered: without a person it counts as one for the daily limit.
    __names_people__ = False
    # The fields that a record with `hides_identity` does not show.
    __identity_fields__ = frozenset()
    # The fields on which it depends whether a record hides its person.
    __identity_links__ = ()
    # The condition of `migrations.row_level_security` that equals the row filter, by its name there.
    __row_policy__ = ""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    recorded_at: Mapped[datetime] = field(DateTime, label=_("Registered at"), on="show")
    changed_at: Mapped[datetime] = field(DateTime, label=_("Last changed"), on="")
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    # Set when a correction or a withdrawal voids the record. It is kept, shown as void and not counted.
    voided_at: Mapped[datetime | None] = field(DateTime, label=_("Voided at"), on="show")
    void_reason: Mapped[str | None] = field(String(400), label=_("Reason for voiding"), on="show", width=12)
    # SQLAlchemy needs it to match ids to the rows of a multi-row INSERT; SQLite offers no other way.
    insert_order: Mapped[int | None] = orm_insert_sentinel()

    # FAB's AuditMixin is not used, because forms and the API could set its columns.
    @declared_attr
    def unit_code(cls) -> Mapped[str | None]:
        return mapped_column(String(20), ForeignKey("unit.code"))

    @declared_attr
    def recorded_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr.directive
    def __mapper_args__(cls):
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}

    @classmethod
    def __row_filter__(cls, _scope):
        """Return no row: a class without a row filter is invisible, unless it says why it needs none."""
        return None if cls.__unrestricted__ else false()

    def is_in_scope(self, scope):
        """Return True if the row is known to be within the scope; False if only a query can decide."""
        return False

    @property
    def is_void(self):
        return self.voided_at is not None

    @property
    def hides_identity(self):
        """Return whether the reader may not know the person that the record names."""
        return False

    @property
    def hid_identity(self):
        """Return the same of the stored record, before its links change."""
        return self.hides_identity

    @property
    def checked_rows(self):
        """Return the rows that are checked with the record: of each relationship to a class with rules."""
        return [
            row
            for relation in inspect(type(self)).relationships
            if relation.uselist
            and relation.mapper.class_.__rules__
            and relation.key not in self.__later_rows__
            for row in getattr(self, relation.key)
        ]

    def update_derived(self):
        """Update the columns that depend on others (sort keys, area of a place). Called before each flush."""


def has_changed(record, names):
    """Return True if a flush writes, or has just written, a new value of one of these columns.

    A new record has changed if any of the columns has a value.
    """
    state = inspect(record)
    if state.key is None:
        return any(record.__dict__.get(name) is not None for name in names)
    return any(state.get_history(name, PASSIVE_NO_INITIALIZE).has_changes() for name in names)


def get_value_before(record, name):
    """Return the value of a column before this flush, or None."""
    history = inspect(record).attrs[name].load_history()
    return next(iter((*history.deleted, *history.unchanged)), None)


def clean_text(record):
    """Normalize all text columns of `record` with `khmer.normalize`; return a problem for each invalid text."""
    problems, state = [], record.__dict__
    for name, multiline in _text_columns(type(record)):
        value = state.get(name)
        if value is None or not isinstance(value, str):
            continue
        try:
            clean = khmer.normalize(value, multiline=multiline) or None
        except khmer.InvalidText:
            problems.append(
                Problem(name, _("This text contains characters that cannot be saved."), row=record)
            )
            continue
        if clean != value:
            setattr(record, name, clean)
    return problems


@cache
def _text_columns(model):
    """Return (name, whether it is multiline) of each text column."""
    columns = ((attribute.key, attribute.columns[0].type) for attribute in model.__mapper__.column_attrs)
    return tuple((name, isinstance(type_, Text)) for name, type_ in columns if isinstance(type_, String))


def find_unknown_codes(record, lists):
    """Yield a problem for each coded field with a key that is not in its list; `lists` is `code_lists.all_lists()`."""
    for name, list_name in _code_fields(type(record)):
        value = record.__dict__.get(name)
        if value and value not in lists.get(list_name, ()):
            yield Problem(name, _("This value is not in the list."), row=record)


@cache
def _code_fields(model):
    return tuple((name, field.codes) for name, field in fields_of(model).items() if field.codes)


def prepare_records(session, _context, _instances):
    """Stamp user and times, clean text, update derived columns, and refuse unknown codes."""
    actor, now = actor_of(session), dates.now()
    problems, new = [], session.new  # the property builds a new set at each access
    lists = None  # read once, because outside a request each access is a query
    for record in [*new, *session.dirty]:
        # A new child row does not change its parent.
        changed = record in new or session.is_modified(record, include_collections=False)
        if not changed or not fields_of(type(record)):
            continue
        if isinstance(record, Record):
            _stamp(record, actor, now, is_new=record in new)
            lists = code_lists.all_lists() if lists is None else lists
            problems += find_unknown_codes(record, lists)
        problems += clean_text(record)
        if hasattr(record, "update_derived"):
            record.update_derived()
    if problems:
        raise RuleViolation(problems)


@cache
def column_defaults(model):
    """Return (column, default value) of each column with a scalar default.

    The defaults are set before the flush, so that all new rows of a model have the same columns and need one statement.
    """
    columns = ((attribute.key, attribute.columns[0].default) for attribute in model.__mapper__.column_attrs)
    return tuple(
        (name, default.arg) for name, default in columns if default is not None and default.is_scalar
    )


def _stamp(record, actor, now, is_new):
    if not is_new:
        record.changed_at, record.changed_by_id = now, actor.user_id
        return
    state = record.__dict__  # bypasses the history of a new record, which is not used
    for name, value in column_defaults(type(record)):
        state.setdefault(name, value)
    for name, value in (
        ("recorded_at", now),
        ("recorded_by_id", actor.user_id),
        ("unit_code", actor.unit_code),
    ):
        state[name] = state.get(name) or value
    state["changed_at"], state["changed_by_id"] = now, actor.user_id
