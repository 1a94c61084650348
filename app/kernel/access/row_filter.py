"""The row filter: adds the actor's scope to every ORM statement. Views, API, imports and jobs cannot bypass it.

A class declares with `__row_filter__(scope)` which of its rows are within a scope. Child tables declare their own filter,
because a query for a child alone needs the same protection as its parent. A record class without a filter is invisible
(`Record.__row_filter__`). A session without an actor sees no rows of these classes.

Three cases that SQLAlchemy's loader criteria do not cover are handled here: foreign keys to rows outside the scope
(`before_flush`), rows that their author would not see (`after_flush`), and ORM bulk inserts (rejected). A house test and
row-level security (`row_level_security`) cover plain SQL.
"""

from contextvars import ContextVar
from functools import cache, lru_cache

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import Integer, bindparam, false, inspect, select
from sqlalchemy.orm import MANYTOONE, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import Exists

from app.kernel.access.area import exclude_blind
from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.database.sqlalchemy_patches import CombinedCriteria, compare_by_identity
from app.kernel.schema.record import Record, has_changed
from app.kernel.schema.rules import Problem, RuleViolation

OUTSIDE_SCOPE = _(
    "Not saved: this record would be outside your area of responsibility. Check its unit and place."
)


# The reader of the statement that runs: filters are built once for all readers of a scope.
_reader_id: ContextVar[int | None] = ContextVar("reader_id", default=None)


class BulkWriteForbidden(RuntimeError):
    """Raised for a bulk write of a scoped class, because it would bypass the checks of the session."""


@lru_cache(1)
def scoped_classes():
    """Return all classes with a row filter."""
    classes = (mapper.class_ for mapper in Model.registry.mappers)
    return tuple(
        sorted((cls for cls in classes if hasattr(cls, "__row_filter__")), key=lambda cls: cls.__name__)
    )


def _filter_class(cls, scope):
    """Return the row filter of a class, without the rows of cases whose line-up the reader shows to a witness."""
    condition = cls.__row_filter__(scope)
    return exclude_blind(condition, cls.case_id, scope) if hasattr(cls, "case_id") else condition


@lru_cache(512)
def _criteria(scope):
    """Return the option that restricts a statement to `scope`, built once for each scope."""
    criteria = []
    for cls in scoped_classes():
        condition = false() if scope is None else _filter_class(cls, scope)
        if condition is not None:
            criteria.append(with_loader_criteria(cls, compare_by_identity(condition), include_aliases=True))
    return CombinedCriteria(criteria)


def is_reader(column):
    """Return the condition that a column names the account that runs the statement."""
    return column == bindparam("reader_id", callable_=_reader_id.get, type_=Integer)


def cacheable(statement):
    """Mark a statement that is built once: its filtered form is cached for each scope."""
    return statement.execution_options(cacheable=True)


def read_columns(session, statement):
    """Return the filtered rows of a statement of plain columns, directly from the connection.

    For a million rows: the session's handling of each row costs more than reading it.
    """
    scope = actor_of(session).scope
    _reader_id.set(actor_of(session).user_id)
    if scope != UNRESTRICTED:
        statement = statement.options(_criteria(scope))
    return session.connection().execute(statement)


@lru_cache(4096)
def _filtered(statement, scope):
    return statement.options(_criteria(scope))


@lru_cache(2048)
def subquery_filter(cls, scope):
    """Return the row filter of a class if it queries another table for each row; None otherwise."""
    if scope is None or not hasattr(cls, "__row_filter__"):
        return None  # without a scope `_criteria` excludes every row
    condition = _filter_class(cls, scope)
    if condition is None or not any(isinstance(element, Exists) for element in visitors.iterate(condition)):
        return None
    return condition


def apply_row_filter(state):
    """Add the scope of the actor to every ORM statement, and refuse bulk inserts of filtered classes."""
    _reader_id.set(actor_of(state.session).user_id)
    if state.is_insert and _bulk_class(state) in scoped_classes():
        raise BulkWriteForbidden("Add records one by one through the session. Bulk inserts are not allowed.")
    scope = actor_of(state.session).scope
    # Deferred columns and relationships inherit the options of the statement that loaded their owner.
    if scope == UNRESTRICTED or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("cacheable"):
        state.statement = _filtered(state.statement, scope)
    elif state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(_criteria(scope))


def _bulk_class(state):
    mapper = state.bind_mapper
    return mapper.class_ if mapper is not None else None


def check_links(session, _context, _instances):
    """Reject links to records outside the actor's scope: a user can type any key."""
    if actor_of(session).scope == UNRESTRICTED:
        return
    with session.no_autoflush:
        problems = [
            Problem(relation.key, _("This choice is not in E-Crime. Type and choose again."), row=record)
            for record in [*session.new, *session.dirty]
            for relation in _filtered_links(type(record))
            if _is_outside_scope(session, record, relation)
        ]
    if problems:
        raise RuleViolation(problems)


@cache
def _filtered_links(model):
    """Return the many-to-one relationships of a model to classes with a row filter."""
    return tuple(
        relation
        for relation in inspect(model).relationships
        if relation.direction is MANYTOONE and hasattr(relation.mapper.class_, "__row_filter__")
    )


def _is_outside_scope(session, record, relation):
    column = next(iter(relation.local_columns))
    name = inspect(record).mapper.get_property_by_column(column).key
    target = record.__dict__.get(relation.key)
    if target is not None:
        return target not in session  # a record in the session was read within the scope, or is new
    if not has_changed(record, (name,)) or record.__dict__.get(name) is None:
        return False
    cls = relation.mapper.class_
    statement = select(cls.id).where(cls.id == record.__dict__[name])
    return session.scalar(statement) is None


def check_written_rows(session, _context):
    """Reject new and moved records that their author may not see.

    Runs after the flush, when shares and visibility rows are written too. A class proves membership in Python with
    `is_in_scope`. For all other rows of a class one statement selects their keys with the author's row filter.
    """
    scope = actor_of(session).scope
    if scope == UNRESTRICTED:
        return
    unproven, new = {}, session.new
    for record in (*new, *session.dirty):
        if not isinstance(record, Record) or record.id is None:
            continue  # without an id: a hook has added it after this flush, and the next flush checks it
        columns = _filter_columns(type(record), scope)
        if columns is None or not (record in new or has_changed(record, columns)):
            continue
        if scope is None or not record.is_in_scope(scope):
            unproven.setdefault(type(record), {})[record.id] = record
    problems = [
        Problem("", OUTSIDE_SCOPE, row=record)
        for cls, rows in unproven.items()
        for record in _find_invisible(session, cls, rows)
    ]
    if problems:
        raise RuleViolation(problems)


@lru_cache(4096)
def _filter_columns(cls, scope):
    """Return the names of the columns of `cls` in its row filter; None if every row is within the scope."""
    condition = false() if scope is None else _filter_class(cls, scope)
    if condition is None:
        return None
    names = {getattr(element, "key", None) for element in visitors.iterate(condition)}
    return tuple(attribute.key for attribute in cls.__mapper__.column_attrs if attribute.key in names)


def _find_invisible(session, cls, rows):
    """Return the records among {id: record} that the actor of the session does not see."""
    visible = set(session.scalars(select(cls.id).where(cls.id.in_(sorted(rows)))))
    return [record for key, record in rows.items() if key not in visible]
