"""Rules of the times of a case (incident, report, entry): V001 to V006."""

from datetime import date, timedelta

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.origin import is_imported
from app.kernel.schema.rules import CLOCK_TOLERANCE, WARNING, Problem

ENTRY_LIMIT = timedelta(hours=48)
FIRST_DAY, FIRST_PLAUSIBLE_DAY = date(1979, 1, 7), date(2000, 1, 1)


def get_end(case):
    return case.occurred_to or case.occurred_from


def get_entry_time(case, facts):
    """Return when the case was or is entered, or None if neither is known."""
    return case.recorded_at or facts.now


def is_before(first, second, day_only):
    """Return whether `first` is before `second`; compares days only if one of them has no exact time."""
    if first is None or second is None:
        return False
    return first.date() < second.date() if day_only else first < second


def trim_unknown_time(moment, case):
    """Return the moment for a message: only the day if the exact time is unknown."""
    return moment.date() if case.time_unknown else moment


def beginning_is_known(case, facts):
    if case.occurred_from is None:
        text = _(
            "The time of the offence is missing. Enter at least the day, and mark the exact time as unknown."
        )
        yield Problem("occurred_from", text, "V001")


def end_is_after_beginning(case, facts):
    if is_before(case.occurred_to, case.occurred_from, case.time_unknown):
        text = _(
            "The incident must end after its beginning, %(begun)s.",
            begun=trim_unknown_time(case.occurred_from, case),
        )
        yield Problem("occurred_to", text, "V002")


def report_is_after_end(case, facts):
    if is_before(case.reported_at, get_end(case), case.time_unknown or case.report_time_unknown):
        text = _(
            "The time of the report must be after the incident, %(ended)s. Correct one of the two.",
            ended=trim_unknown_time(get_end(case), case),
        )
        yield Problem("reported_at", text, "V003")


def times_are_not_in_the_future(case, facts):
    limit = get_entry_time(case, facts)
    for field in ("occurred_from", "occurred_to", "reported_at"):
        moment = getattr(case, field)
        if limit and moment and moment > limit + CLOCK_TOLERANCE:
            text = _(
                "This is later than the entry of the case, %(entered)s. Enter a time before it.",
                entered=limit,
            )
            yield Problem(field, text, "V004")


def case_is_entered_in_time(case, facts):
    limit = get_entry_time(case, facts)
    if not (limit and get_end(case) and case.reported_at) or case.late_reason or is_imported(case):
        return
    late = limit - max(get_end(case), case.reported_at) - ENTRY_LIMIT
    if late > timedelta():
        text = _(
            "Entered %(hours)s hours after the limit of %(limit)s hours from the report. Choose the reason.",
            hours=-(-late // timedelta(hours=1)),
            limit=ENTRY_LIMIT // timedelta(hours=1),
        )
        yield Problem("reported_at", text, "V005", WARNING, "late_reason")


def date_is_plausible(case, facts):
    begun = case.occurred_from
    if begun and begun.date() < FIRST_DAY:
        text = _(
            "E-Crime accepts dates from %(first)s onwards. Enter a date in this period.", first=FIRST_DAY
        )
        yield Problem("occurred_from", text, "V006")
    elif begun and begun.date() < FIRST_PLAUSIBLE_DAY:
        text = _(
            "This date is before %(first)s. Check the year, or enter a reason.", first=FIRST_PLAUSIBLE_DAY
        )
        yield Problem("occurred_from", text, "V006", WARNING)
