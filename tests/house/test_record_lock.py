"""The database triggers protect exactly the facts that the models name, so no new column is forgotten."""

from flask_appbuilder import Model

from app.extensions import db
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import (
    BOOKKEEPING_COLUMNS,
    IMMUTABLE_COLUMNS,
    VOID_COLUMNS,
    lockable_columns,
)
from migrations import lock


def records():
    """Return every record class with its table."""
    return sorted(
        (mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, Record)),
        key=lambda model: model.__tablename__,
    )


def test_the_triggers_guard_the_facts_of_every_record(register, each_database):
    wrong = {}
    with register.app.app_context(), db.engine.connect() as connection:
        for model in records():
            facts, kept = lock.locked_columns(connection, model.__tablename__)
            if facts != lockable_columns(model):
                wrong[model.__tablename__] = {
                    "only in the model": sorted(lockable_columns(model) - facts),
                    "only in the trigger": sorted(facts - lockable_columns(model)),
                }
            assert {"id", *IMMUTABLE_COLUMNS} <= kept, (
                f"{model.__tablename__} has no lock: lock.lock_table(op, …) in its migration"
            )
    assert not wrong, (
        f"{wrong}: say in the migration lock.lock_columns(op, TABLE, COLUMN), or leave the column open by name in the"
        " model's __editable_after_lock__ (and say why)."
    )


def test_every_editable_field_of_a_model_is_a_column(registers):
    for model in records():
        columns = set(model.__mapper__.column_attrs.keys())
        unknown = set(model.__editable_after_lock__ or ()) - columns
        assert not unknown, f"{model.__name__}.__editable_after_lock__ names {unknown}"
        assert {*IMMUTABLE_COLUMNS, *VOID_COLUMNS} <= columns and lockable_columns(model).isdisjoint(
            BOOKKEEPING_COLUMNS | {*IMMUTABLE_COLUMNS, *VOID_COLUMNS}
        )
