"""Notifies the chief when the author withdraws a suspect or a seized exhibit of a case, or changes what was seized.

The change counts at once, and one officer could drop a suspect or an exhibit without a second look.
"""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Exhibit, Involvement
from app.cases.rules import SHOWN_ROLES
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.database.pending import Pending
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import is_locked, is_withdrawal

SUSPECT, EXHIBIT, CHANGED = "case.suspect_withdrawn", "case.exhibit_withdrawn", "case.exhibit_changed"
STOLEN = "stolen"
WITHDRAWN = Pending(list)

register_texts(
    **{
        SUSPECT: _("An officer withdrew a suspect from case %(number)s. Check the reason on its page."),
        EXHIBIT: _(
            "An officer withdrew a seized exhibit from case %(number)s. Check the reason on its page."
        ),
        CHANGED: _(
            "An officer changed the type, the status, the substance or the quantity of a seized exhibit of case %(number)s."
            " Compare it with the paper."
        ),
    }
)


def collect_withdrawals(session, _context):
    """Collect the withdrawn suspects and exhibits, and what was changed of exhibits.

    Nothing can be added during a flush, so messages wait.
    """
    for row in session.dirty:
        if isinstance(row, Involvement) and row.role in SHOWN_ROLES and is_withdrawal(session, row):
            WITHDRAWN.get(session).append((row.case, SUSPECT))
        elif (
            isinstance(row, Exhibit)
            and not is_locked(row)
            and get_value_before(row, "property_role") != STOLEN
        ):
            if is_withdrawal(session, row):
                WITHDRAWN.get(session).append((row.case, EXHIBIT))
            elif _is_weakened(row):
                WITHDRAWN.get(session).append((row.case, CHANGED))


def _is_weakened(exhibit):
    quantity = get_value_before(exhibit, "quantity")
    is_less = quantity is not None and (exhibit.quantity is None or exhibit.quantity < quantity)
    return is_less or has_changed(exhibit, ("kind", "property_role", "substance", "measure"))


def notify_chief(session, _context):
    """Send the notices of the collected rows to the chief of the unit of the case, after the flush."""
    for case, text_key in WITHDRAWN.take(session):
        role, unit_code = find_responsible_chief(case.unit_code)
        about = {"entity": "case", "entity_id": case.id, "number": case.number}
        send_message(session, NOTICE, text_key=text_key, to_role=role, to_unit=unit_code, **about)
