"""Working days: Monday to Friday. Public holidays are not considered, because they are set every year."""

from datetime import timedelta

_SATURDAY = 5  # as datetime.weekday() counts


def add_working_days(moment, days):
    """Return the same time of day, `days` working days later."""
    while days:
        moment += timedelta(days=1)
        if moment.weekday() < _SATURDAY:
            days -= 1
    return moment
