"""When things happen: incidents in the order in which they were entered.

More cases in later years and at weekends, hours by kind of case, a report soon or long after, an entry mostly
within 48 hours, in office hours.
"""

import heapq
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.demo.plan import FAR, PROVINCE_WEIGHTS
from app.demo.seeded_random import Weighted

FIRST_DAY = date(2016, 1, 1)
LATE, LATE_FAR = 0.135, 0.35  # 15 % of all
LIMIT = timedelta(hours=48)
GROWTH = 0.06  # more cases each year
SEASON = (
    1.0,
    0.96,
    1.02,
    1.14,
    1.0,
    0.94,
    0.94,
    0.96,
    1.0,
    1.04,
    1.08,
    1.0,
)  # Khmer New Year, the Water Festival
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When one incident happened, was reported and was entered, and where."""

    recorded: datetime
    occurred: datetime
    ended: datetime | None
    reported: datetime
    late: bool
    province: str
    kind: object


def moments(chance, cases, until, kinds):
    """`cases` moments in the order of their entry, all before `until`. `kinds.of(chance, day)` chooses the kind."""
    provinces, waiting, number = Weighted(PROVINCE_WEIGHTS), [], 0
    for day, count in _days(chance, cases, until):
        for _each in range(count):
            number += 1
            moment = _moment(chance, day, kinds.of(chance, day), provinces.of(chance), until)
            heapq.heappush(waiting, (moment.recorded, number, moment))
        while waiting and waiting[0][0] < datetime.combine(day, time()):  # nothing earlier can come
            yield heapq.heappop(waiting)[-1]
    while waiting:
        yield heapq.heappop(waiting)[-1]


def _days(chance, cases, until):
    """(day, number of its cases); the numbers add up to `cases`."""
    last = max(until.date(), FIRST_DAY + timedelta(days=1))
    days = [FIRST_DAY + timedelta(days=ahead) for ahead in range((last - FIRST_DAY).days)]
    weights = [
        (1 + GROWTH) ** (day.year - FIRST_DAY.year) * SEASON[day.month - 1] * (1.1 if day.weekday() > 4 else 1)
        * (0.7 + 0.6 * chance.draw())
        for day in days
    ]  # fmt: skip
    whole, passed, given = sum(weights), 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        passed += weight
        due = round(cases * passed / whole)
        yield day, due - given
        given = due


def _moment(chance, day, kind, province, until):
    if kind.weekend and day.weekday() < 5 and chance.happens(kind.weekend):
        day += timedelta(days=chance.pick((5, 6)) - day.weekday())
    occurred = datetime.combine(day, time(kind.hours.of(chance), chance.between(0, 59)))
    ended = occurred + chance.between(5, 90) * MINUTE if chance.happens(0.35) else None
    reported = (ended or occurred) + _until_reported(chance, kind)
    late = chance.happens(LATE_FAR if province in FAR else LATE)
    recorded = _entered(chance, ended or occurred, reported, late)
    if recorded > until:
        back = recorded - until + chance.between(1, 600) * MINUTE
        occurred, reported, recorded = occurred - back, reported - back, recorded - back
        ended = ended and ended - back
    return Moment(recorded, occurred, ended, reported, late, province, kind)


def _until_reported(chance, kind):
    if kind.quickly_reported:
        return chance.between(1, 50) * MINUTE
    return timedelta(minutes=int(chance.around(kind.report_after, 1.1, 60 * 24 * 120)))


def _entered(chance, ended, reported, late):
    """The moment of entry: within the 48 hours unless it is late; at night nobody enters where it can wait."""
    start = max(ended, reported)
    if late:
        return start + LIMIT + timedelta(minutes=60 + int(chance.around(2500, 1.2, 60 * 24 * 90)))
    recorded = start + chance.between(20, 44 * 60) * MINUTE
    if not 7 <= recorded.hour < 18:
        morning = recorded.replace(hour=7 + chance.between(0, 3), minute=chance.between(0, 59))
        morning += timedelta(days=recorded.hour >= 18)
        recorded = morning if morning - start <= LIMIT else recorded
    return recorded
