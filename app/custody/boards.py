"""The questions of the boards: who is held now, who must leave a prison, who is followed. Each one index, capped."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.custody.clocks import WARN_BEFORE
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel import dates

MOST = 200  # rows of a board
COUNTED = 1000  # a number on the first page stops here
COMING = timedelta(days=30)  # releases of which a board tells before


def held_now():
    """Open custodies, the one that must end first on top."""
    shown = (
        joinedload(Custody.person), joinedload(Custody.case), joinedload(Custody.arrest).joinedload(Arrest.by_unit),
        joinedload(Custody.held_by), selectinload(Custody.steps),
    )  # fmt: skip
    statement = select(Custody).where(*_held()).order_by(Custody.limit_at, Custody.id).limit(MOST)
    return db.session.scalars(statement.options(*shown)).unique().all()


def due_releases():
    """Open detentions that must end within thirty days, or had to end already."""
    statement = (
        select(Detention)
        .where(*_due(dates.now().date() + COMING))
        .order_by(Detention.due_on, Detention.id)
        .limit(MOST)
        .options(joinedload(Detention.person), joinedload(Detention.prison), joinedload(Detention.sentence))
    )
    return db.session.scalars(statement).unique().all()


def followed():
    """Released prisoners whose follow-up goes on, the first to end on top."""
    statement = (
        select(Release)
        .where(*_followed())
        .order_by(Release.track_until, Release.id)
        .limit(MOST)
        .options(joinedload(Release.person), joinedload(Release.reports_to), selectinload(Release.steps))
    )
    return db.session.scalars(statement).unique().all()


def counts():
    """(held now, of these in the last hours or over, releases coming, over-detention, followed), each capped."""
    now = dates.now()
    return {
        "held": _count(Custody.id, _held()),
        "soon": _count(Custody.id, [*_held(), Custody.limit_at <= now + WARN_BEFORE[0]]),
        "coming": _count(Detention.id, _due(now.date() + COMING)),
        "over": _count(Detention.id, _due(now.date() - timedelta(days=1))),
        "followed": _count(Release.id, _followed()),
    }


def _held():
    return [Custody.ended_at.is_(None), Custody.voided_at.is_(None)]


def _due(day):
    return [Detention.ended_on.is_(None), Detention.voided_at.is_(None), Detention.due_on <= day]


def _followed():
    today = dates.now().date()
    return [Release.ended_on.is_(None), Release.voided_at.is_(None), Release.track_until >= today]


def _count(column, conditions):
    some = select(column).where(*conditions).limit(COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(some))
