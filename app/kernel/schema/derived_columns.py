"""Compares derived columns of records with what their rows say now, for `run.py status check`. It writes nothing."""
# unrestricted: compares all records with the rows that decide them, for a command

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.actor import SYSTEM, act_as

BATCH_SIZE = 500  # records in one query
MARK = "computed"  # with this word begins the reason of a derived column in `__editable_after_lock__`


def list_derived(model):
    """Return the columns of a record class that follow from other rows and are stored."""
    reasons = model.__editable_after_lock__ or {}
    return [name for name, reason in dict(reasons).items() if reason.startswith(MARK)]


def find_drift(connection, model, *options):
    """Return (entity, id, column, stored, computed) of the derived columns that `update_derived` would change.

    `options` load the rows that decide them. `connection` must see every row.
    """
    found = []
    for records in load_batches(connection, model, *options):
        for one in records:
            one.update_derived()
            found += compare_columns(one)
    return found


def load_batches(connection, model, *options):
    """Yield the valid records of a class, some hundreds at a time."""
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        last, valid = 0, select(model).where(model.voided_at.is_(None)).options(*options)
        while records := _load(session, valid.where(model.id > last).order_by(model.id).limit(BATCH_SIZE)):
            yield records
            last = records[-1].id
            session.expunge_all()


def _load(session, statement):
    return session.scalars(statement).unique().all()


def compare_columns(record):
    """Yield (entity, id, column, stored, computed) of the columns of a record that differ from the stored ones."""
    state = inspect(record)
    for column in record.__editable_after_lock__:
        link = column.removesuffix("_code")
        name = link if link in state.mapper.relationships else column
        before = state.get_history(name, PASSIVE_NO_INITIALIZE).deleted
        if before:
            yield record.__tablename__, record.id, column, str(before[0]), str(getattr(record, name))
