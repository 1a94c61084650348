"""Scheduled job: officers are reminded of requests without an answer."""
# unrestricted: reminds the officers of all units
# commits: the step of a scheduled job

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from app.inbox.actions import send_message
from app.inbox.models import TASK
from app.investigation.models import InvestigationAct
from app.kernel.database.transactions import commit
from app.kernel.text import dates

BATCH_SIZE = 500


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
