"""What every entry of the register has, and what the session does with it below every view.

Before a flush the session stamps who and when, brings text into its normal form, lets the record derive its
columns and refuses a code that its list does not know. So a form, the API, an import and a job obey alike.
"""

from datetime import datetime
from functools import cache

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Integer, String, Text, event, inspect
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column, orm_insert_sentinel
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.actor import actor_of
from app.kernel.schema import code_lists
from app.kernel.schema.fields import declared, field
from app.kernel.schema.rules import Problem, RuleBroken
from app.kernel.text import dates, khmer


class Record(Model):
    """An entry of the register: who wrote it, for which unit, when, and how often it has changed."""

    __abstract__ = True
    __rules__ = ()
    # The columns that stay open when the facts of the record shut (see `lock`); None: it never shuts.
    __stays_open__ = None
    # Those that change through the lock's door alone, also before that.
    __by_door__ = ()

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    recorded_at: Mapped[datetime] = field(DateTime, label=_("Registered at"), on="show")
    changed_at: Mapped[datetime] = field(DateTime, label=_("Last changed"), on="")
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    # Struck out by a correction: kept and shown as such, and counted no more.
    voided_at: Mapped[datetime | None] = field(DateTime, label=_("Struck out at"), on="show")
    void_reason: Mapped[str | None] = field(
        String(400), label=_("Why it was struck out"), on="show", width=12
    )
    # Lets SQLAlchemy tell which of several rows inserted at once got which id; SQLite gives no other way.
    insert_order: Mapped[int | None] = orm_insert_sentinel()

    # FAB's AuditMixin is not used: its columns stand in forms and in the API, where they can be forged.
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

    @property
    def is_void(self):
        return self.voided_at is not None

    def derive(self):
        """Fill the columns that follow from others (sort keys, levels of a place). Called before each flush."""


def has_changed(record, names):
    """Whether a flush writes, or has just written, another value of one of these columns; of a new record any value."""
    state = inspect(record)
    if state.key is None:
        held = record.__dict__
        return any(held.get(name) is not None for name in names)
    return any(state.get_history(name, PASSIVE_NO_INITIALIZE).has_changes() for name in names)


def clean_text(record):
    """Bring every text of `record` into the normal form of `kernel.khmer`; a refused character is a problem."""
    problems, held = [], record.__dict__
    for name, lines in _texts(type(record)):
        value = held.get(name)
        if value is None or not isinstance(value, str):
            continue
        try:
            clean = khmer.normal(value, lines=lines) or None
        except khmer.Refused:
            problems.append(Problem(name, _("This text holds characters that cannot be kept."), row=record))
            continue
        if clean != value:
            setattr(record, name, clean)
    return problems


@cache
def _texts(model):
    """(name, whether it has lines) of each column of text."""
    columns = ((attribute.key, attribute.columns[0].type) for attribute in model.__mapper__.column_attrs)
    return tuple((name, isinstance(kind, Text)) for name, kind in columns if isinstance(kind, String))


def unknown_codes(record, lists):
    """A problem for each coded field whose key is not in its list; `lists` are those of `codes.held`."""
    held = record.__dict__
    for name, list_name in _coded(type(record)):
        value = held.get(name)
        if value and value not in lists.get(list_name, ()):
            yield Problem(name, _("This value is not in the list."), row=record)


@cache
def _coded(model):
    return tuple((name, meaning.codes) for name, meaning in declared(model).items() if meaning.codes)


@event.listens_for(Session, "before_flush")
def _keep_records_true(session, _context, _instances):
    actor, now = actor_of(session), dates.now()
    problems, fresh = [], session.new  # made anew each time it is asked for
    lists = None  # asked for once: outside a request each question is one to the database
    for record in [*fresh, *session.dirty]:
        # A new row of a case is no change of the case.
        changed = record in fresh or session.is_modified(record, include_collections=False)
        if not changed or not declared(type(record)):
            continue
        if isinstance(record, Record):
            _stamp(record, actor, now, record in fresh)
            lists = code_lists.held() if lists is None else lists
            problems += unknown_codes(record, lists)
        problems += clean_text(record)
        if hasattr(record, "derive"):
            record.derive()
    if problems:
        raise RuleBroken(problems)


@cache
def defaults(model):
    """(column, value) of what a new row gets where nobody has said anything.

    Set before the flush, so that all new rows of a kind name the same columns and go in with one statement.
    """
    columns = ((attribute.key, attribute.columns[0].default) for attribute in model.__mapper__.column_attrs)
    return tuple(
        (name, default.arg) for name, default in columns if default is not None and default.is_scalar
    )


def _stamp(record, actor, now, new):
    if not new:
        record.changed_at, record.changed_by_id = now, actor.user_id
        return
    held = record.__dict__  # what a new record said before is asked by nobody
    for name, value in defaults(type(record)):
        held.setdefault(name, value)
    for name, value in (
        ("recorded_at", now),
        ("recorded_by_id", actor.user_id),
        ("unit_code", actor.unit_code),
    ):
        held[name] = held.get(name) or value
    held["changed_at"], held["changed_by_id"] = now, actor.user_id
