"""Tasks about records that another act leaves open: the unit in charge records how they end.

The tasks follow from the records alone. A void act withdraws its tasks, and the answer completes them.
"""
# unrestricted: finds the open records of the people of this flush nationwide, to ask their units; shows no row

from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Integer, String, and_, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.cases.models import Case, CaseDisposition, Involvement
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Arrest, Custody, CustodyStep, Detention, Judgment, Release, Sentence
from app.custody.models.releases import is_followed
from app.custody.rules import custodies
from app.custody.rules.arrests import ARREST_KINDS
from app.custody.rules.detentions import EXTRADITED, SENTENCED
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.time_limits import PROVISIONAL
from app.custody.status_sources import DIED as DIED_IN_CUSTODY
from app.custody.status_sources import SUPERVISION, has_lost_judgment, select_escape_day, select_held_since
from app.custody.unserved_sentences import is_unserved_on, sentence
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import TASK, Message
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person

DIED, RECAPTURED = "custody.person_died", "detention.recaptured"
TRANSFERRED, SUPERVISED = "custody.transferred", "detention.supervision_ordered"
NON_SUIT = "non_suit.undecided"
HELD_AGAIN, JUDGED, RELEASE_ORDERED = "release.held_again", "supervision.judged", "detention.release_ordered"
CLEARED, UNSERVED = "release.cleared", "sentence.unserved"
RECALLED, OVERTURNED = "release.supervision_recalled", "release.overturned"
register_texts(
    **{
        DIED: _("The death of %(person)s is confirmed. Record the end of %(number)s with its document."),
        RECAPTURED: _(
            "%(person)s, who escaped from detention %(number)s, was arrested. Record the recapture, or the end of the detention."
        ),
        TRANSFERRED: _(
            "%(person)s was transferred to this unit from custody %(number)s, and the time limit runs on. Record the arrival, or the end of the custody."
        ),
        SUPERVISED: _(
            "An order of judicial supervision names %(person)s, who is detained (%(number)s). Record the release under supervision, or ask the court."
        ),
        NON_SUIT: _(
            "A non-suit ended the case of %(number)s, which still holds for %(person)s. Enter the decision about this person as a judgment, with the step that it is final, or the indictment."
        ),
        HELD_AGAIN: _(
            "%(person)s was detained again. Ask the court whether the follow-up of release %(number)s goes on, and record its end."
        ),
        JUDGED: _(
            "A conviction of %(person)s is final. Ask the court whether the supervision %(number)s goes on, and record its end."
        ),
        CLEARED: _(
            "A final decision cleared %(person)s in the case of release %(number)s. Record the end of the follow-up with its document."
        ),
        RECALLED: _(
            "The court recalled the order of judicial supervision of %(person)s. Ask it whether the supervision of release %(number)s ends too, and record its end."
        ),
        OVERTURNED: _(
            "The judgment of %(person)s was set aside, voided or replaced by a later one. Ask the court whether the follow-up of release %(number)s goes on, and record its end."
        ),
        UNSERVED: _(
            "%(person)s was set free, and no prison executes sentence %(number)s. Ask the prosecutor, and enter the detention or what changed the sentence."
        ),
    }
)
ASKED = (
    DIED,
    RECAPTURED,
    TRANSFERRED,
    SUPERVISED,
    NON_SUIT,
    HELD_AGAIN,
    JUDGED,
    CLEARED,
    UNSERVED,
    RECALLED,
    OVERTURNED,
)
GOING_TO_OTHERS = (SENTENCED, DIED_IN_CUSTODY, EXTRADITED)  # ends of a detention without freedom
# Steps of a case, and kinds of orders.
ENDING, GOING_ON, INDICTMENT, RELEASE = "non_suit", ("appeal", "open"), "indictment", "release"
TOUCHED = Pending(set)  # persons whose open records may need an answer
LETTERS = {
    "arrest": "A",
    "custody": "K",
    "detention": "D",
    "release": "R",
    "sentence": "S",
}  # of record numbers


