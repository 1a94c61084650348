"""Who is held now, who must leave a prison, who is followed: the lists, and their numbers on the first page.

Each is answered by one index, and up to a limit.
"""

from datetime import timedelta

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import false, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.custody.clocks import WARN_BEFORE
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel import dates
from app.kernel.actors import actor_of
from app.kernel.boards import Line, Shown, board
from app.kernel.display import language

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


@board(10, _("In police custody now"), "clock", ("can_list", "HeldNow"))
def custody_board():
    now, url = dates.now(), url_for("HeldNowView.list")
    soon = now + WARN_BEFORE[0]
    held, over, near = _counts(
        (Custody, _held()),
        (Custody, [*_held(), Custody.limit_at < now]),
        (Custody, [*_held(), Custody.limit_at >= now, Custody.limit_at <= soon]),
    )
    lines = [
        Line(gettext("over the limit"), _told(over), url, late=over > 0),
        Line(gettext("less than twelve hours left"), _told(near), url),
    ]
    return Shown(_told(held), gettext("people"), url, lines, late=over > 0)


@board(50, _("Releases coming"), "calendar-clock", ("can_list", "DueRelease"))
def release_board():
    today, url = dates.now().date(), url_for("DueReleaseView.list")
    coming, over, tracked = _counts(
        (Detention, [*_due(today + COMING), Detention.due_on >= today]),
        (Detention, _due(today - timedelta(days=1))),
        (Release, _followed()),
    )
    lines = [
        Line(gettext("held longer than allowed"), _told(over), url, late=over > 0),
        Line(gettext("followed after a release"), _told(tracked), url_for("FollowedView.list")),
    ]
    return Shown(_told(coming), gettext("within thirty days"), url, lines, late=over > 0)


def _counts(*asked):
    """How many rows fit each (model, conditions) within the reader's part, in one statement and up to a limit."""
    scope, numbers = actor_of(db.session).scope, []
    for model, conditions in asked:
        within = model.__within__(scope) if scope is not None else false()
        bounds = [within] if within is not None else []
        some = select(model.id).where(*conditions, *bounds).limit(COUNTED + 1).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return db.session.execute(select(*numbers)).one()


def _told(count):
    text = dates.say_number(min(count, COUNTED), language())
    return f"{text}+" if count > COUNTED else text


def _held():
    return [Custody.ended_at.is_(None), Custody.voided_at.is_(None)]


def _due(day):
    return [Detention.ended_on.is_(None), Detention.voided_at.is_(None), Detention.due_on <= day]


def _followed():
    today = dates.now().date()
    return [Release.ended_on.is_(None), Release.voided_at.is_(None), Release.track_until >= today]
