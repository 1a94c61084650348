"""The end of an order follows from its written steps. The author alone cannot end a protection early."""

from flask_babel import lazy_gettext as _

from app.kernel.access.hidden_identity import get_stored
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.protection_orders import rules
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep

CHANGED = "protection orders with a changed step"  # a key in `Session.info`


def collect_changes(session, _context):
    """Collect the orders of new and changed steps."""
    steps = [one for one in (*session.new, *session.dirty) if isinstance(one, ProtectionOrderStep)]
    session.info.setdefault(CHANGED, []).extend(one.order for one in steps if one.order is not None)


def set_ends(session, _context):
    """Compute the end of the collected orders. The next flush writes it."""
    for order in session.info.pop(CHANGED, ()):
        order.update_derived()


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
