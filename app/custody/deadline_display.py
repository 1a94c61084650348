"""The deadline of a custody as pages show it, and the steps that are still possible."""

from datetime import timedelta

from flask_babel import gettext

from app.custody.derived_state import compute_arrest_limit
from app.custody.rules.time_limits import get_ages_of_detained, get_earliest_arrival, is_minor
from app.kernel.schema.display import Deadline, reader_language
from app.kernel.text import dates
from app.reference import time_limits

# Warnings before the limit: 12 and 2 hours for adults. Minors have shorter limits and a third warning at 4 hours.
WARN_BEFORE = (timedelta(hours=12), timedelta(hours=2))
WARN_BEFORE_MINORS = (timedelta(hours=12), timedelta(hours=4), timedelta(hours=2))
HOUR = timedelta(hours=1)


def get_warning_times(limit_code):
    """Return how long before the limit with this code the warnings are due."""
    return WARN_BEFORE if limit_code == "custody" else WARN_BEFORE_MINORS


def build_deadline(custody):
    """Return the deadline of a custody. For an ended custody it shows the duration."""
    return _build(
        f"custody-{custody.id}", custody.limit_code, custody.counts_from, custody.limit_at, custody.ended_at
    )


def build_arrest_deadline(arrest):
    """Return the deadline of an arrest that awaits a custody."""
    custodies = [one for one in arrest.custodies if one.voided_at is None]
    begun = min(map(get_earliest_arrival, custodies), default=arrest.at)
    code, limit_at = compute_arrest_limit(arrest)
    return _build(f"arrest-{arrest.id}", code, begun, limit_at, None)


def _build(name, limit_code, begun, limit_at, ended_at):
    end = ended_at or dates.now()
    left, limit = limit_at - end, (limit_at - begun) / HOUR
    warnings = tuple(int(limit - one / HOUR) for one in get_warning_times(limit_code))
    state = "over" if left < timedelta() else "soon" if left <= WARN_BEFORE[0] and not ended_at else ""
    elapsed = round(max((end - begun) / HOUR, 0), 1)
    return Deadline(name, _format_time_left(begun, ended_at, left), elapsed, int(limit), warnings, state)


def _format_time_left(begun, ended_at, left):
    if left < timedelta():
        return gettext("%(time)s over the limit", time=dates.format_duration(-left, reader_language()))
    if ended_at is not None:
        duration = ended_at - begun
        return gettext("In custody for %(time)s", time=dates.format_duration(duration, reader_language()))
    return gettext("%(time)s left", time=dates.format_duration(left, reader_language()))


def get_limit(custody):
    """Return the legal limit that applies to the custody."""
    return get_limit_by_code(custody.limit_code)


def get_limit_by_code(code):
    """Return the legal limit with this code."""
    return time_limits.get_limits()[code]


def list_pending_steps(custody):
    """Return the kinds of steps that the page offers, missing ones first."""
    if custody.ended_at is not None:
        return []
    minor = is_minor(get_ages_of_detained(custody, custody.arrived_at))
    kinds = ["rights", *(["guardian"] if minor else []), "lawyer", "doctor", "family"]
    missing = [kind for kind in kinds if custody.step(kind) is None]
    may_extend = custody.offence_class == "felony" and not custody.extended and not minor
    return [*missing, *(["extension"] if may_extend else []), "end"]
