"""Scheduled job: units and chiefs are notified before a protection order ends: the protected person may ask for an extension."""
# commits: the step of a scheduled job

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.chain_of_command import find_responsible_chief
from app.inbox.message_texts import register_texts
from app.inbox.reminders import is_reminded, send_reminder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.protection_orders.models import ProtectionOrder, is_in_state
from app.protection_orders.rules import IN_FORCE

ENDS_SOON, REMIND_DAYS, BATCH_SIZE = "protection_order.ends_soon", 7, 500
register_texts(**{ENDS_SOON: _("Protection order %(number)s is in force until %(until)s only.")})


def send_reminders(session):
    """Notify units and chiefs of orders that end within a week, once for each last day. Return the number of orders."""
    today = dates.now().date()
    last = today + timedelta(days=REMIND_DAYS)
    ends_soon = ProtectionOrder.ends_on.between(today, last), is_in_state(IN_FORCE, today)
    is_new = ~is_reminded(ProtectionOrder, ENDS_SOON, ProtectionOrder.ends_on)
    found = select(ProtectionOrder).where(*ends_soon, is_new).order_by(ProtectionOrder.ends_on)
    orders = session.scalars(found.limit(BATCH_SIZE)).unique().all()
    for order in orders:
        role, chief_unit = find_responsible_chief(order.unit_code)
        for to in ({"to_unit": order.unit_code}, {"to_role": role, "to_unit": chief_unit}):
            send_reminder(session, order, ENDS_SOON, order.number, order.ends_on, **to)
    commit(session)
    return len(orders)
