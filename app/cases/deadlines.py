"""The clocks of a case: 48 hours to enter it after it was reported, and 48 hours to change it after that."""

from datetime import timedelta

from flask_babel import gettext
from sqlalchemy import or_, select

from app.cases.models import Case
from app.cases.rules.times import ENTRY_LIMIT, ended
from app.kernel.schema import origin, record_lock
from app.kernel.schema.display import Clock, language
from app.kernel.text import dates

ENTRY_WARNING = timedelta(hours=36)
SOON = 8  # cases of which the home page tells
ENTRY_BOXES = ("case-occurred_from", "case-occurred_to", "case-reported_at")


def clocks_of(case):
    """The entry clock of a registered case, and while it is open the one for changes; none of what was imported."""
    if origin.is_imported(case):
        return
    took = case.recorded_at - max(ended(case), case.reported_at)
    # It has stopped: within its limit there is nothing left to warn of.
    yield _clock("entry", took, ENTRY_LIMIT, ENTRY_LIMIT, _entered(took))
    left = record_lock.shut_at(case) - dates.now()
    if left > timedelta():
        text = gettext("%(time)s left for changes", time=dates.say_span(left, language()))
        yield _clock("changes", record_lock.OPEN_FOR - left, record_lock.OPEN_FOR, record_lock.WARN_AT, text)


def _entered(took):
    if took <= timedelta():
        return gettext("Entered at once")
    return gettext("Entered after %(time)s", time=dates.say_span(took, language()))


def _clock(name, passed, limit, warning, text):
    state = "over" if passed > limit else "soon" if passed > warning else ""
    hours = [round(max(span / timedelta(hours=1), 0), 1) for span in (passed, limit, warning)]
    return Clock(name, text, hours[0], int(hours[1]), (int(hours[2]),), state)


def told(case):
    """The state of a case in a list, in words."""
    if case.is_void:
        return gettext("Struck out")
    if origin.is_imported(case):
        return gettext("Imported")
    left = record_lock.shut_at(case) - dates.now()
    if left <= timedelta():
        return gettext("Shut")
    return gettext("%(time)s left for changes", time=dates.say_span(left, language()))


def closing_soon(unit_code):
    """A statement for the cases of a unit whose time for changes ends within eight hours, the first to end first."""
    now = dates.now()
    return (
        select(Case)
        .where(Case.unit_code == unit_code, Case.voided_at.is_(None), _entered_here())
        .where(Case.recorded_at > now - record_lock.OPEN_FOR, Case.recorded_at <= now - record_lock.WARN_AT)
        .order_by(Case.recorded_at)
        .limit(SOON)
    )


def _entered_here():
    return or_(Case.origin.is_(None), Case.origin.not_like(f"{origin.IMPORTED}%"))


def time_left(draft):
    """(the time until a draft is late, whether that is soon) by what is typed in it so far; None while no time is."""
    typed = [value for name, value in draft.payload["boxes"] if name in ENTRY_BOXES]
    moments = [moment for moment in map(_moment, typed) if moment]
    if not moments:
        return None
    left = max(moments) + ENTRY_LIMIT - dates.now()
    return left, left < ENTRY_LIMIT - ENTRY_WARNING


def _moment(text):
    try:
        return dates.read_moment(text)[0]
    except dates.Unreadable:
        return None
