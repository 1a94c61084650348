"""The clock of a custody as pages draw it, and what is still to be done in it."""

from datetime import timedelta

from flask_babel import gettext

from app.custody.rules.time_limits import ages_at_offence, is_minor
from app.kernel.schema.display import Clock, language
from app.kernel.text import dates
from app.reference import time_limits

# Before the limit: for adults twelve and two hours, for minors, whose limits are short, also four.
WARN_BEFORE = (timedelta(hours=12), timedelta(hours=2))
WARN_BEFORE_OF_MINORS = (timedelta(hours=12), timedelta(hours=4), timedelta(hours=2))
HOUR = timedelta(hours=1)


def warnings_of(custody):
    return WARN_BEFORE if custody.limit_code == "custody" else WARN_BEFORE_OF_MINORS


def of_custody(custody):
    """The clock of a custody; one that has ended shows how long it took."""
    until = custody.ended_at or dates.now()
    left = custody.limit_at - until
    limit = (custody.limit_at - custody.arrived_at) / HOUR
    warned = tuple(int(limit - one / HOUR) for one in warnings_of(custody))
    state = (
        "over" if left < timedelta() else "soon" if left <= WARN_BEFORE[0] and not custody.ended_at else ""
    )
    passed = round(max((until - custody.arrived_at) / HOUR, 0), 1)
    return Clock(f"custody-{custody.id}", _said(custody, left), passed, int(limit), warned, state)


def _said(custody, left):
    if left < timedelta():
        return gettext("%(time)s over the limit", time=dates.say_span(-left, language()))
    if custody.ended_at is not None:
        held = custody.ended_at - custody.arrived_at
        return gettext("Held for %(time)s", time=dates.say_span(held, language()))
    return gettext("%(time)s left", time=dates.say_span(left, language()))


def limit_of(custody):
    """The limit of the law by which the clock runs."""
    return limit(custody.limit_code)


def limit(code):
    return time_limits.held()[code]


def waiting_steps(custody):
    """The kinds of steps that a page offers, first what is still missing."""
    if custody.ended_at is not None:
        return []
    minor = is_minor(ages_at_offence(custody.person, custody.case))
    kinds = ["rights", *(["guardian"] if minor else []), "lawyer", "doctor", "family"]
    missing = [kind for kind in kinds if custody.step(kind) is None]
    may_extend = custody.offence_class == "felony" and not custody.extended and not minor
    return [*missing, *(["extension"] if may_extend else []), "end"]
