"""Age bands of orders, and the tests for an overdue next step and a missed validation."""

from datetime import timedelta

from flask_babel import lazy_gettext as _

from app.court_orders import state_machine
from app.court_orders.rules.events import STALE_AFTER
from app.kernel.text import dates

# (key, highest age in days since the date of issue, label). The last band has no end.
BANDS = (
    ("week", 7, _("up to 7 days")),
    ("month", 30, _("8 to 30 days")),
    ("quarter", 90, _("31 to 90 days")),
    ("year", 365, _("91 days to 1 year")),
    ("five_years", 5 * 365, _("1 to 5 years")),
    ("older", None, _("more than 5 years")),
)


def issue_dates_in(band):
    """Return (latest, earliest) date of issue of an age band today. The last band has no earliest date."""
    today, before = dates.now().date(), -1
    for key, most, _words in BANDS:
        if key == band:
            earliest = None if most is None else today - timedelta(days=most)
            return today - timedelta(days=before + 1), earliest
        before = most
    raise KeyError(band)


def find_age_band(order):
    """Return the key of the age band of the order today."""
    days = (dates.now().date() - order.issued_on).days
    return next(key for key, most, _words in BANDS if most is None or days <= most)


def is_overdue(order):
    """Return True if the due date of the next step has passed."""
    return order.due_on is not None and order.due_on < dates.now().date()


def is_stale(order):
    """Return True if the order missed its yearly validation by more than 31 days. It stays in force."""
    if order.status != state_machine.ACTIVE or order.validate_by is None:
        return False
    return order.validate_by + STALE_AFTER < dates.now().date()
