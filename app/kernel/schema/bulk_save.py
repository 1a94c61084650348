"""Many new records at once, with one statement for each table: what `Session.add` and `flush` do, without their cost for each.

Whoever listens to a flush hears of it as of any: stamps, codes, text, scope, the trace, the index of names, whose a person
is. So every promise of the session holds, and only the writing itself is another. For new records alone.
"""

from functools import cache

from flask_appbuilder import Model
from sqlalchemy import Integer, bindparam, func, inspect, literal, select, union_all
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.util import IdentitySet

from app.kernel.database.bulk_insert import insert
from app.kernel.schema.record import defaults


def new(model, **values):
    """A new record for `add`, that says of all the rest that it is empty: one that does not know looks for it each time it
    is asked. No session follows what becomes of it, so nothing is told of its values, and its collections are lists.
    """
    record = model.__mapper__.class_manager.new_instance()
    held = record.__dict__
    held.update(_empty(model))
    held.update({name: [] for name in _collections(model)})
    held.update(values)
    for name, column, key in _keys(model):
        if held[name] is not None:
            held[column] = getattr(held[name], key)
    return record


def hang(record, name, row):
    """Hang a new row on a new record, in its collection `name`; both know of it."""
    record.__dict__[name].append(row)
    row.__dict__[_reverse(type(record), name)] = record


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
    """Write these records and every new one that hangs on them, in the transaction of `session`, in which they are not kept.
    Gives them all.
    """
    records = _with_what_hangs_on(leads)
    if not records:
        return records
    flush, heard = Flush(session, records), session.dispatch
    heard.before_flush(flush, None, None)
    connection, by_model = session.connection(), {}
    for record in records:
        by_model.setdefault(type(record), []).append(record)
    models = sorted(by_model, key=lambda one: _order()[one.__table__])
    numbers = _numbers(connection, {one.__table__: len(by_model[one]) for one in models})
    for model in models:
        _write(connection, model, by_model[model], numbers[model.__table__])
    heard.after_flush(flush, None)
    heard.after_flush_postexec(flush, None)
    return records


def keep(session, lead, records):
    """From now on the session keeps what was written, as after a flush: `lead`, and the other `records` that hang on it."""
    session.add(lead)
    # What a flush itself ends with, and there is no public word for it: they stand in the database now, and are new in
    # this transaction, so that a rollback lets go of them.
    session._register_persistent({inspect(record) for record in records})


def part(records):
    """Take their collections from records of which nothing more is asked: they point to each other no more, and go with
    whoever holds them, without a search for what is left of a batch."""
    for record in records:
        held = record.__dict__
        for name in _collections(type(record)):
            held.pop(name, None)


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


def _write(connection, model, records, numbers):
    rows = [record.__dict__ for record in records]
    for held, number in zip(rows, numbers, strict=True):
        for name, column, key in _keys(model):
            there = held.get(name)
            if there is not None:
                held[column] = getattr(there, key)
        held["id"], held["version"] = number, 1
    insert(connection, model.__table__, _columns(model), rows)


def _numbers(connection, counts):
    """Table → the numbers of so many new rows, in one statement. They are asked for before, and so no row has to be told
    which of them it got.
    """
    if connection.dialect.name == "sqlite":
        if not connection.connection.driver_connection.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # from now on nobody else takes a number
        last = connection.execute(_last(*counts)).one()
        return {
            table: range((old or 0) + 1, (old or 0) + 1 + count)
            for old, (table, count) in zip(last, counts.items(), strict=True)
        }
    tables, numbers = list(counts), {table: [] for table in counts}
    asked = {f"of_{table.name}": count for table, count in counts.items()}
    for place, number in connection.execute(_next(*counts), asked):
        numbers[tables[place]].append(number)
    return numbers


@cache
def _last(*tables):
    return select(*(select(func.max(table.c.id)).scalar_subquery() for table in tables))


@cache
def _next(*tables):
    """(place of the table among these, number) of as many as are asked for of each."""
    parts = []
    for place, table in enumerate(tables):
        sequence = func.pg_get_serial_sequence(literal(f'"{table.name}"'), literal("id"))
        many = func.generate_series(1, bindparam(f"of_{table.name}", type_=Integer))
        parts.append(select(literal(place), func.nextval(sequence)).select_from(many))
    return union_all(*parts)


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
    """None, or its default, for each column and each link to one record that nothing fills but what is told. Not to be changed."""
    mapper = inspect(model)
    columns = (one.key for one in mapper.column_attrs if one.columns[0].default is None)
    links = (one.key for one in mapper.relationships if one.direction is MANYTOONE and not one.viewonly)
    return dict.fromkeys((*columns, *links)) | dict(defaults(model))


@cache
def _collections(model):
    return tuple(one.key for one in inspect(model).relationships if one.uselist and not one.viewonly)


@cache
def _reverse(model, name):
    """The link that leads back from a row of this collection."""
    return inspect(model).relationships[name].back_populates


@cache
def _columns(model):
    """The columns that a new row fills itself."""
    return tuple(column.key for column in model.__table__.columns if column.key != "insert_order")
