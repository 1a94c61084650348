"""Notifies the chief when the author withdraws a contact with a minor: the work for the child ends with one officer."""

from app.accounts.chain_of_command import find_responsible_chief
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record_lock import is_withdrawal
from app.minors.models import MinorContact

WITHDRAWN = "minor_contact.withdrawn"
register_texts(
    **{WITHDRAWN: _("An officer withdrew contact %(number)s with a minor. Check the reason on its page.")}
)


def notify_chiefs(session, _context, _instances):
    """Send the notice to the chief of the unit of each contact that its author withdraws."""
    for contact in session.dirty:
        if isinstance(contact, MinorContact) and is_withdrawal(session, contact):
            role, unit = find_responsible_chief(contact.unit_code)
            about = {"entity": contact.__tablename__, "entity_id": contact.id, "number": contact.number}
            send_message(session, NOTICE, text_key=WITHDRAWN, to_role=role, to_unit=unit, **about)
