"""The decisions about a series: it is confirmed with the chosen cases, cases are split off, or it is rejected."""

from flask_babel import lazy_gettext as _

from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.series.models import CONFIRMED, REJECTED, REMOVED, CaseSeries, CaseSeriesMember

FEWEST = 2  # cases of a series
CONFIRM, SPLIT, REJECT = "confirm", "split", "reject"


def decide_series(user, series, step, chosen, reason):
    """Take the step with the members whose ids are `chosen`; return the series to show. Raise RuleViolation."""
    if series.state == REJECTED:
        raise RuleViolation([Problem("", _("This series was rejected already."))])
    current = [one for one in series.members if one.state != REMOVED]
    picked = [one for one in current if one.id in chosen]
    if step == REJECT:
        if not reason:
            raise RuleViolation([Problem("reason", _("Enter why these cases are no series."))])
        return _close(user, series, REJECTED, reason)
    if len(picked) < FEWEST:
        raise RuleViolation([Problem("case", _("Choose at least two cases."))])
    if step == CONFIRM:
        for one in current:
            one.state = CONFIRMED if one in picked else REMOVED
        return _close(user, series, CONFIRMED, reason)
    if len(current) - len(picked) < FEWEST:
        raise RuleViolation([Problem("case", _("At least two cases must remain in the series."))])
    return _split(user, series, picked, reason)


def _split(user, series, picked, reason):
    part = CaseSeries(
        state=CONFIRMED, family=series.family, province_code=series.province_code, first_day=series.first_day,
        last_day=series.last_day, common=series.common, found_at=dates.now(), split_from_id=series.id,
    )  # fmt: skip
    part.members = [CaseSeriesMember(case_id=one.case_id, state=CONFIRMED) for one in picked]
    db.session.add(part)
    for one in picked:
        one.state = REMOVED
    _record("split", series, [one.case_id for one in picked])
    series.decided_at, series.decided_by_id = (
        part.found_at,
        user.id,
    )  # a second officer must load the page again
    return _close(user, part, CONFIRMED, reason)


def _close(user, series, state, reason):
    series.state, series.reason = state, reason or None
    series.decided_at, series.decided_by_id = dates.now(), user.id
    db.session.flush()
    _record(state, series, [one.case_id for one in series.members if one.state != REMOVED])
    return series


def _record(step, series, case_ids):
    recorder.record(
        db.session, f"series.{step}", CaseSeries.__tablename__, series.id, number=str(series), cases=case_ids
    )
