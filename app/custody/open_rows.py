"""Tasks about records that another act leaves open: the unit in charge records how they end.

The tasks follow from the records alone. A void act withdraws its tasks, and the answer completes them.
"""
# unrestricted: finds the open records of the people of this flush nationwide, to ask their units; shows no row

from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Integer, String, and_, bindparam, exists, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention, Judgment, Release
from app.custody.models.releases import is_followed
from app.custody.rules.judgments import CONVICTED
from app.custody.status_sources import SUPERVISION, select_escape_day, select_held_since
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import TASK, Message
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person

DIED, RECAPTURED = "custody.person_died", "detention.recaptured"
HELD_AGAIN, JUDGED, RELEASE_ORDERED = "release.held_again", "supervision.judged", "detention.release_ordered"
register_texts(
    **{
        DIED: _("The death of %(person)s is confirmed. Record the end of %(number)s with its document."),
        RECAPTURED: _(
            "%(person)s, who escaped from detention %(number)s, was arrested. Record the recapture, or the end of the detention."
        ),
        HELD_AGAIN: _(
            "%(person)s was detained again. Ask the court whether the follow-up of release %(number)s goes on, and record its end."
        ),
        JUDGED: _(
            "A conviction of %(person)s is final. Ask the court whether the supervision %(number)s goes on, and record its end."
        ),
    }
)
TOUCHED = Pending(set)  # persons whose open records may need an answer
LETTERS = {"arrest": "A", "custody": "K", "detention": "D", "release": "R"}  # of record numbers


def collect_people(session, _context):
    """Collect the people whose records have changed in a way that asks a question or answers one."""
    touched = TOUCHED.get(session)
    touched |= {one.person_id for one in session.new if _may_ask(one, is_new=True)}
    for one in session.dirty:
        if isinstance(one, Person) and has_changed(one, ("deceased_on",)):
            touched.add(one.id)
        elif _may_ask(one, is_new=False) and session.is_modified(one, include_collections=False):
            touched.add(one.person_id)


def _may_ask(record, is_new):
    """Return True if the record can open a question of `_select_questions`, or answer one."""
    if isinstance(record, Custody) and is_new:  # the arrest before it has asked
        return record.person is not None and record.person.deceased_on is not None
    if isinstance(record, Judgment):
        return record.verdict == CONVICTED
    if isinstance(record, CourtOrder):
        return record.kind == SUPERVISION
    return isinstance(record, (Arrest, Custody, Detention, Release))


def update_tasks(session, _context):
    """Send the tasks about the open records of these people, and complete those that are answered."""
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
    return found


def _is_dead(row):
    person = Person.__table__.c
    return exists().where(person.id == row.person_id, person.deceased_on.is_not(None))


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
    for model in (Arrest, Custody, Detention, Release, CourtOrder):
        row = model.__table__.c
        is_asked = message.text_key.in_((DIED, RECAPTURED, HELD_AGAIN, JUDGED))
        if model is Detention:  # a release order waits for the end of the detention
            is_asked = or_(is_asked, and_(message.text_key == RELEASE_ORDERED, row.ended_on.is_not(None)))
        found = select(message.text_key, message.entity, message.entity_id, row.person_id, null, null)
        yield found.where(
            message.entity == row.id.table.name, message.entity_id == row.id, row.person_id.in_(_ids()),
            message.done_at.is_(None), is_asked,
        )  # fmt: skip


def _ids():
    return bindparam("ids", type_=Integer, expanding=True)
