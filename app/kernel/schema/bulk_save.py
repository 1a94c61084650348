"""Saves many new records with one statement for each table, without the cost of `Session.add` and `flush` for each record.

All flush listeners run as usual: stamps, codes, text, scope, the audit log, the name index and the visibility of people.
Every check of the session therefore applies, and only the INSERT itself differs. For new records only.
"""

from functools import cache

from flask_appbuilder import Model
from sqlalchemy import Integer, bindparam, func, inspect, literal, select, union_all
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.util import IdentitySet

from app.kernel.database.bulk_insert import insert_rows
from app.kernel.database.sqlalchemy_patches import mark_inserted
from app.kernel.database.transactions import begin_writing
from app.kernel.schema.record import column_defaults


def new_record(model, **values):
    """Return a new record for `save_new`, with all other columns and links set to None or to their defaults.

    A missing attribute would be searched for at each access. No session tracks the record: changes of its values are not
    reported, and its collections are plain lists.
    """
    record = model.__mapper__.class_manager.new_instance()
    state = record.__dict__
    state.update(_initial_values(model))
    state.update({name: [] for name in _collections(model)})
    state.update(values)
    for link, column, key in _foreign_keys(model):
        if state[link] is not None:
            state[column] = getattr(state[link], key)
    return record


def append_child(record, name, row):
    """Append a new row to the collection `name` of a new record and set the row's link back to it."""
    record.__dict__[name].append(row)
    row.__dict__[_back_link(type(record), name)] = record


class FlushProxy:
    """The session as the flush listeners see it: `new` are these records, and nothing else is changed."""

    dirty = deleted = ()

    def __init__(self, session, records):
        self.session, self.new = session, IdentitySet(records)

    def __getattr__(self, name):
        return getattr(self.session, name)

    def __iter__(self):
        yield from (*self.new, *self.session)

    def __contains__(self, record):
        return record in self.new or record in self.session


def save_new(session, roots):
    """Insert these records and all new records linked to them, and return all of them.

    The records become part of the transaction, but not of the session: see `attach_saved`.
    """
    records = _with_linked_records(roots)
    if not records:
        return records
    flush, events = FlushProxy(session, records), session.dispatch
    events.before_flush(flush, None, None)
    connection, by_model = session.connection(), {}
    for record in records:
        by_model.setdefault(type(record), []).append(record)
    models = sorted(by_model, key=lambda model: _table_order()[model.__table__])
    ids = _allocate_ids(connection, {model.__table__: len(by_model[model]) for model in models})
    for model in models:
        _insert(connection, model, by_model[model], ids[model.__table__])
    events.after_flush(flush, None)
    events.after_flush_postexec(session, None)
    return records


def attach_saved(session, root, records):
    """Attach the saved `root` and its linked `records` to the session, as after a flush."""
    session.add(root)
    mark_inserted(session, records)


def clear_collections(records):
    """Remove the collections of records that are no longer needed.

    Without these reference cycles, Python frees a batch immediately and needs no garbage collection.
    """
    for record in records:
        state = record.__dict__
        for name in _collections(type(record)):
            state.pop(name, None)


def _with_linked_records(roots):
    """Return the new records among `roots` and behind their links, each once, in traversal order."""
    found, pending = {}, list(reversed(list(roots)))
    while pending:
        record = pending.pop()
        if record is None or id(record) in found or inspect(record).key is not None:
            continue
        found[id(record)] = record
        state = record.__dict__
        for name, is_collection in _links(type(record)):
            linked = state.get(name)
            if linked is not None:
                pending += reversed(linked) if is_collection else (linked,)
    return list(found.values())


def _insert(connection, model, records, ids):
    rows = [record.__dict__ for record in records]
    for state, new_id in zip(rows, ids, strict=True):
        for link, column, key in _foreign_keys(model):
            linked = state.get(link)
            if linked is not None:
                state[column] = getattr(linked, key)
        state["id"], state["version"] = new_id, 1
    insert_rows(connection, model.__table__, _insert_columns(model), rows)


def _allocate_ids(connection, counts):
    """Return {table: ids for its new rows}, read in one statement.

    The ids are known before the INSERT, so that it need not return the id of each row.
    """
    if connection.dialect.name == "sqlite":
        begin_writing(connection)  # no other writer can allocate ids until the commit
        highest = connection.execute(_select_highest_ids(*counts)).one()
        return {
            table: range((last or 0) + 1, (last or 0) + 1 + count)
            for last, (table, count) in zip(highest, counts.items(), strict=True)
        }
    tables, ids = list(counts), {table: [] for table in counts}
    parameters = {f"of_{table.name}": count for table, count in counts.items()}
    for index, new_id in connection.execute(_select_next_ids(*counts), parameters):
        ids[tables[index]].append(new_id)
    return ids


@cache
def _select_highest_ids(*tables):
    return select(*(select(func.max(table.c.id)).scalar_subquery() for table in tables))


@cache
def _select_next_ids(*tables):
    """Return a SELECT of (index of the table in `tables`, new id), with a count parameter for each table."""
    selects = []
    for index, table in enumerate(tables):
        sequence = func.pg_get_serial_sequence(literal(f'"{table.name}"'), literal("id"))
        series = func.generate_series(1, bindparam(f"of_{table.name}", type_=Integer))
        selects.append(select(literal(index), func.nextval(sequence)).select_from(series))
    return union_all(*selects)


@cache
def _table_order():
    """Return {table: position}, with referenced tables before the tables that refer to them."""
    return {table: position for position, table in enumerate(Model.metadata.sorted_tables)}


@cache
def _links(model):
    """Return (name, whether it is a collection) of each writable relationship of a model."""
    return tuple(
        (relation.key, relation.uselist) for relation in inspect(model).relationships if not relation.viewonly
    )


@cache
def _foreign_keys(model):
    """Return (link, local column, remote column) of each many-to-one relationship of a model."""
    mapper = inspect(model)
    return tuple(
        (
            relation.key,
            mapper.get_property_by_column(local).key,
            relation.mapper.get_property_by_column(remote).key,
        )
        for relation in mapper.relationships
        if relation.direction is MANYTOONE and not relation.viewonly
        for local, remote in relation.local_remote_pairs
    )


@cache
def _initial_values(model):
    """Return {name: None or default} of each column and many-to-one link. The cached dict must not be changed."""
    mapper = inspect(model)
    columns = (attribute.key for attribute in mapper.column_attrs if attribute.columns[0].default is None)
    links = (
        relation.key
        for relation in mapper.relationships
        if relation.direction is MANYTOONE and not relation.viewonly
    )
    return dict.fromkeys((*columns, *links)) | dict(column_defaults(model))


@cache
def _collections(model):
    return tuple(
        relation.key
        for relation in inspect(model).relationships
        if relation.uselist and not relation.viewonly
    )


@cache
def _back_link(model, name):
    """Return the name of the link from a row of this collection back to its record."""
    return inspect(model).relationships[name].back_populates


@cache
def _insert_columns(model):
    """Return the names of the columns that an INSERT fills."""
    return tuple(column.key for column in model.__table__.columns if column.key != "insert_order")
