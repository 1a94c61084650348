"""Status sources of custody: the facts in custody records that give a person a status."""
# unrestricted: provides facts of a status, which is computed nationwide

from sqlalchemy import Date, String, and_, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    Release,
    Sentence,
)
from app.custody.models.releases import is_followed
from app.custody.order_effects import DECIDED
from app.custody.rules.custodies import END
from app.custody.rules.time_limits import ESCAPE, RECAPTURE, SENTENCE
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

arrest, custody, detention, release = (
    one.__table__.c for one in (Arrest, Custody, Detention, Release)
)  # fmt: skip
person = Person.__table__.c
involvement, step, order = Involvement.__table__.c, DetentionStep.__table__.c, CourtOrder.__table__.c
end = CustodyStep.__table__.c
sentence, judgment = Sentence.__table__.c, Judgment.__table__.c
# Created once: an alias creates all its columns, and every save computes a status.
again, later, prison, other, caught = (
    aliased(one.__table__).c for one in (Arrest, Custody, Detention, Involvement, DetentionStep)
)  # fmt: skip
ESCAPED, RELEASED, DIED, PAROLE, SUPERVISION = "escaped", "released", "died", "parole", "supervision"


def refresh_statuses(session, _context):
    """Refresh the status of people whose custody, detention or judgments have changed."""
    touched = (*session.new, *session.dirty)
    people = {one.person_id for one in touched if isinstance(one, (Custody, Detention, Release))}
    people |= {
        one.person_id for one in touched if isinstance(one, (Arrest, Judgment)) and not _executes_order(one)
    }
    # A person registered in this save has no earlier involvement that could have ended.
    new = {one.id for one in session.new if isinstance(one, Person)}
    people |= {one.person_id for one in touched if isinstance(one, Involvement)} - new
    # If the orders of a person change before the commit, their status is refreshed then.
    pending = {person for person, _case in DECIDED.get(session)}
    status.refresh_statuses(session, people - pending)


def _executes_order(record):
    """Return True for an arrest on an active order: the execution of the order refreshes the status."""
    order = record.order if isinstance(record, Arrest) else None
    return order is not None and order.status == state_machine.ACTIVE


def _select_facts(row, value, since, unit, *conditions, number=None):
    """Return the statement for `status.StatusFact` rows based on a custody table."""
    null = literal(None, String)
    entity, number = literal(row.id.table.name, String), null if number is None else number
    found = select(row.person_id, value, since, entity, row.id, null, number, null, unit)
    return found.where(row.voided_at.is_(None), *conditions)


def select_arrest_facts(ids):
    """Return arrested people without a recorded custody or detention, and those between two custodies.

    Until the arrival, the unit that held the person last is responsible. The number is the code of the unit that receives
    the person.
    """
    last = (
        select(later.held_by_code, end.to_unit_code)
        .outerjoin(CustodyStep.__table__, and_(end.custody_id == later.id, end.kind == END, end.voided_at.is_(None)))
        .where(later.arrest_id == arrest.id, later.voided_at.is_(None))
        .order_by(later.arrived_at.desc(), later.id.desc(), end.at.desc(), end.id.desc())
        .limit(1)
        .correlate(Arrest.__table__)
    )  # fmt: skip
    sender, receiver = (last.with_only_columns(one).scalar_subquery() for one in last.selected_columns)
    return _select_facts(
        arrest, literal(status.IN_CUSTODY, String), func.date(arrest.at, type_=Date),
        func.coalesce(sender, arrest.by_unit_code), arrest.person_id.in_(ids), arrest.awaits_custody.is_(True),
        number=receiver,
    )  # fmt: skip


