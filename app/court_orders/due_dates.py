"""How old an order is, whether its next step is overdue, and whether it must be validated with the court first."""

from datetime import timedelta

from flask_babel import lazy_gettext as _

from app.court_orders import state_machine
from app.court_orders.rules.events import STALE_AFTER
from app.kernel.text import dates

# Up to so many days since it was issued; what lies beyond the last one is older.
BANDS = (
    ("week", 7, _("up to 7 days")),
    ("month", 30, _("8 to 30 days")),
    ("quarter", 90, _("31 to 90 days")),
    ("year", 365, _("91 days to 1 year")),
    ("five_years", 5 * 365, _("1 to 5 years")),
    ("older", None, _("more than 5 years")),
)


def days_of(band):
    """(the latest, the earliest) day of issue in an age band as seen today; None where it has no end."""
    today, before = dates.now().date(), -1
    for key, most, _words in BANDS:
        if key == band:
            earliest = None if most is None else today - timedelta(days=most)
            return today - timedelta(days=before + 1), earliest
        before = most
    raise KeyError(band)


def age_of(order):
    """The key of the age band in which an order lies today."""
    days = (dates.now().date() - order.issued_on).days
    return next(key for key, most, _words in BANDS if most is None or days <= most)


def is_overdue(order):
    return order.due_on is not None and order.due_on < dates.now().date()


def is_stale(order):
    """Not validated in its year and a month: still wanted, and to be validated with the court first."""
    if order.status != state_machine.ACTIVE or order.validate_by is None:
        return False
    return order.validate_by + STALE_AFTER < dates.now().date()
