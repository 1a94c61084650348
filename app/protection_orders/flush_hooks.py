"""Changes that end a protection early. The author alone cannot make them; a step with a second officer does."""

from flask_babel import lazy_gettext as _

from app.kernel.access.hidden_identity import get_stored
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.protection_orders import rules
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep


def refuse_early_ends(session, _context, _instances):
    """Refuse an earlier last day, a later first day, and the withdrawal of an order that protects or of an extension."""
    if EXEMPTIONS in session.info:  # a correction by three officers
        return
    with session.no_autoflush:
        for record in session.dirty:
            if isinstance(record, (ProtectionOrder, ProtectionOrderStep)) and (problem := _check(record)):
                raise RuleViolation([problem])


def _check(record):
    today, is_withdrawn = dates.now().date(), record.is_void and has_changed(record, ("voided_at",))
    if isinstance(record, ProtectionOrderStep):
        if is_withdrawn and record.kind == rules.EXTENDED:
            text = _("Enter the earlier last day of the order. A second officer confirms it.")
            return Problem("reason", text, "V173")
    elif is_withdrawn and rules.protects(record, today):
        text = _("Enter as a step that the order was entered by mistake. A second officer confirms it.")
        return Problem("reason", text, "V173")
    elif rules.is_earlier(record.until_on, get_stored(record, "until_on")):
        text = _("Enter the earlier last day as a step of the order. A second officer confirms it.")
        return Problem("until_on", text, "V173")
    elif record.starts_on > max(today, get_stored(record, "starts_on")):
        text = _("The order protects from the day entered before. A correction changes it.")
        return Problem("starts_on", text, "V173")
    return None