def select_custody_facts(ids):
    """Return people in police custody or escaped from it. A death in it counts by its confirmed report.

    An escape no longer counts after a later arrest or custody, after a detention or a recapture from the same day on, or after
    the final acquittal in the case. If one of the two times is unknown, another arrest of that day counts as later, unless it
    was made before the arrival.
    """
    day = func.date(custody.ended_at, type_=Date)
    # A detention that ended on the day of the escape in another case may have ended before it.
    held_after = or_(prison.ended_on.is_(None), prison.ended_on > day, prison.case_id == custody.case_id)
    not_in_custody_since = [
        ~exists().where(other.person_id == custody.person_id, other.voided_at.is_(None), follows)
        for other, follows in (
            (again, _is_found_later(again, again.at, again.id != custody.arrest_id)),
            (
                later,
                and_(
                    later.id != custody.id,
                    _is_found_later(later, later.arrived_at, later.arrest_id != custody.arrest_id),
                ),
            ),
            (prison, and_(prison.since >= day, held_after)),
            (caught, and_(caught.kind == RECAPTURE, caught.done_on >= day)),
        )
    ]
    value = case(
        (custody.ended_at.is_(None), literal(status.IN_CUSTODY, String)),
        else_=literal(status.ESCAPED, String),
    )
    # A person who was arrested on an order before its case was entered is in the case of the order.
    of_order = select(order.case_id).where(order.id == arrest.order_id, arrest.id == custody.arrest_id)
    in_case = func.coalesce(custody.case_id, of_order.correlate(Custody.__table__).scalar_subquery())
    escaped = and_(custody.outcome == ESCAPED, *not_in_custody_since, ~_is_cleared_in_case(custody, in_case))
    return _select_facts(
        custody,
        value,
        func.date(func.coalesce(custody.ended_at, custody.arrived_at), type_=Date),
        custody.held_by_code,
        custody.person_id.in_(ids),
        or_(custody.ended_at.is_(None), escaped),
    )


def _is_found_later(row, start, is_of_another_arrest):
    """Return the condition that an arrest or a custody follows the end of a custody.

    Without a time, one of the same day follows it unless it began before the arrival.
    """
    day, ended_on = (func.date(one, type_=Date) for one in (start, custody.ended_at))
    has_no_time = or_(row.time_unknown.is_(True), custody.end_time_unknown.is_(True))
    may_follow = or_(row.time_unknown.is_(True), start >= custody.arrived_at)
    on_that_day = and_(day == ended_on, is_of_another_arrest, may_follow)
    return case((has_no_time, or_(day > ended_on, on_that_day)), else_=start >= custody.ended_at)


def _is_cleared_in_case(row, case_id=None):
    """Return the condition that a final decision cleared the person in the case of the record, or in this one."""
    return exists().where(
        other.person_id == row.person_id, other.case_id == (row.case_id if case_id is None else case_id),
        other.ended_on.is_not(None), other.voided_at.is_(None),
    )  # fmt: skip


def select_escape_day():
    """Return the day of the last escape of a detention, for a statement on detentions."""
    return (
        select(func.max(step.done_on))
        .where(step.detention_id == detention.id, step.kind == ESCAPE, step.voided_at.is_(None))
        .correlate(Detention.__table__)  # also within `select_held_since`, where it would read all escapes
        .scalar_subquery()
    )


def select_held_since(escaped_on):
    """Return the conditions under which an escaped prisoner is not at large: an arrest, custody or detention followed.

    The recapture may be entered in another open detention of the person alone. A custody that ended with a release or
    another escape left the person at large. A custody that ended on the day of the escape was before it if the detention
    began on that day.
    """
    is_kept = or_(later.ended_at.is_(None), later.outcome.not_in((RELEASED, ESCAPED)))
    is_recaptured = exists().where(
        caught.detention_id == prison.id, caught.kind == RECAPTURE, caught.done_on >= escaped_on, caught.voided_at.is_(None)
    )  # fmt: skip
    return [
        exists().where(again.person_id == detention.person_id, again.awaits_custody.is_(True),
                       again.voided_at.is_(None), func.date(again.at, type_=Date) >= escaped_on),
        exists().where(is_kept, *_is_custody_after(escaped_on)),
        exists().where(prison.person_id == detention.person_id, prison.ended_on.is_(None), prison.voided_at.is_(None),
                       prison.escaped.is_(False), or_(prison.since >= escaped_on, is_recaptured)),
    ]  # fmt: skip


