"""Days on which offices work: Monday to Friday. The kingdom's holidays are set anew every year and are not known here."""

from datetime import timedelta

_SATURDAY = 5


def after(moment, days):
    """The same time of day, that many working days later."""
    while days:
        moment += timedelta(days=1)
        if moment.weekday() < _SATURDAY:
            days -= 1
    return moment
