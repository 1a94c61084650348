"""Scheduled job that moves the ends of open custodies and detentions after a change of a legal time limit.

The new amount counts for new records and for arrests at once. `TimeLimit.applied_amount` is the amount that the ends of all open
records have. The job computes each end from the acts, so it can stop and start again at any record.
"""
# commits: a part of the records, so that the job can be killed between two

import logging

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload

from app.custody.derived_state import UPDATERS, load_of_people
from app.custody.models import Custody, Detention
from app.kernel.database.transactions import commit, rollback
from app.kernel.schema.rules import RuleViolation
from app.reference.models import TimeLimit

BATCH_SIZE = 200  # records in one transaction
ENDS = {Custody: Custody.ended_at, Detention: Detention.ended_on}
OPTIONS = {
    Custody: (selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case)),
    Detention: (
        selectinload(Detention.steps), joinedload(Detention.person), joinedload(Detention.case),
        selectinload(Detention.releases), joinedload(Detention.sentence),
    ),
}  # fmt: skip

log = logging.getLogger(__name__)


def move_ends(session):
    """Move the ends that depend on a changed limit, and return their number.

    An amount counts as applied when no record has failed. The next run tries again.
    """
    moved = 0
    row = TimeLimit.__table__.c
    changed = select(row.code, row.amount).where(row.amount.is_distinct_from(row.applied_amount))
    for code, amount in session.execute(changed).all():
        found = [_move_ends_of(session, model, code) for model in ENDS]
        moved += sum(one for one, _has_failed in found)
        if not any(has_failed for _moved, has_failed in found):
            is_same = row.code == code, row.amount == amount
            session.execute(update(TimeLimit.__table__).where(*is_same).values(applied_amount=amount))
            commit(session)
    return moved


def _move_ends_of(session, model, code):
    """Return how many ends have moved, and whether a record has failed."""
    moved, last, has_failed = 0, 0, False
    is_open = model.limit_code == code, ENDS[model].is_(None), model.voided_at.is_(None)
    while ids := session.scalars(
        select(model.id).where(*is_open, model.id > last).order_by(model.id).limit(BATCH_SIZE)
    ).all():
        last = ids[-1]
        try:
            moved += _move_part(session, model, ids)
        except (SQLAlchemyError, RuleViolation):  # an officer has saved one of them, or it breaks a rule
            rollback(session)
            for one in ids:
                try:
                    moved += _move_part(session, model, [one])
                except (SQLAlchemyError, RuleViolation):
                    rollback(session)
                    log.exception("The end of %s %s was not moved", model.__tablename__, one)
                    has_failed = True
    return moved, has_failed


def _move_part(session, model, ids):
    rows = session.scalars(select(model).where(model.id.in_(ids)).options(*OPTIONS[model])).unique().all()
    held = load_of_people(session, {one.person for one in rows})
    before = [one.open_deadline for one in rows]
    for one in rows:
        UPDATERS[model](one, held.get(one.person))
    moved = sum(one.open_deadline != end for one, end in zip(rows, before, strict=True))
    commit(session)
    return moved