def _is_custody_after(escaped_on):
    """Return the conditions for the custodies of the person of a detention after the escape."""
    arrived_on = func.date(later.arrived_at, type_=Date)
    is_after = or_(
        arrived_on > escaped_on,
        and_(arrived_on == escaped_on, or_(later.ended_at.is_(None), detention.since < escaped_on)),
    )
    return later.person_id == detention.person_id, later.voided_at.is_(None), is_after


def select_detention_facts(ids):
    """Return people detained, serving a sentence or escaped from prison.

    A sentence is served only while its judgment is in force. An escaped prisoner who was found again is a prisoner again,
    also before the prison records the recapture: the detention has not ended. Who died in a custody is not.
    """
    escaped_on = select_escape_day()
    lost_basis = exists().where(
        sentence.id == detention.sentence_id, judgment.id == sentence.judgment_id,
        not_(and_(sentence.voided_at.is_(None), *Judgment.in_force(judgment))),
    )  # fmt: skip
    has_died = exists().where(later.outcome == DIED, *_is_custody_after(escaped_on))
    at_large = and_(detention.escaped.is_(True), ~or_(*select_held_since(escaped_on)))
    value = case(
        (at_large, literal(status.ESCAPED, String)),
        (and_(detention.kind == SENTENCE, ~lost_basis), literal(status.SERVING, String)),
        else_=literal(status.DETAINED, String),
    )
    since = case((at_large, escaped_on), else_=detention.since)
    is_prisoner = or_(detention.escaped.is_(False), and_(~_is_cleared_in_case(detention), ~has_died))
    return _select_facts(
        detention, value, since, detention.unit_code, detention.person_id.in_(ids), detention.ended_on.is_(None),
        is_prisoner,
    )  # fmt: skip


def select_supervision_orders(ids):
    """Return people under judicial supervision by an order in force."""
    return select(
        order.person_id, literal(status.SUPERVISED, String), order.issued_on, literal("court_order", String),
        order.id, order.kind, order.number, order.court_code, order.owner_unit_code,
    ).where(
        order.person_id.in_(ids), order.kind == SUPERVISION, order.status == state_machine.IN_FORCE,
        order.voided_at.is_(None), exists().where(person.id == order.person_id, person.voided_at.is_(None)),
    )  # fmt: skip


def has_lost_judgment():
    """Return the condition that the sentence of a release is void, or its judgment is set aside, replaced or void."""
    return exists().where(
        prison.id == release.detention_id, sentence.id == prison.sentence_id, judgment.id == sentence.judgment_id,
        not_(and_(sentence.voided_at.is_(None), *Judgment.in_force(judgment))),
    )  # fmt: skip


def select_release_facts(ids):
    """Return released people, for as long as the release document allows the follow-up.

    Judicial supervision whose document names no last day goes on. A later detention in the same case takes the place of the
    release. The final decision that clears the person in the case ends it, as it suspends the orders of the case. A conditional
    release without a judgment in force is a release: no sentence runs.
    """
    held_again = exists().where(
        prison.person_id == release.person_id, prison.case_id == release.case_id, prison.voided_at.is_(None),
        prison.id != release.detention_id, prison.since >= release.released_on,
    )  # fmt: skip
    value = case(
        (and_(release.kind == PAROLE, ~has_lost_judgment()), literal(status.ON_PAROLE, String)),
        (release.kind == SUPERVISION, literal(status.SUPERVISED, String)),
        else_=literal(status.RELEASED, String),
    )
    return _select_facts(
        release, value, release.released_on, release.reports_to_code,
        release.person_id.in_(ids), is_followed(release, dates.now().date()), ~held_again,
        ~_is_cleared_in_case(release),
    )  # fmt: skip


def select_cleared(ids):
    """Return former suspects with an involvement ended by a final decision in every case."""
    has_open = exists().where(
        other.person_id == involvement.person_id,
        other.voided_at.is_(None),
        other.role.in_(SUSPECT_ROLES),
        other.ended_on.is_(None),
    )
    return _select_facts(
        involvement, literal(status.CLEARED, String), involvement.ended_on, involvement.unit_code,
        involvement.person_id.in_(ids), involvement.role.in_(SUSPECT_ROLES), involvement.ended_on.is_not(None), ~has_open,
    )  # fmt: skip
