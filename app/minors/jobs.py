"""Scheduled job: juvenile officers and the chief are notified before a diversion of a minor ends."""
# commits: the step of a scheduled job

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.account_functions import JUVENILE_OFFICER
from app.accounts.chain_of_command import find_responsible_chief
from app.inbox.message_texts import register_texts
from app.inbox.reminders import is_reminded, send_reminder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.minors.models import MinorContact
from app.minors.rules import RUNNING

ENDS_SOON, REMIND_DAYS, BATCH_SIZE = "minor_contact.ends_soon", 7, 500
register_texts(
    **{
        ENDS_SOON: _(
            "The diversion of contact %(number)s ends on %(until)s. Record whether the minor kept to the plan."
        )
    }
)


def send_reminders(session):
    """Notify juvenile officers and chiefs of diversions that end within a week, once for each last day. Return their number."""
    last = dates.now().date() + timedelta(days=REMIND_DAYS)
    is_due = (
        MinorContact.state == RUNNING, MinorContact.voided_at.is_(None), MinorContact.due_on <= last,
        ~is_reminded(MinorContact, ENDS_SOON, MinorContact.due_on),
    )  # fmt: skip
    found = select(MinorContact).where(*is_due).order_by(MinorContact.due_on).limit(BATCH_SIZE)
    contacts = session.scalars(found).unique().all()
    for one in contacts:
        role, chief_unit = find_responsible_chief(one.unit_code)
        officers = {"to_role": JUVENILE_OFFICER, "to_unit": one.unit_code}
        for to in (officers, {"to_role": role, "to_unit": chief_unit}):
            send_reminder(session, one, ENDS_SOON, one.number, one.due_on, **to)
    commit(session)
    return len(contacts)