def collect_people(session, _context):
    """Collect the people whose records have changed in a way that asks a question or answers one."""
    touched = TOUCHED.get(session)
    touched |= {one.person_id for one in session.new if _may_ask(one, is_new=True)}
    for one in session.dirty:
        if isinstance(one, Person) and has_changed(one, ("deceased_on",)):
            touched.add(one.id)
        elif _may_ask(one, is_new=False) and session.is_modified(one, include_collections=False):
            touched.add(one.person_id)
    cases = {one.case_id for one in (*session.new, *session.dirty) if _ends_case(one)}
    if cases:
        row = Involvement.__table__.c
        with unrestricted(session):
            touched |= set(session.scalars(select(row.person_id).where(row.case_id.in_(cases))))


def _ends_case(record):
    return isinstance(record, CaseDisposition) and record.kind in (ENDING, *GOING_ON)


def _may_ask(record, is_new):
    """Return True if the record can open a question of `_select_questions`, or answer one."""
    if (
        isinstance(record, Custody) and is_new
    ):  # the arrest before it has asked; the arrival answers a transfer
        is_dead = record.person is not None and record.person.deceased_on is not None
        return is_dead or record.counts_from < record.arrived_at
    if isinstance(record, Judgment):
        return record.verdict == CONVICTED
    if isinstance(record, Involvement):
        return has_changed(record, ("ended_on",))
    if isinstance(record, CourtOrder):
        return record.kind in (SUPERVISION, INDICTMENT, RELEASE) or (
            record.case_id is not None and has_changed(record, ("status", "case_id"))
        )
    return isinstance(record, (Arrest, Custody, Detention, Release, Sentence))


def update_tasks(session):
    """Send the tasks about the open records of these people, and complete those that are answered. Runs before the commit."""
    if session.in_nested_transaction():
        return
    session.flush()
    ids = sorted(one for one in TOUCHED.take(session) if one is not None)
    if not ids:
        return
    values = {"ids": ids, "today": dates.now().date()}
    with unrestricted(session):
        rows = session.execute(_select_questions_and_tasks(), values).all()
        questions = {tuple(row[:3]): row for row in rows if row.unit_code is not None}
        asked = {tuple(row[:3]) for row in rows if row.unit_code is None}
        for text_key, entity, entity_id in sorted(asked - set(questions)):
            complete_tasks(session, entity, entity_id, text_key)
        for key in sorted(set(questions) - asked):
            text_key, entity, entity_id, person_id, unit_code, number = questions[key]
            if unit_code:
                about = {"entity": entity, "entity_id": entity_id, "to_unit": unit_code}
                facts = {
                    "person": f"P-{person_id:07d}",
                    "number": number or f"{LETTERS[entity]}-{entity_id:07d}",
                }
                send_message(session, TASK, text_key=text_key, **about, **facts)
    session.flush()


@cache
def _select_questions_and_tasks():
    """Return the statement for (text, entity, id, person, unit, number) of what must be asked, and of open tasks.

    A task has no unit. Both are read at once, because every change of a status asks.
    """
    return union_all(*_list_questions(), *_list_tasks())


