"""Session hook that derives the state of custody records from their steps.

Limits, ends and the current prison are never entered. They are computed from the valid rows in the same transaction, so
a voided step no longer counts. A valid final acquittal ends the person's involvement in the case.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import object_session

from app.court_orders.acquittal import Decision
from app.custody import order_effects
from app.custody.models import (
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    SupervisionStep,
)
from app.custody.models.custody_record import valid_rows
from app.custody.order_effects import CLEARING_VERDICTS
from app.custody.rules import time_limits
from app.reference import time_limits as limits

CONTESTING_STEPS = ("opposition", "appeal", "cassation")


def recompute_states(session, _context, _instances):
    """Recompute the parents of new and changed rows. Runs before the session stamps the changed rows."""
    with session.no_autoflush:
        touched = [one for one in (*session.new, *session.dirty) if type(one) in PARENT_LINKS]
        for parent in dict.fromkeys(getattr(one, PARENT_LINKS[type(one)], one) for one in touched):
            if parent is not None:
                parent.update_derived()
                UPDATERS[type(parent)](parent)


def update_custody(custody):
    """Set the limit, the extension and the end of a custody from its steps."""
    if custody.person is not None or not custody.limit_code:
        ages = time_limits.get_ages_at_offence(custody.person, custody.case)
        custody.limit_code = time_limits.get_custody_limit(ages, custody.offence_class, custody.arrived_at)
    steps = valid_rows(custody.steps)
    granted = sum(one.hours or 0 for one in steps if one.kind == "extension")
    limit = limits.get_limits()[custody.limit_code]
    custody.limit_at = time_limits.compute_custody_end(custody.arrived_at, limit, granted)
    custody.extended = granted > 0
    end = _last_step(steps, "end")
    custody.ended_at, custody.outcome = (end.at, end.outcome) if end is not None else (None, None)


def update_sentence(sentence):
    """Set the expected release of a sentence, and update its detentions."""
    sentence.expected_on = time_limits.compute_release_date(sentence, valid_rows(sentence.changes))
    for detention in valid_rows(sentence.detentions):
        update_detention(detention)


def update_detention(detention):
    """Set the prison, the due date, the escape and the end of a detention."""
    steps = valid_rows(detention.steps)
    transfer = _last_step(steps, "transfer")
    detention.prison = transfer.prison if transfer is not None and transfer.prison else detention.first_prison
    detention.set_area(detention.prison.province_code)
    moves = [one.kind for one in steps if one.kind in ("escape", "recapture")]
    detention.escaped = bool(moves) and moves[-1] == "escape"
    detention.due_on = _compute_due_date(detention, steps)
    end, release = _last_step(steps, "end"), next(reversed(valid_rows(detention.releases)), None)
    if release is not None:
        detention.ended_on, detention.end_reason = release.released_on, release.kind
    elif end is not None:
        detention.ended_on, detention.end_reason = end.done_on, end.reason
    else:
        detention.ended_on = detention.end_reason = None


def _compute_due_date(detention, steps):
    if detention.kind == time_limits.SENTENCE:
        return detention.sentence.expected_on if detention.sentence is not None else None
    if detention.kind != time_limits.PROVISIONAL or not detention.offence_class:
        return None
    if detention.person is not None or not detention.limit_code:
        ages = time_limits.get_ages_at_offence(detention.person, detention.case)
        detention.limit_code = time_limits.get_detention_limits(
            detention.since, ages, detention.offence_class
        )[0]
    granted = sum(one.months or 0 for one in steps if one.kind == "extension")
    return time_limits.add_months(detention.since, limits.get_limits()[detention.limit_code].amount + granted)


def update_judgment(judgment):
    """Set the dates of a judgment from its steps, and update the involvement."""
    steps = valid_rows(judgment.steps)
    judgment.notified_on = _done_on(_last_step(steps, "notified"))
    judgment.contested_on = _done_on(_last_step(steps, *CONTESTING_STEPS))
    judgment.set_aside_on = _done_on(_last_step(steps, "set_aside"))
    final = _done_on(_last_step(steps, "final"))
    judgment.final_on = final if judgment.set_aside_on is None and judgment.voided_at is None else None
    if judgment.involvement is not None:
        update_involvement(judgment.involvement, judgment)


def update_involvement(involvement, judgment):
    """End the involvement if every offence of the case has a final decision that clears the person."""
    statement = select(Judgment).where(Judgment.involvement_id == involvement.id, Judgment.id != judgment.id)
    others = object_session(judgment).scalars(statement).all() if involvement.id else ()
    valid = [one for one in (judgment, *others) if one.voided_at is None and one.set_aside_on is None]
    decided = [one for one in valid if not any(_supersedes(later, one) for later in valid)]
    clearing = [one for one in decided if one.final_on and one.verdict in CLEARING_VERDICTS]
    open_offences = {row.id for row in involvement.case.offences if row.voided_at is None} - {
        _get_offence_id(one) for one in clearing
    }
    clears_all = any(_get_offence_id(one) is None for one in clearing)
    is_cleared = clearing and len(clearing) == len(decided) and (clears_all or not open_offences)
    last = max(clearing, key=lambda one: one.final_on) if is_cleared else None
    was_cleared = _stored_value(involvement, "ended_on") is not None
    involvement.ended_on = last.final_on if last is not None else None
    involvement.end_reason = last.verdict if last is not None else None
    key, pending = (involvement.person_id, involvement.case_id), object_session(judgment).info
    if last is not None and not was_cleared:
        decision = Decision(last.court_no, last.decided_on, last.final_on)
        pending.setdefault(order_effects.ACQUITTED, {})[key] = decision
    elif last is None and was_cleared:
        documents = [(one.court_no, one.decided_on) for one in (*others, judgment)]
        pending.setdefault(order_effects.ACCUSED_AGAIN, {})[key] = (documents,)


def _supersedes(later, judgment):
    """Return True if a final judgment, as on appeal, has replaced an earlier one about the same offences."""
    if later.final_on is None or later.decided_on <= judgment.decided_on:
        return False
    covered = _get_offence_id(later)
    return covered is None or covered == _get_offence_id(judgment)


def _get_offence_id(judgment):
    return judgment.case_offence_id or (judgment.case_offence.id if judgment.case_offence else None)


def _stored_value(record, name):
    """Return the value in the database. A correction runs the flush hooks before its flush."""
    history = inspect(record).attrs[name].history
    return next(iter(history.deleted or history.unchanged or ()), None)


def update_release(release):
    """Set the end of the follow-up, and update the detention."""
    release.ended_on = _done_on(_last_step(valid_rows(release.steps), "end"))
    if release.detention is not None:
        update_detention(release.detention)


def _last_step(steps, *kinds):
    return next((one for one in reversed(steps) if one.kind in kinds), None)


def _done_on(step):
    return step.done_on if step is not None else None


UPDATERS = {
    Custody: update_custody,
    Detention: update_detention,
    Judgment: update_judgment,
    Sentence: update_sentence,
    Release: update_release,
}
# model → relationship to the record with the derived state; "" for the record itself.
PARENT_LINKS = {
    **dict.fromkeys(UPDATERS, ""),
    CustodyStep: "custody",
    DetentionStep: "detention",
    JudgmentStep: "judgment",
    SentenceChange: "sentence",
    SupervisionStep: "release",
}
