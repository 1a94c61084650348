"""Rules of units, courts, laws and time limits, and of validity periods."""

import re

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.fields import split_keys
from app.kernel.schema.rules import Problem
from app.kernel.text import dates
from app.reference.periods import has_ended


def period_ends_after_it_begins(record, facts):
    if record.valid_from and record.valid_to and record.valid_to < record.valid_from:
        text = _("The last day in force cannot be before the first, %(first)s.", first=record.valid_from)
        yield Problem("valid_to", text)


# The extreme points of the land, with some metres of sea: latitude, longitude.
SOUTH, NORTH, WEST, EAST = 9.5, 14.75, 102.0, 107.75


def point_is_in_cambodia(place, facts):
    north, east = place.latitude, place.longitude
    if (north is None) != (east is None):
        yield Problem(
            "longitude" if east is None else "latitude", _("A point has a latitude and a longitude.")
        )
    elif north is not None and not SOUTH <= north <= NORTH:
        yield Problem("latitude", _("The point is outside Cambodia. Enter degrees such as 13.0957."))
    elif east is not None and not WEST <= east <= EAST:
        yield Problem("longitude", _("The point is outside Cambodia. Enter degrees such as 103.2022."))


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


def closed_unit_has_a_successor(unit, facts):
    if bool(unit.valid_to) != bool(unit.successor):
        text = _("A unit closes with its last day and the unit that replaces it. Enter both.")
        yield Problem("successor" if unit.valid_to else "valid_to", text)
    elif unit.valid_to and unit.valid_to > dates.now().date():
        yield Problem(
            "valid_to", _("The last day cannot be in the future: the unit closes with the approval.")
        )


def successor_can_take_over(unit, facts):
    """The successor sees what the closed unit saw: its area and offence families include those of the closed unit."""
    successor = unit.successor
    if successor is None:
        return
    area, families = (unit.area.code if unit.area else ""), set(split_keys(unit.families))
    wider = set(split_keys(successor.families))
    if has_ended(successor):
        yield Problem("successor", _("This unit has closed itself. Choose another successor."))
    if unit.code in _list_codes_above(successor):
        yield Problem("successor", _("The successor cannot be the unit itself or a unit below it."))
    if not area.startswith(successor.area_code or ""):
        yield Problem("successor", _("The area of the successor must include the area of this unit."))
    if wider and (not families or not families <= wider):
        text = _("The offence families of the successor must include those of this unit.")
        yield Problem("successor", text)


def _list_codes_above(unit):
    codes = []
    while unit is not None and unit.code not in codes:
        codes.append(unit.code)
        unit = unit.parent
    return codes


court_is_not_its_own_appeal = forbid_cycle(
    "appeal",
    _("The appeal court cannot be this court, or a court that sends its appeals here. Choose another court."),
)


COURT_LEVELS = ("first_instance", "appeal_court", "supreme_court")


def appeal_goes_to_the_next_level(court, facts):
    above = court.appeal
    if above is None or court.level not in COURT_LEVELS or above.level not in COURT_LEVELS:
        return
    if COURT_LEVELS.index(above.level) != COURT_LEVELS.index(court.level) + 1:
        text = _(
            "Appeals of a court of first instance go to a court of appeal, and from there to the Supreme Court. Choose another court."
        )
        yield Problem("appeal", text)


def require_sitting_court(date_column):
    """Return the rule that the court of a record sat on the day in this column."""

    def court_sat_on_this_day(record, facts):
        court, day = record.court, getattr(record, date_column)
        if court is None or day is None:
            return
        if court.valid_to and day > court.valid_to:
            yield Problem(
                "court", _("This court ended on %(day)s. Choose another court.", day=court.valid_to)
            )
        if court.valid_from and day < court.valid_from:
            yield Problem(
                "court", _("This court began on %(day)s. Choose another court.", day=court.valid_from)
            )

    return court_sat_on_this_day


# A date beyond the year 9999 cannot be computed.
LARGEST_LIMITS = {"hour": 9_000, "day": 4_000, "month": 1_200, "year": 100, "percent": 100, "third": 3}


def limit_is_possible(limit, facts):
    largest = LARGEST_LIMITS[limit.measure]
    if limit.amount is not None and not 1 <= limit.amount <= largest:
        yield Problem("amount", _("Enter a number from 1 to %(most)s.", most=largest))


def template_term_is_positive(template, facts):
    """A request has days for its answer; a notice asks for none."""
    if template.kind == "request" and not template.days:
        yield Problem("days", _("Enter the days for the answer, at least one."))
