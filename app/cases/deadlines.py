"""Deadlines of a case: 48 hours to enter it after the report, and 48 hours to edit it after entry."""

from datetime import timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select

from app.cases.models import Case
from app.cases.rules.times import ENTRY_LIMIT, get_end
from app.kernel.access.area import is_of_units
from app.kernel.schema import origin, record_lock
from app.kernel.schema.display import Deadline, reader_language
from app.kernel.screens.list_filters import ListFilter
from app.kernel.text import dates
from app.reference.unit_paths import list_own_units

ENTRY_WARNING = timedelta(hours=36)
MAX_LOCKING_SOON = 8  # cases listed on the home page
ENTRY_FIELDS = ("case-occurred_from", "case-occurred_to", "case-reported_at")


def list_deadlines(case):
    """Yield the entry deadline of a registered case and, while it is editable, the edit deadline.

    Yield nothing for an imported case.
    """
    if origin.is_imported(case):
        return
    elapsed = case.recorded_at - max(get_end(case), case.reported_at)
    # The entry deadline no longer runs: an entry within the limit needs no warning.
    yield _make_deadline("entry", elapsed, ENTRY_LIMIT, ENTRY_LIMIT, _format_entry_time(elapsed))
    left = record_lock.locks_at(case) - dates.now()
    if left > timedelta():
        text = gettext("%(time)s left to edit", time=dates.format_duration(left, reader_language()))
        yield _make_deadline(
            "changes", record_lock.EDIT_WINDOW - left, record_lock.EDIT_WINDOW, record_lock.WARN_AFTER, text
        )


def _format_entry_time(elapsed):
    if elapsed <= timedelta():
        return gettext("Entered immediately")
    return gettext("Entered after %(time)s", time=dates.format_duration(elapsed, reader_language()))


def _make_deadline(name, elapsed, limit, warning, text):
    state = "over" if elapsed > limit else "soon" if elapsed > warning else ""
    hours = [round(max(span / timedelta(hours=1), 0), 1) for span in (elapsed, limit, warning)]
    return Deadline(name, text, hours[0], int(hours[1]), (int(hours[2]),), state)


def format_state(case):
    """Return the state of a case as text for a list: void, imported, locked or the time left."""
    if case.is_void:
        return gettext("Void")
    if origin.is_imported(case):
        return gettext("Imported")
    left = record_lock.locks_at(case) - dates.now()
    if left <= timedelta():
        return gettext("Locked")
    return dates.format_duration(left, reader_language())


def edit_window_filter():
    """Return the list filter by the time left to edit a case."""

    def build(key):
        now = dates.now()
        editable = (
            Case.recorded_at > now - record_lock.EDIT_WINDOW,
            Case.voided_at.is_(None),
            _is_not_imported(),
        )
        return (
            and_(*editable, Case.recorded_at <= now - record_lock.WARN_AFTER)
            if key == "soon"
            else and_(*editable)
        )

    return ListFilter(
        _("Editable"), choices={"open": _("Still editable"), "soon": _("Locks soon")}, build=build
    )


def select_locking_soon(unit_code):
    """Return a select of the unit's cases that lock within eight hours, the earliest first."""
    now = dates.now()
    return (
        select(Case)
        .where(
            is_of_units(Case.unit_code, list_own_units(unit_code)),
            Case.voided_at.is_(None),
            _is_not_imported(),
        )
        .where(
            Case.recorded_at > now - record_lock.EDIT_WINDOW, Case.recorded_at <= now - record_lock.WARN_AFTER
        )
        .order_by(Case.recorded_at)
        .limit(MAX_LOCKING_SOON)
    )


def _is_not_imported():
    return or_(Case.origin.is_(None), Case.origin.not_like(f"{origin.IMPORTED}%"))


def compute_time_left(draft):
    """Return (time until the draft is late, whether this is soon), or None without a readable time."""
    typed = [value for name, value in draft.payload["fields"] if name in ENTRY_FIELDS]
    moments = [moment for moment in map(_parse_moment, typed) if moment]
    if not moments:
        return None
    left = max(moments) + ENTRY_LIMIT - dates.now()
    return left, left < ENTRY_LIMIT - ENTRY_WARNING


def add_time_left(drafts):
    """Return (draft, time left) of each draft."""
    return [(draft, compute_time_left(draft)) for draft in drafts]


def compute_entry_deadline(case_form):
    """Return (entry deadline, minutes left), or None while the form has no time."""
    moments = [
        field.data
        for field in (case_form.occurred_to, case_form.occurred_from, case_form.reported_at)
        if field.data
    ]
    if not moments:
        return None
    until = max(moments) + ENTRY_LIMIT
    return until, int((until - dates.now()).total_seconds() // 60)


def _parse_moment(text):
    try:
        return dates.parse_datetime(text)[0]
    except dates.InvalidDate:
        return None
