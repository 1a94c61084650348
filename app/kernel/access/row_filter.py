"""You see only your part: the session adds it to every question, so that no view, API, import or job can forget it.

A class says by `__within__(scope)` which of its rows lie in a scope; what hangs on a record says so for itself, for a
child that is asked for alone must be as shut as its parent. A session of which nobody said who acts sees none of them.

What SQLAlchemy's criteria cannot reach is closed beside them: a key that points outside (`before_flush`), ORM inserts
in bulk (refused). Questions in plain SQL are fenced by a house test and by row-level security (`kernel.walls`).
"""

from functools import cache, lru_cache

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import event, false, inspect, select
from sqlalchemy.orm import MANYTOONE, Session
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.cache_key import anon_map
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.selectable import Exists

from app.kernel.actor import EVERYTHING, actor_of
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleBroken


class BulkRefused(RuntimeError):
    """Rows of a scoped class that would pass the session's promises by."""


@lru_cache(1)
def scoped_classes():
    """Every class that says which of its rows lie in a scope."""
    classes = (mapper.class_ for mapper in Model.registry.mappers)
    return tuple(sorted((cls for cls in classes if hasattr(cls, "__within__")), key=lambda cls: cls.__name__))


class Criterion(LoaderCriteriaOption):
    """A criterion that makes its key for SQLAlchemy's store of statements once, and not for each statement anew.

    There is one for each class and scope, and they stand on every statement: their keys were two thirds of its cost.
    """

    __slots__ = ("key_and_values",)
    _cache_key_traversal = LoaderCriteriaOption._traverse_internals

    def _gen_cache_key(self, _anon_map, bindparams):
        if not hasattr(self, "key_and_values"):
            values = []
            self.key_and_values = super()._gen_cache_key(anon_map(), values), values
        key, values = self.key_and_values
        bindparams.extend(values)
        return key


class Value(BindParameter):
    """A value of a criterion, of which a statement holds a copy for each place where the criterion stands.

    SQLAlchemy finds the copies by comparing them at each execution, and writes `a = b` in SQL to learn that two are
    alike: on the page of a person that was an eighth of its time.
    """

    inherit_cache = True
    __hash__ = BindParameter.__hash__

    def __eq__(self, other):
        return hash(self) == hash(other)


@lru_cache(512)
def _criteria(scope):
    """The options that hold a statement within `scope`; made once for each scope."""
    found = []
    for cls in scoped_classes():
        within = false() if scope is None else cls.__within__(scope)
        if within is not None:
            for part in visitors.iterate(within):
                if type(part) is BindParameter:
                    part.__class__ = Value
            found.append(Criterion(cls, within, include_aliases=True))
    return tuple(found)


def kept(statement):
    """The statement, marked as built once: what bounds it is then laid over it once for each scope, and kept too."""
    return statement.execution_options(kept=True)


def read_columns(session, statement):
    """The rows of a statement of plain columns, bounded as the session bounds it, as they come from the database.

    For a million rows: the session lays records around rows, which costs more than reading them.
    """
    scope = actor_of(session).scope
    if scope != EVERYTHING:
        statement = statement.options(*_criteria(scope))
    return session.connection().execute(statement)


class Key(tuple):
    """The key of a statement in SQLAlchemy's store, which makes its hash once: a tuple asks all its parts each time."""

    def __hash__(self):
        known = self.__dict__
        if "hash" not in known:
            known["hash"] = super().__hash__()
        return known["hash"]


@lru_cache(4096)
def _bounded(statement, scope):
    statement = statement.options(*_criteria(scope))
    key = statement._generate_cache_key()
    if key is not None:
        key = key._replace(key=Key(key.key))
        statement._generate_cache_key = lambda: key
    return statement


@lru_cache(2048)
def looked_up(cls, scope):
    """The criterion of a class where it has to be looked up in another table for each row; None for a plain one."""
    if scope is None or not hasattr(cls, "__within__"):
        return None
    within = cls.__within__(scope)
    if within is None or not any(isinstance(part, Exists) for part in visitors.iterate(within)):
        return None
    return within


@event.listens_for(Session, "do_orm_execute")
def _stay_within(state):
    if state.is_insert and _bulk_class(state) in scoped_classes():
        raise BulkRefused("Rows of the register are added one by one, through the session.")
    scope = actor_of(state.session).scope
    # What a column or a relation loads later carries the options of the statement that loaded its owner.
    if scope == EVERYTHING or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("kept"):
        state.statement = _bounded(state.statement, scope)
    elif state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(*_criteria(scope))


def _bulk_class(state):
    mapper = state.bind_mapper
    return mapper.class_ if mapper is not None else None


@event.listens_for(Session, "before_flush")
def _point_to_nothing_outside(session, _context, _instances):
    """A record may only hang on what its writer sees (a key can be typed, or come from another page)."""
    if actor_of(session).scope == EVERYTHING:
        return
    with session.no_autoflush:
        problems = [
            Problem(relation.key, _("This choice is not in the register. Type and choose again."), row=record)
            for record in [*session.new, *session.dirty]
            for relation in _bounded_links(type(record))
            if _points_outside(session, record, relation)
        ]
    if problems:
        raise RuleBroken(problems)


@cache
def _bounded_links(model):
    """The links of a model to classes that have a scope."""
    return tuple(
        relation
        for relation in inspect(model).relationships
        if relation.direction is MANYTOONE and hasattr(relation.mapper.class_, "__within__")
    )


def _points_outside(session, record, relation):
    column = next(iter(relation.local_columns))
    name = inspect(record).mapper.get_property_by_column(column).key
    target = record.__dict__.get(relation.key)
    if target is not None:
        return target not in session  # what is in the session was read within the scope, or is new
    if not has_changed(record, (name,)) or record.__dict__.get(name) is None:
        return False
    cls = relation.mapper.class_
    found = select(cls.id).where(cls.id == record.__dict__[name])
    return session.scalar(found) is None
