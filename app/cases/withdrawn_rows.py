"""Notifies the chief when the author withdraws a suspect, an offence, an exhibit or later information of a case, or
changes what was seized or stolen.

The change counts at once, and one officer could drop a suspect, an offence, an exhibit, information or the search for a stolen
item without a second look.
"""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import CaseOffence, Exhibit, Involvement, Supplement
from app.cases.models.exhibits import INDEXED_NUMBERS
from app.cases.rules import SHOWN_ROLES
from app.cases.rules.exhibits import STOLEN
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.database.pending import Pending
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import is_locked, is_withdrawal

SUSPECT, EXHIBIT, CHANGED = "case.suspect_withdrawn", "case.exhibit_withdrawn", "case.exhibit_changed"
STOLEN_ITEM, OFFENCE = "case.stolen_item_changed", "case.offence_withdrawn"
SUPPLEMENT = "case.supplement_withdrawn"
NUMBERS = (*INDEXED_NUMBERS, "imei")  # a stolen item is found by them
WITHDRAWN = Pending(list)

register_texts(
    **{
        SUSPECT: _("An officer withdrew a suspect from case %(number)s. Check the reason on its page."),
        OFFENCE: _(
            "An officer withdrew an offence from case %(number)s, or replaced it by another one. Check the reason on its page."
        ),
        SUPPLEMENT: _(
            "An officer withdrew later information from case %(number)s. Check the reason on its page."
        ),
        EXHIBIT: _(
            "An officer withdrew a seized exhibit from case %(number)s. Check the reason on its page."
        ),
        CHANGED: _(
            "An officer changed a seized exhibit of case %(number)s: its type, status, number, substance or quantity."
            " Compare it with the paper."
        ),
        STOLEN_ITEM: _(
            "An officer withdrew a stolen item of case %(number)s, or changed its type, its status or a number. The search for"
            " it has changed. Compare it with the complaint."
        ),
    }
)


def collect_withdrawals(session, _context):
    """Collect the withdrawn rows, and what was changed of exhibits.

    Nothing can be added during a flush, so messages wait.
    """
    for row in session.dirty:
        if isinstance(row, Involvement) and row.role in SHOWN_ROLES and is_withdrawal(session, row):
            WITHDRAWN.get(session).append((row.case, SUSPECT))
        elif isinstance(row, Supplement) and is_withdrawal(session, row):
            WITHDRAWN.get(session).append((row.case, SUPPLEMENT))
        elif isinstance(row, CaseOffence) and not is_locked(row):
            if is_withdrawal(session, row) or has_changed(row, ("offence_code",)):
                WITHDRAWN.get(session).append((row.case, OFFENCE))
        elif isinstance(row, Exhibit) and not is_locked(row):
            is_stolen = get_value_before(row, "property_role") == STOLEN
            if is_withdrawal(session, row):
                WITHDRAWN.get(session).append((row.case, STOLEN_ITEM if is_stolen else EXHIBIT))
            elif is_stolen and _is_found_otherwise(row):
                WITHDRAWN.get(session).append((row.case, STOLEN_ITEM))
            elif not is_stolen and _is_weakened(row):
                WITHDRAWN.get(session).append((row.case, CHANGED))


def _is_weakened(exhibit):
    quantity = get_value_before(exhibit, "quantity")
    is_less = quantity is not None and (exhibit.quantity is None or exhibit.quantity < quantity)
    return is_less or _is_found_otherwise(exhibit) or has_changed(exhibit, ("substance", "measure"))


def _is_found_otherwise(exhibit):
    """Return whether another search finds the item: it has lost a number, or has another type or status."""
    is_lost = any(get_value_before(exhibit, one) and has_changed(exhibit, (one,)) for one in NUMBERS)
    return is_lost or has_changed(exhibit, ("kind", "property_role"))


def notify_chief(session, _context):
    """Send the notices of the collected rows to the chief of the unit of the case, after the flush."""
    for case, text_key in WITHDRAWN.take(session):
        role, unit_code = find_responsible_chief(case.unit_code)
        about = {"entity": "case", "entity_id": case.id, "number": case.number}
        send_message(session, NOTICE, text_key=text_key, to_role=role, to_unit=unit_code, **about)
