"""Many new records at once, with one statement for each table: what `Session.add` and `flush` do, without their cost for each.

Whoever listens to a flush hears of it as of any: stamps, codes, text, scope, the trace, the index of names, whose a person
is. So every promise of the session holds, and only the writing itself is another. For new records alone.
"""

from functools import cache

from flask_appbuilder import Model
from sqlalchemy import insert, inspect
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.util import IdentitySet


def new(model, **values):
    """A new record that says of all the rest that it is empty: one that does not know looks for it each time it is asked."""
    record = model(**values)
    record.__dict__.update(_empty(model) | record.__dict__)
    return record


class Flush:
    """The session as it looks to whoever listens to this flush: `new` are these records, and no others are touched."""

    dirty = deleted = ()

    def __init__(self, session, records):
        self.session, self.new = session, IdentitySet(records)

    def __getattr__(self, name):
        return getattr(self.session, name)

    def __iter__(self):
        yield from (*self.new, *self.session)

    def __contains__(self, record):
        return record in self.new or record in self.session


def add(session, leads):
    """Write these records and every new one that hangs on them, in the transaction of `session`, in which they are not kept."""
    records = _with_what_hangs_on(leads)
    flush, heard = Flush(session, records), session.dispatch
    heard.before_flush(flush, None, None)
    connection, by_model = session.connection(), {}
    for record in records:
        by_model.setdefault(type(record), []).append(record)
    for model in sorted(by_model, key=lambda one: _order()[one.__table__]):
        _write(connection, model, by_model[model])
    heard.after_flush(flush, None)
    heard.after_flush_postexec(flush, None)


def _with_what_hangs_on(leads):
    """The new records among these and behind their links, each once, in the order in which they are met."""
    found, waiting = {}, list(reversed(list(leads)))
    while waiting:
        record = waiting.pop()
        if record is None or id(record) in found or inspect(record).key is not None:
            continue
        found[id(record)] = record
        held = record.__dict__
        for name, many in _links(type(record)):
            there = held.get(name)
            if there is not None:
                waiting += reversed(there) if many else (there,)
    return list(found.values())


def _write(connection, model, records):
    table = model.__table__
    for record in records:
        held = record.__dict__
        for name, column, key in _keys(model):
            there = held.get(name)
            if there is not None:
                setattr(record, column, getattr(there, key))
        held["version"] = 1
    filled = _filled(model, records)
    rows = [{name: record.__dict__.get(name) for name in filled} for record in records]
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    for record, number in zip(records, connection.scalars(statement, rows), strict=True):
        record.__dict__["id"] = number


@cache
def _order():
    """Table → its place: what is pointed to comes before what points."""
    return {table: place for place, table in enumerate(Model.metadata.sorted_tables)}


@cache
def _links(model):
    """(name, whether it holds many) of the links of a model."""
    return tuple((one.key, one.uselist) for one in inspect(model).relationships if not one.viewonly)


@cache
def _keys(model):
    """(link, its column here, the column there) of the links to one record each."""
    mapper = inspect(model)
    return tuple(
        (one.key, mapper.get_property_by_column(here).key, one.mapper.get_property_by_column(there).key)
        for one in mapper.relationships
        if one.direction is MANYTOONE and not one.viewonly
        for here, there in one.local_remote_pairs
    )


@cache
def _empty(model):
    """None for each column and each link to one record that nothing fills but what is told. Not to be changed."""
    mapper = inspect(model)
    columns = (one.key for one in mapper.column_attrs if one.columns[0].default is None)
    links = (one.key for one in mapper.relationships if one.direction is MANYTOONE and not one.viewonly)
    return dict.fromkeys((*columns, *links))


def _filled(model, records):
    """The columns that one of these new records fills; the others stay empty without being named."""
    return [
        name
        for name, has_default in _columns(model)
        if has_default or any(record.__dict__.get(name) is not None for record in records)
    ]


@cache
def _columns(model):
    """(column, whether it has a default) of those that a new row fills itself."""
    return tuple(
        (column.key, column.default is not None)
        for column in model.__table__.columns
        if column.key not in ("id", "insert_order")
    )
