"""The queue of records whose retention period has ended: the job that fills it, and the decision about a record.

The job reads the people of cases in the order of their ids, a batch at a time, and begins again after the last one. So
its work in a run does not grow with the register. It only proposes.
"""
# unrestricted: reads the cases and judgments of all units as the system; shows no row
# commits: each batch

from collections import defaultdict
from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from app.cases.models import Case, CaseDisposition, CaseOffence, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.custody.models import Judgment, Sentence
from app.custody.rules.time_limits import FELONY, LIFE, PRISON
from app.kernel.actor import actor_of
from app.kernel.database.transactions import commit
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.people.status import PersonStatus
from app.reference.models import RetentionPeriod
from app.retention.models import KEEP, PROPOSE, RetentionReview, RetentionScan

BATCH_SIZE = 1000  # people of cases in a run
MOST_MONTHS = 60  # from one review to the next
CLOSED = ("filed", "ended", "final", "closed")  # states of a case after which nothing follows
ENDED = ("acquitted", "non_suit")
# While one of these holds, no period ends.
WITHOUT_END = (
    status.ESCAPED, status.WANTED, status.IN_CUSTODY, status.DETAINED, status.SERVING, status.ON_PAROLE, status.SUPERVISED,
)  # fmt: skip
MONTHS = {"month": 1, "year": 12}


def add_period(day, period):
    """Return the last day of the period that begins on this day."""
    if period.measure in MONTHS:
        return dates.add_months(day, period.amount * MONTHS[period.measure])
    return day + timedelta(days=period.amount)


def find_ended_periods(session):
    """Add the people of the next cases whose period has ended to the queue, and return their number."""
    scan = RetentionScan.__table__
    # An UPDATE first: of several processes, one reads the batch.
    last = session.execute(update(scan).values(run_at=dates.now()).returning(scan.c.last_id)).scalar_one()
    rows = _load_batch(session, last)
    periods = {one.code: one for one in session.scalars(select(RetentionPeriod))}
    today, found = dates.now().date(), {}
    for row, code, began_on in _find_periods(session, rows):
        due_on = add_period(began_on, periods[code])
        if due_on < today:
            key = (code, row.person_id, row.case_id if code != "deceased" else None)
            found[key] = RetentionReview(
                period_code=code, person_id=row.person_id, case_id=key[2], began_on=began_on, due_on=due_on,
                unit_code=row.unit_code,
            )  # fmt: skip
    known = _find_known(session, found)
    new = [one for key, one in found.items() if key not in known]
    session.add_all(new)
    session.execute(update(scan).values(last_id=rows[-1].id if len(rows) == BATCH_SIZE else 0))
    commit(session)
    return len(new)


def _load_batch(session, last):
    row, case, person, standing = (
        Involvement.__table__.c,
        Case.__table__.c,
        Person.__table__.c,
        PersonStatus.__table__.c,
    )
    columns = (
        row.id,
        row.case_id,
        row.person_id,
        row.unit_code,
        row.role,
        row.minor,
        row.ended_on,
        row.end_reason,
    )
    found = (
        select(*columns, case.status, person.deceased_on)
        .join(case.id.table, case.id == row.case_id)
        .join(person.id.table, person.id == row.person_id)
        .outerjoin(standing.person_id.table, standing.person_id == row.person_id)
        .where(
            row.id > last,
            row.voided_at.is_(None),
            case.voided_at.is_(None),
            person.voided_at.is_(None),
            func.coalesce(standing.status, "").not_in(WITHOUT_END),
        )
    )
    return session.execute(found.order_by(row.id).limit(BATCH_SIZE)).all()


