"""Compares derived columns of custody records with their acts, for `run.py status check`.

It recomputes the columns of custodies, detentions, judgments, sentences and releases, the involvements that judgments end,
and the arrests that await a custody, in memory. It writes nothing.
"""
# unrestricted: compares custody records nationwide with their acts, for a command

from sqlalchemy import exists, inspect, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.cases.models import Case, Involvement
from app.custody import arrest_state
from app.custody.derived_state import UPDATERS, load_of_people
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.kernel.actor import SYSTEM, act_as

BATCH_SIZE = 500  # records in one query
PRELOADS = {
    Custody: (
        selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case),
        joinedload(Custody.arrest).joinedload(Arrest.order),
    ),
    Detention: (
        selectinload(Detention.steps), selectinload(Detention.releases),
        joinedload(Detention.sentence).selectinload(Sentence.changes),
        joinedload(Detention.sentence).selectinload(Sentence.detentions).selectinload(Detention.steps),
        joinedload(Detention.sentence).joinedload(Sentence.judgment),
        joinedload(Detention.prison), joinedload(Detention.first_prison), joinedload(Detention.person),
        joinedload(Detention.case),
    ),
    Judgment: (
        selectinload(Judgment.steps), joinedload(Judgment.involvement),
        joinedload(Judgment.case).selectinload(Case.offences),
    ),
    Sentence: (
        selectinload(Sentence.changes), selectinload(Sentence.detentions).selectinload(Detention.steps),
        joinedload(Sentence.judgment),
    ),
    Release: (selectinload(Release.steps),),
}  # fmt: skip


def find_drift(connection):
    """Return the derived values that do not follow from the acts.

    Each row is (entity, id, column, stored, computed). `connection` must see every row.
    """
    found = [
        ("arrest", pk, "awaits_custody", str(stored), str(not stored))
        for pk, stored in connection.execute(arrest_state.select_drift())
    ]
    found += [
        ("involvement", pk, "ended_on", str(stored), "None")
        for pk, stored in connection.execute(_select_ended_without_judgment())
    ]
    for model in PRELOADS:
        with Session(connection, autoflush=False) as session:
            act_as(session, SYSTEM)
            last = 0
            while records := _load_batch(session, model, last):
                found += _compare_batch(session, model, records)
                last = records[-1].id
                session.expunge_all()
    return found


def _select_ended_without_judgment():
    """Return the statement for involvements that ended though no valid judgment is about them."""
    row, judgment = Involvement.__table__.c, Judgment.__table__.c
    judged = exists().where(judgment.involvement_id == row.id, judgment.voided_at.is_(None))
    return select(row.id, row.ended_on).where(row.ended_on.is_not(None), row.voided_at.is_(None), ~judged)


def _load_batch(session, model, last):
    statement = (
        select(model).where(model.id > last, model.voided_at.is_(None)).order_by(model.id).limit(BATCH_SIZE)
    )
    return session.scalars(statement.options(*PRELOADS[model])).unique().all()


def _compare_batch(session, model, records):
    of_people = {}
    if model in (Custody, Detention):
        of_people = load_of_people(session, {one.person for one in records})
    for one in records:
        UPDATERS[model](one, of_people.get(one.person))
    checked = [*records, *dict.fromkeys(one.involvement for one in records)] if model is Judgment else records
    return [difference for one in checked for difference in _compare(one)]


def _compare(record):
    state = inspect(record)
    for column in record.__editable_after_lock__:
        link = column.removesuffix("_code")
        name = link if link in state.mapper.relationships else column
        before = state.attrs[name].history.deleted
        if before:
            yield record.__tablename__, record.id, column, str(before[0]), str(getattr(record, name))
