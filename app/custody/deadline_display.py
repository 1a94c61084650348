"""The deadline of a custody as pages show it, and the steps that are still possible."""

from datetime import timedelta

from flask_babel import gettext

from app.custody.rules.time_limits import get_ages_at_offence, is_minor
from app.kernel.schema.display import Deadline, reader_language
from app.kernel.text import dates
from app.reference import time_limits

# Warnings before the limit: 12 and 2 hours for adults. Minors have shorter limits and a third warning at 4 hours.
WARN_BEFORE = (timedelta(hours=12), timedelta(hours=2))
WARN_BEFORE_MINORS = (timedelta(hours=12), timedelta(hours=4), timedelta(hours=2))
HOUR = timedelta(hours=1)


def get_warning_times(custody):
    """Return how long before the limit the warnings of this custody are due."""
    return WARN_BEFORE if custody.limit_code == "custody" else WARN_BEFORE_MINORS


def build_deadline(custody):
    """Return the deadline of a custody. For an ended custody it shows the duration."""
    end = custody.ended_at or dates.now()
    left = custody.limit_at - end
    limit = (custody.limit_at - custody.arrived_at) / HOUR
    warnings = tuple(int(limit - one / HOUR) for one in get_warning_times(custody))
    state = (
        "over" if left < timedelta() else "soon" if left <= WARN_BEFORE[0] and not custody.ended_at else ""
    )
    elapsed = round(max((end - custody.arrived_at) / HOUR, 0), 1)
    return Deadline(
        f"custody-{custody.id}", _format_time_left(custody, left), elapsed, int(limit), warnings, state
    )


def _format_time_left(custody, left):
    if left < timedelta():
        return gettext("%(time)s over the limit", time=dates.format_duration(-left, reader_language()))
    if custody.ended_at is not None:
        duration = custody.ended_at - custody.arrived_at
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
    minor = is_minor(get_ages_at_offence(custody.person, custody.case))
    kinds = ["rights", *(["guardian"] if minor else []), "lawyer", "doctor", "family"]
    missing = [kind for kind in kinds if custody.step(kind) is None]
    may_extend = custody.offence_class == "felony" and not custody.extended and not minor
    return [*missing, *(["extension"] if may_extend else []), "end"]