def _find_periods(session, rows):
    """Yield (row, code of its period, day on which the period began). A row without a certain day has none."""
    cases = {row.case_id for row in rows if row.status in CLOSED}
    closed = _find_closings(session, cases)
    classes = _find_classes(session, cases)
    sentences = _find_sentence_ends(session, cases)
    for row in rows:
        if row.deceased_on is not None:
            yield row, "deceased", row.deceased_on
        if row.status not in CLOSED:
            continue
        convicted = (row.case_id, row.person_id) in sentences
        if row.ended_on is not None and row.end_reason in ENDED:
            yield row, "acquitted", row.ended_on
        elif convicted:
            day = sentences[row.case_id, row.person_id]
            code = "convicted_felony" if FELONY in classes[row.case_id] else "convicted"
            if day is not None:
                yield row, "convicted_minor" if row.minor else code, day
        elif row.case_id in closed:
            yield row, "not_charged" if row.role in SUSPECT_ROLES else "victim_witness", closed[row.case_id]


def _find_closings(session, cases):
    """Return case → the day of its last step of procedure."""
    step = CaseDisposition.__table__.c
    found = select(step.case_id, func.max(step.decided_on)).where(
        step.case_id.in_(cases), step.voided_at.is_(None)
    )
    return dict(session.execute(found.group_by(step.case_id)).all())


def _find_classes(session, cases):
    """Return case → the classes of its offences. An offence without a class counts as a felony."""
    row, found = CaseOffence.__table__.c, defaultdict(set)
    offences = select(row.case_id, row.offence_class).where(row.case_id.in_(cases), row.voided_at.is_(None))
    for case_id, offence_class in session.execute(offences):
        found[case_id].add(offence_class or FELONY)
    return found


def _find_sentence_ends(session, cases):
    """Return (case, person) → the day on which the last sentence ends; None if it is not known."""
    judgment, sentence = Judgment.__table__.c, Sentence.__table__.c
    found = (
        select(judgment.case_id, judgment.person_id, judgment.final_on, sentence.kind, sentence.expected_on)
        .outerjoin(
            sentence.id.table, (sentence.judgment_id == judgment.id) & sentence.voided_at.is_(None)
        )
        .where(
            judgment.case_id.in_(cases), judgment.voided_at.is_(None), judgment.set_aside_on.is_(None),
            judgment.verdict.not_in(ENDED),
        )
    )  # fmt: skip
    ends = {}
    for case_id, person_id, final_on, kind, expected_on in session.execute(found):
        ends.setdefault((case_id, person_id), []).append(
            None
            if final_on is None or (kind in (PRISON, LIFE) and expected_on is None)
            else max(final_on, expected_on or final_on)
        )
    return {key: None if None in days else max(days) for key, days in ends.items()}


def _find_known(session, found):
    review = RetentionReview.__table__.c
    known = select(review.period_code, review.person_id, review.case_id).where(
        review.person_id.in_({person_id for _code, person_id, _case in found})
    )
    return set(map(tuple, session.execute(known))) if found else set()


def decide(session, review, decision, keep_until, reason):
    """Write the decision about a record in the queue. It may be decided again after the day until which it is kept."""
    today = dates.now().date()
    if decision == KEEP and (keep_until is None or keep_until <= today):
        raise RuleViolation(
            [Problem("keep_until", _("Enter the day until which the record is kept, after today."))]
        )
    if decision == KEEP and keep_until > dates.add_months(today, MOST_MONTHS):  # one officer keeps it
        text = _("Enter a day within the next five years. The record is reviewed again after it.")
        raise RuleViolation([Problem("keep_until", text)])
    if decision not in (KEEP, PROPOSE) or not reason:
        raise RuleViolation([Problem("reason", _("Enter the reason of the decision."))])
    if not is_due(review):
        raise RuleViolation([Problem("", _("This record has already been reviewed."))])
    review.decision, review.reason = decision, reason
    review.keep_until = keep_until if decision == KEEP else None
    review.decided_at, review.decided_by_id = dates.now(), actor_of(session).user_id
    session.flush()


def is_due(review):
    """Return whether the record waits for a decision: its first one, or one after the day until which it was kept."""
    if review.is_void:
        return False
    return review.decision is None or (
        review.decision == KEEP and review.keep_until is not None and review.keep_until < dates.now().date()
    )
