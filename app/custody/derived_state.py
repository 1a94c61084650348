"""What follows from the steps of a custody, a detention, a judgment or a release, in the same transaction.

Nobody types until when somebody is held, whether a custody has ended or where a prisoner is: it is worked out from the
rows that stand, so that a step that is struck out counts no more. A final acquittal ends the part in the case as long as it stands.
"""

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, object_session

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
    TrackingStep,
)
from app.custody.models.custody_record import standing
from app.custody.rules import time_limits
from app.reference import time_limits as limits

CLEARS = ("acquitted", "non_suit")
CONTESTS = ("opposition", "appeal", "cassation")


@event.listens_for(Session, "before_flush", insert=True)
def _state_follows(session, _context, _instances):
    """Before the session stamps what has changed, so that what follows is stamped as well."""
    with session.no_autoflush:
        touched = [one for one in (*session.new, *session.dirty) if type(one) in HANGS_ON]
        for parent in dict.fromkeys(getattr(one, HANGS_ON[type(one)], one) for one in touched):
            if parent is not None:
                parent.derive()
                WORKED_OUT[type(parent)](parent)


def custody_state(custody):
    if custody.person is not None or not custody.limit_code:
        ages = time_limits.ages_at_offence(custody.person, custody.case)
        custody.limit_code = time_limits.custody_limit(ages, custody.offence_class, custody.arrived_at)
    steps = standing(custody.steps)
    granted = sum(one.hours or 0 for one in steps if one.kind == "extension")
    limit = limits.held()[custody.limit_code]
    custody.limit_at = time_limits.custody_ends(custody.arrived_at, limit, granted)
    custody.extended = granted > 0
    end = _last(steps, "end")
    custody.ended_at, custody.outcome = (end.at, end.outcome) if end is not None else (None, None)


def sentence_state(sentence):
    sentence.expected_on = time_limits.expected_release(sentence, standing(sentence.changes))
    for detention in standing(sentence.detentions):
        detention_state(detention)


def detention_state(detention):
    steps = standing(detention.steps)
    moved = _last(steps, "transfer")
    detention.prison = moved.prison if moved is not None and moved.prison else detention.first_prison
    detention.lie_in(detention.prison.province_code)
    flight = [one.kind for one in steps if one.kind in ("escape", "recapture")]
    detention.escaped = bool(flight) and flight[-1] == "escape"
    detention.due_on = _due(detention, steps)
    end, release = _last(steps, "end"), next(reversed(standing(detention.releases)), None)
    if release is not None:
        detention.ended_on, detention.end_reason = release.released_on, release.kind
    elif end is not None:
        detention.ended_on, detention.end_reason = end.done_on, end.reason
    else:
        detention.ended_on = detention.end_reason = None


def _due(detention, steps):
    if detention.kind == time_limits.SENTENCE:
        return detention.sentence.expected_on if detention.sentence is not None else None
    if detention.kind != time_limits.PROVISIONAL or not detention.offence_class:
        return None
    if detention.person is not None or not detention.limit_code:
        ages = time_limits.ages_at_offence(detention.person, detention.case)
        detention.limit_code = time_limits.detention_limits(detention.since, ages, detention.offence_class)[0]
    granted = sum(one.months or 0 for one in steps if one.kind == "extension")
    return time_limits.months_later(detention.since, limits.held()[detention.limit_code].amount + granted)


def judgment_state(judgment):
    steps = standing(judgment.steps)
    judgment.notified_on = _day(_last(steps, "notified"))
    judgment.contested_on = _day(_last(steps, *CONTESTS))
    judgment.set_aside_on = _day(_last(steps, "set_aside"))
    final = _day(_last(steps, "final"))
    judgment.final_on = final if judgment.set_aside_on is None and judgment.voided_at is None else None
    if judgment.involvement is not None:
        involvement_state(judgment.involvement, judgment)


def involvement_state(involvement, judgment):
    """The part in a case ends when every offence of it has a final decision that clears the person."""
    of_him = select(Judgment).where(Judgment.involvement_id == involvement.id, Judgment.id != judgment.id)
    others = object_session(judgment).scalars(of_him).all() if involvement.id else ()
    decided = [one for one in (judgment, *others) if one.voided_at is None and one.set_aside_on is None]
    clearing = [one for one in decided if one.final_on and one.verdict in CLEARS]
    open_offences = {row.id for row in involvement.case.offences if row.voided_at is None} - {
        one.case_offence_id or (one.case_offence.id if one.case_offence else None) for one in clearing
    }
    whole = any(one.case_offence_id is None and one.case_offence is None for one in clearing)
    cleared = clearing and len(clearing) == len(decided) and (whole or not open_offences)
    last = max(clearing, key=lambda one: one.final_on) if cleared else None
    was_cleared = _stored(involvement, "ended_on") is not None
    involvement.ended_on = last.final_on if last is not None else None
    involvement.end_reason = last.verdict if last is not None else None
    whose, waiting = (involvement.person_id, involvement.case_id), object_session(judgment).info
    if last is not None and not was_cleared:
        waiting.setdefault(order_effects.ACQUITTED, {})[whose] = (last.court_no, last.decided_on)
    elif last is None and was_cleared:
        papers = [(one.court_no, one.decided_on) for one in (*others, judgment)]
        waiting.setdefault(order_effects.ACCUSED, {})[whose] = (papers,)


def _stored(record, name):
    """The value that the database has: a correction asks the listeners of a flush before it is flushed."""
    history = inspect(record).attrs[name].history
    return next(iter(history.deleted or history.unchanged or ()), None)


def release_state(release):
    release.ended_on = _day(_last(standing(release.steps), "end"))
    if release.detention is not None:
        detention_state(release.detention)


def _last(steps, *kinds):
    return next((one for one in reversed(steps) if one.kind in kinds), None)


def _day(step):
    return step.done_on if step is not None else None


WORKED_OUT = {
    Custody: custody_state,
    Detention: detention_state,
    Judgment: judgment_state,
    Sentence: sentence_state,
    Release: release_state,
}
# Kind of record → the link to the one whose state follows from it; "" for its own.
HANGS_ON = {
    **dict.fromkeys(WORKED_OUT, ""),
    CustodyStep: "custody",
    DetentionStep: "detention",
    JudgmentStep: "judgment",
    SentenceChange: "sentence",
    TrackingStep: "release",
}
