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
    held, *numbers = _counts(*((Custody, _held(key)) for key in HELD))
    lines = [
        Line(words, told(count), url_for("HeldNowView.list", left=key), late=key == "over" and count > 0)
        for (key, words), count in zip(
            (("over", gettext("over the limit")), ("soon", gettext("less than twelve hours left"))),
            numbers,
            strict=True,
        )
    ]
    return Shown(told(held), gettext("people"), url_for("HeldNowView.list"), lines, late=numbers[0] > 0)


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
    scope, numbers = actor_of(db.session).scope, []
    for model, conditions in asked:
        within = model.__within__(scope) if scope is not None else false()
        bounds = [within] if within is not None else []
        some = select(model.id).where(*conditions, *bounds).limit(COUNTED + 1).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return db.session.execute(select(*numbers)).one()


def _held(asked):
    now, open_ones = dates.now(), [Custody.ended_at.is_(None), Custody.voided_at.is_(None)]
    if asked == "over":
        return [*open_ones, Custody.limit_at < now]
    if asked == "soon":
        return [*open_ones, Custody.limit_at >= now, Custody.limit_at <= now + WARN_BEFORE[0]]
    return open_ones


def _due(asked):
    today, open_ones = dates.now().date(), [Detention.ended_on.is_(None), Detention.voided_at.is_(None)]
    if asked == "over":
        return [*open_ones, Detention.due_on < today]
    coming = [*open_ones, Detention.due_on <= today + COMING]
    return [*coming, Detention.due_on >= today] if asked == "coming" else coming


def _followed():
    today = dates.now().date()
    return [Release.ended_on.is_(None), Release.voided_at.is_(None), Release.track_until >= today]
