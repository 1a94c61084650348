"""`run.py status check` reports each derived column that SQL falsifies: no stored value escapes it."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, DateTime, select, text, update

from app.cli.status import list_value_checks
from app.kernel.schema import derived_columns
from app.kernel.schema.record import Record
from tests.matrix.provinces import Province
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG

AGES = {("involvement", "age"), ("involvement", "minor")}  # they follow from the birth, and are locked
OTHER = {Date: date(2031, 2, 3), DateTime: datetime(2031, 2, 3, 4, 5)}


@prepared
def province(db_session):
    """Every record, with its derived columns."""
    return Province("clerk.bb", BATTAMBANG, 100, False)


def list_derived_columns():
    """Return (table, column) of every column that a model declares as computed."""
    models = {one.class_ for one in Model.registry.mappers if issubclass(one.class_, Record)}
    return AGES | {(one.__tablename__, name) for one in models for name in derived_columns.list_derived(one)}


def find_differences(connection):
    """Return {(table, id, column)} of the reported values."""
    checks = [find for _title, checks in list_value_checks() for find in checks]
    return {tuple(row[:3]) for find in checks for row in find(connection)}


def falsify(connection, table, name):
    """Give a column of one valid row another value, and return the id of the row."""
    column = table.c[name]
    pk, stored = connection.execute(
        select(table.c.id, column).where(table.c.voided_at.is_(None)).limit(1)
    ).one()
    for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger}"')
    connection.execute(
        update(table).where(table.c.id == pk).values({name: choose_other(connection, column, stored)})
    )
    return pk


def choose_other(connection, column, stored):
    """Return another value of the column: of the table that it names, or of its type."""
    for key in column.foreign_keys:
        known = select(key.column).where(key.column.is_distinct_from(stored)).order_by(key.column.desc())
        return connection.scalar(known.limit(1))
    if isinstance(column.type, Boolean):
        return not stored
    return OTHER.get(type(column.type), "zz" if column.type.python_type is str else 77)


def test_every_derived_column_is_compared_with_the_rows_that_decide_it(db_session, province):
    assert find_differences(db_session.connection()) == set()
    silent = set()
    for table, name in sorted(list_derived_columns()):
        db_session.rollback()
        pk = falsify(db_session.connection(), Model.metadata.tables[table], name)
        if not any(
            found[0] == table and found[2] == name for found in find_differences(db_session.connection())
        ):
            silent.add((table, name, pk))
    db_session.rollback()
    assert silent == set(), "add the comparison to list_value_checks"
