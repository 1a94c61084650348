"""Whether custodies, detentions and follow-ups stand where their steps have brought them: worked out anew for
`run.py status check`, and written nowhere.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.custody.derived_state import WORKED_OUT
from app.custody.models import Custody, Detention, Release
from app.kernel.actor import THE_REGISTER, act_as

MOST = 500  # records in one question
READ_ALONG = {
    Custody: (selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case)),
    Detention: (
        selectinload(Detention.steps), selectinload(Detention.releases), joinedload(Detention.sentence),
        joinedload(Detention.prison), joinedload(Detention.first_prison), joinedload(Detention.person),
        joinedload(Detention.case),
    ),
    Release: (selectinload(Release.steps),),
}  # fmt: skip


def differences(connection):
    """[(entity, id, column, stored, computed)] of what was changed past the steps. `connection` sees every row."""
    found = []
    for model in READ_ALONG:
        with Session(connection, autoflush=False) as session:
            act_as(session, THE_REGISTER)
            last = 0
            while records := _some(session, model, last):
                found += [difference for one in records for difference in _of(one)]
                last = records[-1].id
                session.expunge_all()
    return found


def _some(session, model, last):
    some = select(model).where(model.id > last, model.voided_at.is_(None)).order_by(model.id).limit(MOST)
    return session.scalars(some.options(*READ_ALONG[model])).unique().all()


def _of(record):
    WORKED_OUT[type(record)](record)
    state = inspect(record)
    for column in record.__stays_open__:
        link = column.removesuffix("_code")
        name = link if link in state.mapper.relationships else column
        before = state.attrs[name].history.deleted
        if before:
            yield record.__tablename__, record.id, column, str(before[0]), str(getattr(record, name))
