"""Who is held now, who must leave a prison, who is followed: the lists, and their numbers on the first page.

Each is answered by one index, and up to a limit.
"""

from datetime import datetime, time, timedelta

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.custody import deadline_index
from app.custody.deadline_display import WARN_BEFORE
from app.custody.models import Arrest, Custody, Detention, Release
from app.kernel.screens.dashboard import Line, Shown, board, told
from app.kernel.text import dates

COMING = timedelta(days=30)  # releases of which a board tells before
# What of a list is asked for.
HELD = {"": _("All"), "over": _("Over the limit"), "soon": _("Less than twelve hours left")}
DUE = {"": _("All"), "coming": _("Within thirty days"), "over": _("Held longer than allowed")}


def _today():
    return datetime.combine(dates.now(), time())


def held_now(asked):
    """The ids of the open custodies of one of `HELD`, the one that must end first on top."""
    now = dates.now()
    soon = now + WARN_BEFORE[0]
    # Each moment lies in one of «over», «soon» and «later».
    spans = {"": (None, None), "over": (None, now), "soon": (now, soon), "later": (soon, None)}
    return deadline_index.clocks(Custody, *spans[asked])


def custodies(some):
    shown = (
        joinedload(Custody.person), joinedload(Custody.case), joinedload(Custody.arrest).joinedload(Arrest.by_unit),
        joinedload(Custody.held_by), selectinload(Custody.steps),
    )  # fmt: skip
    return deadline_index.records(Custody, some, Custody.limit_at, *shown)


def due_releases(asked):
    """The ids of the open detentions of one of `DUE`, the one that must end first on top."""
    today = _today()
    after = today + COMING + timedelta(days=1)
    spans = {"": (None, after), "over": (None, today), "coming": (today, after)}
    return deadline_index.clocks(Detention, *spans[asked])


def detentions(some):
    shown = joinedload(Detention.person), joinedload(Detention.prison), joinedload(Detention.sentence)
    return deadline_index.records(Detention, some, Detention.due_on, *shown)


def followed():
    """The ids of the releases whose follow-up goes on, the first to end on top."""
    return deadline_index.clocks(Release, since=_today())


def releases(some):
    shown = joinedload(Release.person), joinedload(Release.reports_to), selectinload(Release.steps)
    return deadline_index.records(Release, some, Release.track_until, *shown)


@board(10, _("In police custody now"), "clock", ("can_list", "HeldNow"))
def custody_board():
    over, soon, later = deadline_index.counts(*(held_now(key) for key in ("over", "soon", "later")))

    def url(**which):
        return url_for("HeldNowView.list", **which)

    lines = [
        Line(gettext("over the limit"), told(over), url(left="over"), late=over > 0),
        Line(gettext("less than twelve hours left"), told(soon), url(left="soon")),
    ]
    return Shown(told(over + soon + later), gettext("people"), url(), lines, late=over > 0)


@board(50, _("Releases coming"), "calendar-clock", ("can_list", "DueRelease"))
def release_board():
    coming, over, tracked = deadline_index.counts(due_releases("coming"), due_releases("over"), followed())
    late = Line(
        gettext("held longer than allowed"),
        told(over),
        url_for("DueReleaseView.list", due="over"),
        late=over > 0,
    )
    after = Line(gettext("followed after a release"), told(tracked), url_for("FollowedView.list"))
    url = url_for("DueReleaseView.list", due="coming")
    return Shown(told(coming), gettext("within thirty days"), url, [late, after], late=over > 0)
