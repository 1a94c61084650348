"""Rule V078: limitation of the action and of the penalty. Only an act of the court begins it again."""

from calendar import monthrange

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

CHECKED_ACTS = ("checked", "validated", "executed")
# A document of the court after the order. Acts of the police and entries in the system interrupt nothing.
COURT_ACTS = ("restored",)
JUDGMENTS = ("judgment", "default_judgment", "appeal_judgment")
ACTION, PENALTY = "limitation", "penalty"  # codes of time limits, followed by the class of the offence


def limitation_has_not_passed(event, facts):
    order = event.order
    if event.kind not in CHECKED_ACTS or order is None or event.at is None:
        return
    limit, since, ends = find_limitation(order, facts.limits)
    if ends is None or event.at.date() < ends:
        return
    text = _(
        "%(years)s years have passed since the last act of the court, %(day)s (%(basis)s). Ask the court whether the order may still be executed, and enter the reason.",
        years=limit.amount,
        day=since,
        basis=limit.basis,
    )
    yield Problem("person" if event.kind == "checked" else "at", text, "V078", WARNING)


def find_limitation(order, limits):
    """Return (limit, last act of the court, day on which the limitation ends); the day is None if one of them is not known."""
    limit = limits.get(f"{_get_kind(order)}_{order.offence_class}")
    since = find_last_court_act(order)
    is_known = limit is not None and since is not None
    return limit, since, add_years(since, limit.amount) if is_known else None


def find_last_court_act(order):
    """Return the day of the newest document of the court: the order itself, or a later one."""
    later = (one.document_date for one in order.acts if one.kind in COURT_ACTS and one.voided_at is None)
    return max((day for day in (order.issued_on, *later) if day), default=None)


def _get_kind(order):
    basis = order.basis_order
    is_penalty = order.kind in JUDGMENTS or (basis is not None and basis.kind in JUDGMENTS)
    return PENALTY if is_penalty else ACTION


def add_years(day, years):
    """Return the same day some years later; 28 February for a leap day."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
