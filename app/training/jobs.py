"""Scheduled jobs: tests whose time is over are ended, and holders are reminded before a certificate expires."""
# commits: the steps of scheduled jobs

from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.training.actions import finish_sitting
from app.training.models import Certificate, Sitting

REMIND = (7, 30, 60)  # days before the end


def finish_expired_tests(session):
    """End the work on tests whose time is over, and return their number."""
    found = select(Sitting).where(Sitting.finished_at.is_(None), Sitting.ends_at <= dates.now())
    over = session.scalars(found.order_by(Sitting.id).limit(500)).all()
    for sitting in over:
        finish_sitting(sitting)
    commit(session)
    return len(over)


def send_reminders(session):
    """Remind the holders of certificates 60, 30 and 7 days before the end, and return the number of reminders."""
    today, later = dates.now().date(), aliased(Certificate)
    renewed = (
        select(later.id)
        .where(
            later.user_id == Certificate.user_id,
            later.revoked_at.is_(None),
            later.valid_until > Certificate.valid_until,
        )
        .exists()
    )
    due = select(Certificate).where(
        Certificate.user_id.is_not(None), Certificate.revoked_at.is_(None), ~renewed,
        Certificate.valid_until.between(today, today + timedelta(days=max(REMIND))),
    )  # fmt: skip
    sent = 0
    for one in session.scalars(due).all():
        step = next(days for days in REMIND if (one.valid_until - today).days <= days)
        row = Certificate.__table__.c
        first = session.execute(
            update(Certificate.__table__)
            .where(
                row.id == one.id, or_(row.reminded_days.is_(None), func.coalesce(row.reminded_days, 0) > step)
            )
            .values(reminded_days=step)
        )
        if first.rowcount:  # another process may run at the same time
            facts = {"number": one.number, "until": f"{one.valid_until:%d/%m/%Y}"}
            send_message(session, NOTICE, text_key="certificate.expires", to_user=one.user_id, **facts)
            sent += 1
    commit(session)
    return sent
