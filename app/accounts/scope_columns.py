"""The columns of the reference data that two people change: they determine who sees what, or a legal time limit.

A model lists them in `__scope_columns__`.
"""

from datetime import date
from functools import lru_cache

from flask_appbuilder import Model
from sqlalchemy import Date, inspect, select
from sqlalchemy.orm import MANYTOONE

from app.kernel.schema.record_lock import to_json_value


@lru_cache(1)
def scope_models():
    """Return {table name: model} of the models with such columns."""
    models = (mapper.class_ for mapper in Model.registry.mappers)
    return {model.__tablename__: model for model in models if hasattr(model, "__scope_columns__")}


def find_scope_model(entity):
    """Return the model of a table name, or None."""
    return scope_models().get(entity)


def read_scope_values(session, model, key):
    """Return column → stored value of the row with this key, as JSON stores it, or None without a row."""
    table = model.__table__
    (key_column,) = table.primary_key.columns
    columns = [table.c[name] for name in model.__scope_columns__]
    row = session.connection().execute(select(*columns).where(key_column == key)).one_or_none()
    if row is None:
        return None
    return dict(zip(model.__scope_columns__, map(to_json_value, row), strict=True))


def from_json_value(model, column, value):
    """Return the value of a column from a request, where a date is text."""
    is_date = value is not None and isinstance(model.__table__.c[column].type, Date)
    return date.fromisoformat(value) if is_date else value


def find_scope_changes(session, row):
    """Return column → [stored value, new value] of the scope columns that a flush of `row` would change."""
    model = type(row)
    key = inspect(row).identity[0]
    stored = read_scope_values(session, model, key) or {}
    new = {name: _new_value(row, name) for name in stored}
    return {name: [stored[name], new[name]] for name in stored if stored[name] != new[name]}


def find_field(model, column):
    """Return the name of the form field of a column: the relationship of a foreign key, else the column itself."""
    relation = _find_relation(model, column)
    return relation.key if relation is not None else column


def _new_value(row, column):
    relation = _find_relation(type(row), column)
    if relation is not None:
        history = inspect(row).attrs[relation.key].history
        if history.has_changes():  # the flush copies the key of the other row later
            linked = history.added[0] if history.added else None
            return None if linked is None else inspect(linked).mapper.primary_key_from_instance(linked)[0]
    return to_json_value(getattr(row, column))


def _find_relation(model, column):
    return next(
        (
            relation
            for relation in inspect(model).relationships
            if relation.direction is MANYTOONE and column in {one.key for one in relation.local_columns}
        ),
        None,
    )