def _list_questions():
    arrest, custody, detention, release = (one.__table__.c for one in (Arrest, Custody, Detention, Release))
    order = CourtOrder.__table__.c
    today = bindparam("today", type_=Date)
    is_tracked = is_followed(release, today)
    open_rows = (
        (arrest, arrest.by_unit_code, (arrest.awaits_custody.is_(True),)),
        (custody, custody.held_by_code, (custody.ended_at.is_(None),)),
        (detention, detention.unit_code, (detention.ended_on.is_(None),)),
        (release, release.reports_to_code, (is_tracked,)),
    )
    found = [_select(DIED, row, unit, *is_open, _is_dead(row)) for row, unit, is_open in open_rows]
    found.append(_select_transfers(custody, arrest))
    found += _list_non_suits(detention, order)
    ordered = exists().where(
        order.person_id == detention.person_id, order.kind == SUPERVISION, order.voided_at.is_(None),
        order.status == state_machine.IN_FORCE, order.issued_on >= detention.since,
        or_(order.case_id.is_(None), order.case_id == detention.case_id),
    )  # fmt: skip
    provisional = detention.kind == PROVISIONAL, detention.ended_on.is_(None), ~_is_dead(detention)
    found.append(_select(SUPERVISED, detention, detention.unit_code, *provisional, ordered))
    escaped = detention.escaped.is_(True), detention.ended_on.is_(None), ~_is_dead(detention)
    escaped_on = select_escape_day()
    found.append(
        _select(RECAPTURED, detention, detention.unit_code, *escaped, or_(*select_held_since(escaped_on)))
    )
    later = aliased(Detention.__table__).c
    held_again = exists().where(
        later.person_id == release.person_id, later.voided_at.is_(None), later.id != release.detention_id,
        later.since >= release.released_on,
    )  # fmt: skip
    found.append(
        _select(HELD_AGAIN, release, release.reports_to_code, is_tracked, held_again, ~_is_dead(release))
    )
    row = Involvement.__table__.c
    is_cleared = exists().where(
        row.person_id == release.person_id, row.case_id == release.case_id, row.ended_on.is_not(None), row.voided_at.is_(None)
    )  # fmt: skip
    found.append(
        _select(
            OVERTURNED, release, release.reports_to_code, is_tracked, has_lost_judgment(), ~is_cleared, ~_is_dead(release)
        )
    )  # fmt: skip
    found.append(
        _select(CLEARED, release, release.reports_to_code, is_tracked, is_cleared, ~_is_dead(release))
    )
    found.append(
        _select(
            RECALLED, release, release.reports_to_code, is_tracked, release.kind == SUPERVISION, _is_recalled(release, order),
            ~_is_dead(release),
        )
    )  # fmt: skip
    supervised = order.kind == SUPERVISION, order.status == state_machine.IN_FORCE, ~_is_dead(order)
    found += [
        _select(
            JUDGED, release, release.reports_to_code, is_tracked, release.kind == SUPERVISION, ~_is_dead(release),
            _is_convicted(release, release.released_on),
        ),
        _select(
            JUDGED, order, order.owner_unit_code, *supervised, _is_convicted(order, order.issued_on), number=order.number
        ),
    ]  # fmt: skip
    found.append(_select_unserved())
    return found


def _select_unserved():
    """Return the statement for the sentences that no prison executes, of people who were set free since they are final."""
    case, detention, custody = (one.__table__.c for one in (Case, Detention, Custody))
    ended_on = func.date(custody.ended_at, type_=Date)
    is_held, was_freed = (
        exists()
        .where(detention.person_id == sentence.person_id, detention.voided_at.is_(None), *conditions)
        .correlate(Sentence.__table__)
        for conditions in (
            (detention.ended_on.is_(None),),
            (detention.end_reason.not_in(GOING_TO_OTHERS), *is_unserved_on(detention.ended_on)),
        )
    )
    was_released = exists().where(
        custody.person_id == sentence.person_id, custody.voided_at.is_(None), custody.outcome == custodies.RELEASED,
        *is_unserved_on(ended_on),
    ).correlate(Sentence.__table__)  # fmt: skip
    unit = select(case.unit_code).where(case.id == sentence.case_id).scalar_subquery()
    return _select(UNSERVED, sentence, unit, ~is_held, or_(was_freed, was_released), ~_is_dead(sentence))


def _list_non_suits(detention, order):
    """Yield the statements for what still holds for a suspect of a case that ended by a non-suit.

    The step of the case names no person: the investigating judge may have indicted others in the same document.
    """
    restrains = or_(
        and_(order.status == state_machine.ACTIVE, order.kind.in_(ARREST_KINDS)),
        and_(order.status == state_machine.IN_FORCE, order.kind.in_(state_machine.RESTRAINING_KINDS)),
    )
    yield _select(
        NON_SUIT, order, order.owner_unit_code, restrains, _has_ended(order), ~_is_dead(order), number=order.number
    )  # fmt: skip
    is_held = detention.kind == PROVISIONAL, detention.ended_on.is_(None)
    yield _select(
        NON_SUIT, detention, detention.unit_code, *is_held, _has_ended(detention), ~_is_dead(detention)
    )


def _has_ended(row):
    """Return the condition that a non-suit names the person of a record, or ended its case and no indictment names the person."""
    ended, later = (aliased(CaseDisposition.__table__).c for _name in range(2))
    goes_on = exists().where(
        later.case_id == ended.case_id, later.kind.in_(GOING_ON), later.voided_at.is_(None),
        or_(later.decided_on > ended.decided_on, and_(later.decided_on == ended.decided_on, later.id > ended.id)),
    )  # fmt: skip
    is_ended = ended.case_id == row.case_id, ended.kind == ENDING, ended.voided_at.is_(None)
    return or_(
        _has_paper(row, ENDING), and_(exists().where(*is_ended, ~goes_on), ~_has_paper(row, INDICTMENT))
    )


