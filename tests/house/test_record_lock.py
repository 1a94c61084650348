"""The triggers in the database guard exactly the facts that the models name, so that no new column is forgotten."""

from flask_appbuilder import Model

from app.extensions import db
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import BOOKKEEPING, NEVER, STRUCK, facts_of
from migrations import lock


def records():
    """Every kind of record, with its table."""
    return sorted(
        (mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, Record)),
        key=lambda model: model.__tablename__,
    )


def test_the_triggers_guard_the_facts_of_every_record(register, each_database):
    wrong = {}
    with register.app.app_context(), db.engine.connect() as connection:
        for model in records():
            facts, kept = lock.shut_columns(connection, model.__tablename__)
            if facts != facts_of(model):
                wrong[model.__tablename__] = {
                    "only in the model": sorted(facts_of(model) - facts),
                    "only in the trigger": sorted(facts - facts_of(model)),
                }
            assert {"id", *NEVER} <= kept, (
                f"{model.__tablename__} has no lock: lock.shut(op, …) in its migration"
            )
    assert not wrong, (
        f"{wrong}: say in the migration lock.shut_too(op, TABLE, COLUMN), or leave the column open by name in the"
        " model's __stays_open__ (and say why)."
    )


def test_what_a_model_leaves_open_is_a_column_of_it(registers):
    for model in records():
        columns = set(model.__mapper__.column_attrs.keys())
        unknown = set(model.__stays_open__ or ()) - columns
        assert not unknown, f"{model.__name__}.__stays_open__ names {unknown}"
        assert {*NEVER, *STRUCK} <= columns and facts_of(model).isdisjoint(BOOKKEEPING | {*NEVER, *STRUCK})
