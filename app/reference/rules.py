"""Rules of units, courts, laws and time limits, and of validity periods."""

import re

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


def period_ends_after_it_begins(record, facts):
    if record.valid_from and record.valid_to and record.valid_to < record.valid_from:
        text = _("The last day in force cannot be before the first, %(first)s.", first=record.valid_from)
        yield Problem("valid_to", text)


def forbid_cycle(name, text):
    """Return the rule that a record's parent in field `name` is neither the record itself nor below it."""

    def rule(record, facts):
        above, seen = getattr(record, name), set()
        while above is not None and above.code not in seen:
            if above.code == record.code:
                yield Problem(name, text)
                return
            seen.add(above.code)
            above = getattr(above, name)

    return rule


unit_is_not_below_itself = forbid_cycle(
    "parent", _("A unit cannot be subordinate to itself or to a unit below it.")
)
UNIT_CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")


def unit_code_is_no_place_code(unit, facts):
    """A code of digits is that of a place: lists of a province would show the unit the rows of that province."""
    if unit.code and not UNIT_CODE.fullmatch(unit.code):
        yield Problem(
            "code", _("A unit code has capital letters, digits and hyphens, and begins with a letter: PC-02.")
        )


court_is_not_its_own_appeal = forbid_cycle(
    "appeal",
    _("The appeal court cannot be this court, or a court that sends its appeals here. Choose another court."),
)


COURT_LEVELS = ("first_instance", "appeal_court", "supreme_court")


def appeal_goes_to_a_higher_court(court, facts):
    above = court.appeal
    if above is None or court.level not in COURT_LEVELS or above.level not in COURT_LEVELS:
        return
    if COURT_LEVELS.index(above.level) <= COURT_LEVELS.index(court.level):
        yield Problem("appeal", _("An appeal goes to a court of a higher level. Choose another court."))


def limit_is_positive(limit, facts):
    if limit.amount is not None and limit.amount < 1:
        yield Problem("amount", _("A time limit must be at least 1."))
