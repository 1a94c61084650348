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
from app.kernel.boards import COUNTED, Line, Shown, board, told

COMING = timedelta(days=30)  # releases of which a board tells before
# What of a list is asked for.
HELD = {"": _("All"), "over": _("Over the limit"), "soon": _("Less than twelve hours left")}
DUE = {"": _("All"), "coming": _("Within thirty days"), "over": _("Held longer than allowed")}


def held_now(asked):
    """The statement of the open custodies of one of `HELD`, the one that must end first on top."""
    shown = (
        joinedload(Custody.person), joinedload(Custody.case), joinedload(Custody.arrest).joinedload(Arrest.by_unit),
        joinedload(Custody.held_by), selectinload(Custody.steps),
    )  # fmt: skip
    return select(Custody).where(*_held(asked)).order_by(Custody.limit_at, Custody.id).options(*shown)


def due_releases(asked):
    """The statement of the open detentions of one of `DUE`, the one that must end first on top."""
    shown = joinedload(Detention.person), joinedload(Detention.prison), joinedload(Detention.sentence)
    return select(Detention).where(*_due(asked)).order_by(Detention.due_on, Detention.id).options(*shown)


def followed():
    """The statement of the released prisoners whose follow-up goes on, the first to end on top."""
    shown = joinedload(Release.person), joinedload(Release.reports_to), selectinload(Release.steps)
    return select(Release).where(*_followed()).order_by(Release.track_until, Release.id).options(*shown)


@board(10, _("In police custody now"), "clock", ("can_list", "HeldNow"))
def custody_board():
    over, soon, later = _counts(*((Custody, _held(key)) for key in ("over", "soon", "later")))

    def url(**which):
        return url_for("HeldNowView.list", **which)

    lines = [
        Line(gettext("over the limit"), told(over), url(left="over"), late=over > 0),
        Line(gettext("less than twelve hours left"), told(soon), url(left="soon")),
    ]
    return Shown(told(over + soon + later), gettext("people"), url(), lines, late=over > 0)


@board(50, _("Releases coming"), "calendar-clock", ("can_list", "DueRelease"))
def release_board():
    coming, over, tracked = _counts(
        (Detention, _due("coming")), (Detention, _due("over")), (Release, _followed())
    )
    late = Line(
        gettext("held longer than allowed"),
        told(over),
        url_for("DueReleaseView.list", due="over"),
        late=over > 0,
    )
    after = Line(gettext("followed after a release"), told(tracked), url_for("FollowedView.list"))
    url = url_for("DueReleaseView.list", due="coming")
    return Shown(told(coming), gettext("within thirty days"), url, [late, after], late=over > 0)


def _counts(*asked):
    """How many rows fit each (model, conditions) within the reader's part, in one statement and up to a limit."""
    numbers = []
    for model, conditions in asked:
        some = select(model.id).where(*conditions).limit(COUNTED + 1).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return db.session.execute(select(*numbers)).one()


def _held(asked):
    """Of an open custody each moment lies in one of «over», «soon» and «later»."""
    now, open_ones = dates.now(), [Custody.ended_at.is_(None), Custody.voided_at.is_(None)]
    soon = now + WARN_BEFORE[0]
    when = {
        "": [],
        "over": [Custody.limit_at < now],
        "soon": [Custody.limit_at >= now, Custody.limit_at <= soon],
        "later": [Custody.limit_at > soon],
    }
    return [*open_ones, *when[asked]]


def _due(asked):
    today, open_ones = dates.now().date(), [Detention.ended_on.is_(None), Detention.voided_at.is_(None)]
    if asked == "over":
        return [*open_ones, Detention.due_on < today]
    coming = [*open_ones, Detention.due_on <= today + COMING]
    return [*coming, Detention.due_on >= today] if asked == "coming" else coming


def _followed():
    today = dates.now().date()
    return [Release.ended_on.is_(None), Release.voided_at.is_(None), Release.track_until >= today]