def _has_paper(row, kind):
    """Return the condition that an order of this kind in the case is in force against the person of a record."""
    paper = aliased(CourtOrder.__table__).c
    return exists().where(paper.case_id == row.case_id, *_is_in_force(paper, row, kind))


def _has_release_order(row):
    """Return the condition that an order to release the person of a record is in force. It may name no case."""
    return exists().where(*_is_in_force(aliased(CourtOrder.__table__).c, row, RELEASE))


def _is_in_force(paper, row, kind):
    in_force = paper.status == state_machine.IN_FORCE, paper.voided_at.is_(None)
    return paper.person_id == row.person_id, paper.kind == kind, *in_force


def _select_transfers(custody, arrest):
    """Return the statement for the custodies that ended with a transfer to another unit, where no arrival is recorded."""
    step, later = CustodyStep.__table__.c, aliased(Custody.__table__).c
    is_end = step.custody_id == custody.id, step.kind == custodies.END, step.voided_at.is_(None)
    receiver = select(func.max(step.to_unit_code)).where(*is_end).scalar_subquery()
    awaits = exists().where(
        arrest.id == custody.arrest_id, arrest.voided_at.is_(None), arrest.awaits_custody.is_(True)
    )
    is_continued = exists().where(
        later.arrest_id == custody.arrest_id, later.arrived_at > custody.arrived_at, later.voided_at.is_(None)
    )
    is_left = custody.outcome == custodies.TRANSFERRED, awaits, ~is_continued, ~_is_dead(custody)
    return _select(TRANSFERRED, custody, receiver, *is_left)


def _is_dead(row):
    person = Person.__table__.c
    return exists().where(person.id == row.person_id, person.deceased_on.is_not(None))


def _is_recalled(release, order):
    """Return the condition that the court recalled the last order of supervision since the release."""
    event = OrderEvent.__table__.c
    of_person = (
        order.person_id == release.person_id, order.kind == SUPERVISION, order.voided_at.is_(None),
        or_(order.case_id.is_(None), order.case_id == release.case_id),
    )  # fmt: skip
    recalled_on = func.coalesce(event.document_date, func.date(event.at, type_=Date))
    is_recall = event.order_id == order.id, event.kind == "recalled", event.voided_at.is_(None)
    recalled = exists().where(
        *of_person, order.status == state_machine.RECALLED, *is_recall, recalled_on >= release.released_on
    )
    in_force = exists().where(*of_person, order.status == state_machine.IN_FORCE)
    return and_(recalled, ~in_force)


def _is_convicted(row, since):
    """Return the condition that a final conviction in the case of the record followed it."""
    judgment = Judgment.__table__.c
    return exists().where(
        judgment.person_id == row.person_id, judgment.case_id == row.case_id, judgment.verdict == CONVICTED,
        judgment.final_on.is_not(None), judgment.decided_on >= since, *Judgment.in_force(judgment),
    )  # fmt: skip


def _select(text_key, row, unit, *conditions, number=None):
    columns = (
        literal(text_key, String), literal(row.id.table.name, String), row.id, row.person_id, unit.label("unit_code"),
        number if number is not None else literal(None, String),
    )  # fmt: skip
    return select(*columns).where(
        row.voided_at.is_(None), row.person_id.in_(_ids()), unit.is_not(None), *conditions
    )


def _list_tasks():
    message, null = Message.__table__.c, literal(None, String)
    for model in (Arrest, Custody, Detention, Release, CourtOrder, Sentence):
        row = model.__table__.c
        is_asked = message.text_key.in_(ASKED)
        if model is Detention:  # a release order waits for the end of the detention, or is recalled or void
            is_over = or_(row.ended_on.is_not(None), ~_has_release_order(row))
            is_asked = or_(is_asked, and_(message.text_key == RELEASE_ORDERED, is_over))
        found = select(message.text_key, message.entity, message.entity_id, row.person_id, null, null)
        yield found.where(
            message.entity == row.id.table.name, message.entity_id == row.id, row.person_id.in_(_ids()),
            message.done_at.is_(None), is_asked,
        )  # fmt: skip


def _ids():
    return bindparam("ids", type_=Integer, expanding=True)
