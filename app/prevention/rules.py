"""Rules of a prevention programme."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

MAX_YEARS = 5
COMMUNE_DIGITS = 6


def programme_ends_after_it_begins(programme, facts):
    if programme.starts_on is None or programme.ends_on is None:
        return
    if programme.ends_on < programme.starts_on:
        yield Problem("ends_on", _("The programme ends before it begins."))
    elif (programme.ends_on - programme.starts_on).days > MAX_YEARS * 366:
        yield Problem(
            "ends_on", _("A programme has at most five years. Enter a new one for the time after it.")
        )


def areas_are_communes_or_larger(programme, facts):
    """The figures know no smaller area."""
    for name in ("place", "comparison"):
        area = getattr(programme, name)
        if area is not None and len(area.code) > COMMUNE_DIGITS:
            yield Problem(name, _("Choose a commune, a district or a province."))


def comparison_is_elsewhere(programme, facts):
    """An area cannot be compared with itself."""
    place, comparison = programme.place, programme.comparison
    if place is None or comparison is None:
        return
    if place.code.startswith(comparison.code) or comparison.code.startswith(place.code):
        yield Problem("comparison", _("Choose a comparison area outside the area of the programme."))


def families_differ(programme, facts):
    if programme.family is not None and programme.family == programme.second_family:
        yield Problem("second_family", _("Choose another offence family."))


PROGRAMME = (
    programme_ends_after_it_begins,
    areas_are_communes_or_larger,
    comparison_is_elsewhere,
    families_differ,
)
