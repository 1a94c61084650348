"""Who is held now, who must leave a prison, who is followed: the lists, and their numbers on the first page.

Each is answered by one index, and up to a limit.
"""

from datetime import timedelta

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.custody.clocks import WARN_BEFORE
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel import dates
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
    over, soon = (
        _count(Custody.id, [*_held(), Custody.limit_at <= moment]) for moment in (now, now + WARN_BEFORE[0])
    )
    lines = [
        Line(gettext("over the limit"), _told(over), url, late=over > 0),
        Line(gettext("less than twelve hours left"), _told(soon - over), url),
    ]
    return Shown(_told(_count(Custody.id, _held())), gettext("people"), url, lines, late=over > 0)


@board(50, _("Releases coming"), "calendar-clock", ("can_list", "DueRelease"))
def release_board():
    today, url = dates.now().date(), url_for("DueReleaseView.list")
    over = _count(Detention.id, _due(today - timedelta(days=1)))
    coming = _count(Detention.id, _due(today + COMING)) - over
    lines = [
        Line(gettext("held longer than allowed"), _told(over), url, late=over > 0),
        Line(
            gettext("followed after a release"),
            _told(_count(Release.id, _followed())),
            url_for("FollowedView.list"),
        ),
    ]
    return Shown(_told(coming), gettext("within thirty days"), url, lines, late=over > 0)


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


def _count(column, conditions):
    some = select(column).where(*conditions).limit(COUNTED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some))
