"""Notifies the chief when the author withdraws a suspect or a seized exhibit of a case.

The withdrawal counts at once, and one officer could drop a suspect or an exhibit without a second look.
"""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Exhibit, Involvement
from app.cases.rules import SHOWN_ROLES
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.database.pending import Pending
from app.kernel.schema.record_lock import is_withdrawal

SUSPECT, EXHIBIT = "case.suspect_withdrawn", "case.exhibit_withdrawn"
WITHDRAWN = Pending(list)

register_texts(
    **{
        SUSPECT: _("An officer withdrew a suspect from case %(number)s. Check the reason on its page."),
        EXHIBIT: _(
            "An officer withdrew a seized exhibit from case %(number)s. Check the reason on its page."
        ),
    }
)


def collect_withdrawals(session, _context):
    """Collect the withdrawn suspects and exhibits. Nothing can be added during a flush, so messages wait."""
    for row in session.dirty:
        is_suspect = isinstance(row, Involvement) and row.role in SHOWN_ROLES
        is_seized = isinstance(row, Exhibit) and row.property_role != "stolen"
        if (is_suspect or is_seized) and is_withdrawal(session, row):
            WITHDRAWN.get(session).append((row.case, SUSPECT if is_suspect else EXHIBIT))


def notify_chief(session, _context):
    """Send the notices of the collected rows to the chief of the unit of the case, after the flush."""
    for case, text_key in WITHDRAWN.take(session):
        role, unit_code = find_responsible_chief(case.unit_code)
        about = {"entity": "case", "entity_id": case.id, "number": case.number}
        send_message(session, NOTICE, text_key=text_key, to_role=role, to_unit=unit_code, **about)
