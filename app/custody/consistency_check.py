"""Compares derived columns of custody records with their steps, for `run.py status check`.

It recomputes the columns of custodies, detentions and releases in memory and writes nothing.
"""
# unrestricted: compares custody records nationwide with their steps, for a command

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.custody.derived_state import UPDATERS
from app.custody.models import Custody, Detention, Release
from app.kernel.actor import SYSTEM, act_as

BATCH_SIZE = 500  # records in one query
PRELOADS = {
    Custody: (selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case)),
    Detention: (
        selectinload(Detention.steps), selectinload(Detention.releases), joinedload(Detention.sentence),
        joinedload(Detention.prison), joinedload(Detention.first_prison), joinedload(Detention.person),
        joinedload(Detention.case),
    ),
    Release: (selectinload(Release.steps),),
}  # fmt: skip


def find_drift(connection):
    """Return the derived values that do not follow from the steps.

    Each row is (entity, id, column, stored, computed). `connection` must see every row.
    """
    found = []
    for model in PRELOADS:
        with Session(connection, autoflush=False) as session:
            act_as(session, SYSTEM)
            last = 0
            while records := _load_batch(session, model, last):
                found += [difference for one in records for difference in _compare(one)]
                last = records[-1].id
                session.expunge_all()
    return found


def _load_batch(session, model, last):
    statement = (
        select(model).where(model.id > last, model.voided_at.is_(None)).order_by(model.id).limit(BATCH_SIZE)
    )
    return session.scalars(statement.options(*PRELOADS[model])).unique().all()


def _compare(record):
    UPDATERS[type(record)](record)
    state = inspect(record)
    for column in record.__editable_after_lock__:
        link = column.removesuffix("_code")
        name = link if link in state.mapper.relationships else column
        before = state.attrs[name].history.deleted
        if before:
            yield record.__tablename__, record.id, column, str(before[0]), str(getattr(record, name))
