"""The times of the incidents, in order of their entry.

There are more cases in later years and at weekends. The hour depends on the kind of case. A report comes soon or long
after, and the entry mostly within 48 hours and in office hours.
"""

import heapq
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.demo.plan import PROVINCE_WEIGHTS, REMOTE_PROVINCES
from app.demo.seeded_random import Weighted

FIRST_DAY = date(2016, 1, 1)
LATE_SHARE, LATE_SHARE_REMOTE = 0.135, 0.35  # 15 % of all
LOCK_PERIOD = timedelta(hours=48)
YEARLY_GROWTH = 0.06  # of the cases
MONTH_WEIGHTS = (
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
    """The place of one incident, and when it happened, was reported and was entered."""

    recorded: datetime
    occurred: datetime
    ended: datetime | None
    reported: datetime
    late: bool
    province: str
    kind: object


def generate_moments(rng, cases, until, kinds):
    """Yield `cases` moments in order of entry, all before `until`. `kinds.draw(rng, day)` draws the kind."""
    provinces, queue, number = Weighted(PROVINCE_WEIGHTS), [], 0
    for day, count in _distribute_days(rng, cases, until):
        for _each in range(count):
            number += 1
            moment = _make_moment(rng, day, kinds.draw(rng, day), provinces.draw(rng), until)
            heapq.heappush(queue, (moment.recorded, number, moment))
        while queue and queue[0][0] < datetime.combine(day, time()):  # no earlier entry can follow
            yield heapq.heappop(queue)[-1]
    while queue:
        yield heapq.heappop(queue)[-1]


def _distribute_days(rng, cases, until):
    """Yield (day, number of its cases); the numbers add up to `cases`."""
    last = max(until.date(), FIRST_DAY + timedelta(days=1))
    days = [FIRST_DAY + timedelta(days=ahead) for ahead in range((last - FIRST_DAY).days)]
    weights = [
        (1 + YEARLY_GROWTH) ** (day.year - FIRST_DAY.year) * MONTH_WEIGHTS[day.month - 1] * (1.1 if day.weekday() > 4 else 1)
        * (0.7 + 0.6 * rng.draw())
        for day in days
    ]  # fmt: skip
    total, passed, assigned = sum(weights), 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        passed += weight
        due = round(cases * passed / total)
        yield day, due - assigned
        assigned = due


def _make_moment(rng, day, kind, province, until):
    if kind.weekend and day.weekday() < 5 and rng.happens(kind.weekend):
        day += timedelta(days=rng.pick((5, 6)) - day.weekday())
    occurred = datetime.combine(day, time(kind.hours.draw(rng), rng.between(0, 59)))
    ended = occurred + rng.between(5, 90) * MINUTE if rng.happens(0.35) else None
    reported = (ended or occurred) + _draw_report_delay(rng, kind)
    late = rng.happens(LATE_SHARE_REMOTE if province in REMOTE_PROVINCES else LATE_SHARE)
    recorded = _draw_entry_time(rng, ended or occurred, reported, late)
    if recorded > until:
        back = recorded - until + rng.between(1, 600) * MINUTE
        occurred, reported, recorded = occurred - back, reported - back, recorded - back
        ended = ended and ended - back
    return Moment(recorded, occurred, ended, reported, late, province, kind)


def _draw_report_delay(rng, kind):
    if kind.quickly_reported:
        return rng.between(1, 50) * MINUTE
    return timedelta(minutes=int(rng.around(kind.report_after, 1.1, 60 * 24 * 120)))


def _draw_entry_time(rng, ended, reported, late):
    """Return the time of entry: within 48 hours unless it is late, and not at night if it can wait."""
    start = max(ended, reported)
    if late:
        return start + LOCK_PERIOD + timedelta(minutes=60 + int(rng.around(2500, 1.2, 60 * 24 * 90)))
    recorded = start + rng.between(20, 44 * 60) * MINUTE
    if not 7 <= recorded.hour < 18:
        morning = recorded.replace(hour=7 + rng.between(0, 3), minute=rng.between(0, 59))
        morning += timedelta(days=recorded.hour >= 18)
        recorded = morning if morning - start <= LOCK_PERIOD else recorded
    return recorded
