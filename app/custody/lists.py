"""Lists of people in custody, due for release and under supervision, and their dashboard cards.

One index answers each list, up to a limit.
"""

from datetime import datetime, time, timedelta

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.cases.models import Case
from app.custody import deadline_index
from app.custody.deadline_display import WARN_BEFORE
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel.screens.dashboard import CardContent, CardLine, dashboard_card, format_capped_count
from app.kernel.text import dates

UPCOMING = timedelta(days=30)  # period of the card of upcoming releases
# Filters of the two lists: key → label.
WAITING = "waiting"  # arrests without a custody record
CUSTODY_LISTS = {
    "": _("All"), "over": _("Over the limit"), "soon": _("Less than 12 hours left"),
    WAITING: _("Arrested, no custody recorded"),
}  # fmt: skip
ESCAPED = "escaped"
RELEASE_LISTS = {
    "": _("All"), "coming": _("Within 30 days"), "over": _("Detained past the limit"), ESCAPED: _("Escaped"),
}  # fmt: skip


def _today():
    return datetime.combine(dates.now(), time())


def select_open_custodies(key):
    """Return the statement for the ids of the open custodies in a list, earliest limit first."""
    now = dates.now()
    soon = now + WARN_BEFORE[0]
    # Every end time is in exactly one of «over», «soon» and «later».
    spans = {
        "": (None, None),
        "over": (None, now),
        "soon": (now, soon),
        "later": (soon, None),
        WAITING: (now, now),
    }
    return deadline_index.select_active(Custody, *spans[key])


def load_custodies(ids):
    """Return the statement for the custodies with these ids and the rows the page shows."""
    options = (
        joinedload(Custody.person), joinedload(Custody.case), joinedload(Custody.arrest).joinedload(Arrest.by_unit),
        joinedload(Custody.held_by), selectinload(Custody.steps),
    )  # fmt: skip
    return deadline_index.select_records(Custody, ids, Custody.limit_at, *options)


def select_waiting_arrests():
    """Return the statement for the arrests that no custody or detention follows, oldest first."""
    # The bare column has the form of the condition of the partial index.
    return select(Arrest).where(Arrest.awaits_custody, Arrest.voided_at.is_(None)).order_by(Arrest.at)


def load_waiting_arrests(limit):
    """Return the first `limit` of these arrests with the rows the page shows."""
    options = (
        joinedload(Arrest.person), joinedload(Arrest.case).selectinload(Case.offences), joinedload(Arrest.by_unit),
        selectinload(Arrest.custodies).selectinload(Custody.steps),
    )  # fmt: skip
    return db.session.scalars(select_waiting_arrests().limit(limit).options(*options)).unique().all()


def select_due_releases(key):
    """Return the statement for the ids of the open detentions in a list, earliest end first.

    An escaped person has no end of the detention: the time at large does not count.
    """
    if key == ESCAPED:
        open_ones = Detention.escaped, Detention.ended_on.is_(None), Detention.voided_at.is_(None)
        return (
            select(Detention.since.label("ends_at"), Detention.id.label("entity_id"))
            .where(*open_ones)
            .order_by(Detention.since, Detention.id)
        )
    today = _today()
    after = today + UPCOMING + timedelta(days=1)
    spans = {"": (None, after), "over": (None, today), "coming": (today, after)}
    return deadline_index.select_active(Detention, *spans[key])


def load_detentions(ids):
    """Return the statement for the detentions with these ids and the rows the page shows."""
    options = joinedload(Detention.person), joinedload(Detention.prison), joinedload(Detention.sentence)
    return deadline_index.select_records(Detention, ids, Detention.due_on, *options)


def select_supervised():
    """Return the statement for the ids of the releases with an active follow-up, earliest end first."""
    return deadline_index.select_active(Release, since=_today())


def load_releases(ids):
    """Return the statement for the releases with these ids and the rows the page shows."""
    options = joinedload(Release.person), joinedload(Release.reports_to), selectinload(Release.steps)
    return deadline_index.select_records(Release, ids, Release.supervised_until, *options)


def _list_custody_statements():
    return [*(select_open_custodies(key) for key in ("over", "soon", "later")), select_waiting_arrests()]


@dashboard_card(
    10, _("In police custody"), "clock", ("can_list", "InCustody"), _list_custody_statements, of_units=True
)
def build_custody_card(over, soon, later, waiting):
    """Return the card that counts the people in police custody."""

    def url(**which):
        return url_for("InCustodyView.list", **which)

    lines = [
        CardLine(gettext("over the limit"), format_capped_count(over), url(left="over"), late=over > 0),
        CardLine(gettext("less than 12 hours left"), format_capped_count(soon), url(left="soon")),
        CardLine(gettext("arrested, no custody recorded"), format_capped_count(waiting), url(left=WAITING)),
    ]
    count = format_capped_count(over + soon + later + waiting)
    return CardContent(count, gettext("people"), url(), lines, late=over > 0)


def _list_release_statements():
    return [select_due_releases("coming"), select_due_releases("over"), select_supervised()]


@dashboard_card(
    50,
    _("Upcoming releases"),
    "calendar-clock",
    ("can_list", "DueRelease"),
    _list_release_statements,
    of_units=True,
)
def build_release_card(coming, over, tracked):
    """Return the card that counts the upcoming and overdue releases."""
    late = CardLine(
        gettext("detained beyond the limit"),
        format_capped_count(over),
        url_for("DueReleaseView.list", due="over"),
        late=over > 0,
    )
    after = CardLine(
        gettext("in post-release supervision"), format_capped_count(tracked), url_for("SupervisionView.list")
    )
    url = url_for("DueReleaseView.list", due="coming")
    return CardContent(
        format_capped_count(coming), gettext("within 30 days"), url, [late, after], late=over > 0
    )
