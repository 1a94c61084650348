"""Scheduled jobs: officers are reminded of requests without an answer, and before the deadline of an investigation."""
# unrestricted: reminds the officers of all units
# commits: the steps of scheduled jobs

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from app.inbox.actions import send_message
from app.inbox.models import TASK
from app.inbox.reminders import is_reminded, send_reminder
from app.investigation.models import CaseAssignment, InvestigationAct
from app.kernel.database.transactions import commit
from app.kernel.text import dates

BATCH_SIZE = 500
DUE_SOON, REMIND_DAYS = "investigation.due_soon", 3  # before the day on which an investigation is due


def send_reminders(session):
    """Give the officers of overdue requests a task, each once, and return the number of tasks."""
    now, row, sent = dates.now(), InvestigationAct.__table__.c, 0
    is_waiting = (
        InvestigationAct.answered_at.is_(None), InvestigationAct.reminded_at.is_(None),
        InvestigationAct.voided_at.is_(None), InvestigationAct.due_at < now,
    )  # fmt: skip
    found = select(InvestigationAct).where(*is_waiting).order_by(InvestigationAct.due_at).limit(BATCH_SIZE)
    options = joinedload(InvestigationAct.case), joinedload(InvestigationAct.officer)
    for act in session.scalars(found.options(*options)).unique().all():
        first = session.execute(
            update(InvestigationAct.__table__)
            .where(row.id == act.id, row.reminded_at.is_(None))
            .values(reminded_at=now)
        )
        if first.rowcount:  # another process may run at the same time
            officer = act.officer
            to = {"to_user": officer.id} if officer.active else {"to_unit": act.unit_code}
            about = {"entity": InvestigationAct.__tablename__, "entity_id": act.id, "number": act.case.number}
            send_message(session, TASK, text_key="act.overdue", due_at=act.due_at, **about, **to)
            sent += 1
    commit(session)
    return sent


def remind_of_deadlines(session):
    """Notify officers of their investigations that are due soon, each day once, and return the number of notices."""
    last = dates.now().date() + timedelta(days=REMIND_DAYS)
    is_due = (
        CaseAssignment.due_on <= last, CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None),
        ~is_reminded(CaseAssignment, DUE_SOON, CaseAssignment.due_on),
    )  # fmt: skip
    found = select(CaseAssignment).where(*is_due).order_by(CaseAssignment.due_on).limit(BATCH_SIZE)
    options = joinedload(CaseAssignment.case), joinedload(CaseAssignment.officer)
    due = session.scalars(found.options(*options)).unique().all()
    for one in due:
        to = {"to_user": one.officer_id} if one.officer.active else {"to_unit": one.case.unit_code}
        send_reminder(session, one, DUE_SOON, one.case.number, one.due_on, **to)
    commit(session)
    return len(due)
