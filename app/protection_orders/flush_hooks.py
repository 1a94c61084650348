"""The end of an order follows from its written steps. The author alone cannot end or weaken a protection."""

from flask_babel import lazy_gettext as _

from app.confirmations.models import IN_EFFECT
from app.kernel.access.hidden_identity import get_stored
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.protection_orders import rules
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep

CHANGED = Pending(list)  # protection orders with a changed step


def collect_changes(session, _context):
    """Collect the orders of new and changed steps."""
    steps = [one for one in (*session.new, *session.dirty) if isinstance(one, ProtectionOrderStep)]
    CHANGED.get(session).extend(one.order for one in steps if one.order is not None)


def set_ends(session, _context):
    """Compute the end of the collected orders. The next flush writes it."""
    for order in CHANGED.take(session):
        order.update_derived()


def refuse_early_ends(session, _context, _instances):
    """Refuse what ends or weakens an order that protects: days, terms, its withdrawal, and that of a step that strengthens it.

    A later day of the notice would make an earlier breach lawful, also after the order has ended.
    """
    if EXEMPTIONS in session.info:  # a correction by three officers
        return
    with session.no_autoflush:
        for record in session.dirty:
            if isinstance(record, ProtectionOrder):
                problem = _check_order(record)
            elif isinstance(record, ProtectionOrderStep):
                problem = _check_step(record)
            else:
                continue
            if problem is not None:
                raise RuleViolation([problem])


def _check_step(step):
    if (
        _is_withdrawn(step)
        and step.kind in rules.STRENGTHENS
        and step.confirmation in IN_EFFECT
        and _protects(step.order)
    ):
        text = _(
            "Enter the earlier last day or the changed terms as a step of the order. A second officer confirms it."
        )
        return Problem("reason", text, "V173")
    return None


def _check_order(order):
    today = dates.now().date()
    if rules.is_earlier(order.until_on, get_stored(order, "until_on")):
        text = _("Enter the earlier last day as a step of the order. A second officer confirms it.")
        return Problem("until_on", text, "V173")
    if order.starts_on > max(today, get_stored(order, "starts_on")):
        text = _("The order protects from the day entered before. A correction changes it.")
        return Problem("starts_on", text, "V173")
    informed_on = get_stored(order, "informed_on")
    if informed_on is not None and (order.informed_on is None or order.informed_on > informed_on):
        text = _("The restrained person was notified on the day entered before. A correction changes it.")
        return Problem("informed_on", text, "V173")
    if not _protects(order):
        return None
    if _is_withdrawn(order):
        text = _("Enter as a step that the order was entered by mistake. A second officer confirms it.")
        return Problem("reason", text, "V173")
    if (name := rules.find_weaker_term(order, lambda name: get_stored(order, name))) is not None:
        text = _("Enter the changed terms as a step of the order. A second officer confirms it.")
        return Problem(name, text, "V173")
    return None


def _is_withdrawn(record):
    return record.is_void and has_changed(record, ("voided_at",))


def _protects(order):
    """Return whether an order protects before the flush."""
    days = (get_stored(order, name) for name in ("ends_on", "ended_on"))
    return rules.protects(*days, dates.now().date())
