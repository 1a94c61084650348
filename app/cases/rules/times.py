"""When it happened, was reported and entered: V001 to V006."""

from datetime import date, timedelta

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.origin import is_imported
from app.kernel.schema.rules import WARNING, Problem

CLOCKS_DIFFER = timedelta(minutes=5)
ENTRY_LIMIT = timedelta(hours=48)
FIRST_DAY, FIRST_SURE_DAY = date(1979, 1, 7), date(2000, 1, 1)


def ended(case):
    return case.occurred_to or case.occurred_from


def entered(case, facts):
    """When the case was or is entered; None where neither is known."""
    return case.recorded_at or facts.now


def is_before(first, second, case):
    """Whether `first` lies before `second`; by the day alone where the time of the case is not known."""
    if first is None or second is None:
        return False
    return first.date() < second.date() if case.time_unknown else first < second


def told(moment, case):
    """A moment for a sentence: the day alone where the time is not known."""
    return moment.date() if case.time_unknown else moment


def beginning_is_known(case, facts):
    if case.occurred_from is None:
        text = _("When it happened is missing. Enter at least the day, and mark the exact time as not known.")
        yield Problem("occurred_from", text, "V001")


def ends_after_it_begins(case, facts):
    if is_before(case.occurred_to, case.occurred_from, case):
        text = _(
            "The incident must end after its beginning, %(begun)s.", begun=told(case.occurred_from, case)
        )
        yield Problem("occurred_to", text, "V002")


def is_reported_after_it_ended(case, facts):
    if is_before(case.reported_at, ended(case), case):
        text = _(
            "The report must come after the incident, %(ended)s. Correct one of the two.",
            ended=told(ended(case), case),
        )
        yield Problem("reported_at", text, "V003")


def nothing_is_in_the_future(case, facts):
    limit = entered(case, facts)
    for field in ("occurred_from", "occurred_to", "reported_at"):
        moment = getattr(case, field)
        if limit and moment and moment > limit + CLOCKS_DIFFER:
            text = _(
                "This is later than the entry of the case, %(entered)s. Enter a time before it.",
                entered=limit,
            )
            yield Problem(field, text, "V004")


def is_entered_in_time(case, facts):
    limit = entered(case, facts)
    if not (limit and ended(case) and case.reported_at) or case.late_reason or is_imported(case):
        return
    late = limit - max(ended(case), case.reported_at) - ENTRY_LIMIT
    if late > timedelta():
        text = _(
            "Entered %(hours)s hours after the limit of %(limit)s hours from the report. Choose the reason.",
            hours=-(-late // timedelta(hours=1)),
            limit=ENTRY_LIMIT // timedelta(hours=1),
        )
        yield Problem("reported_at", text, "V005", WARNING, "late_reason")


def is_not_too_old(case, facts):
    begun = case.occurred_from
    if begun and begun.date() < FIRST_DAY:
        text = _("The register begins on %(first)s. Enter a day from then on.", first=FIRST_DAY)
        yield Problem("occurred_from", text, "V006")
    elif begun and begun.date() < FIRST_SURE_DAY:
        text = _("This day lies before %(first)s. Check the year, or give a reason.", first=FIRST_SURE_DAY)
        yield Problem("occurred_from", text, "V006", WARNING)


def was_learned_before_it_is_written(supplement, facts):
    limit = supplement.recorded_at or facts.now
    if limit and supplement.learned_on and supplement.learned_on > limit.date():
        text = _(
            "This day is in the future. Enter the day on which it was learned, %(today)s at the latest.",
            today=limit.date(),
        )
        yield Problem("learned_on", text, "V004")
