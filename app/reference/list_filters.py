"""List filters by a place and by a unit, each with everything in it or below it."""

from flask_babel import lazy_gettext as _
from sqlalchemy import false, func, or_

from app.kernel.access.area import in_area
from app.kernel.screens.list_filters import ListFilter
from app.reference.search import count_units, find_units_below

VILLAGE_CODE_LENGTH = 8
PLACE, UNIT = _("Place"), _("Unit and units below it")


def area_filter(columns, in_village=None, label=PLACE):
    """Return the filter by a province, district, commune or village, on the area columns of `columns`.

    `in_village(code)` returns the condition for a village. Without it no row is in a village.
    """

    def build(code):
        if len(code) < VILLAGE_CODE_LENGTH:
            return in_area(columns, code)
        return in_village(code) if in_village else false()

    return ListFilter(label, lookup="place", build=build)


def unit_filter(*columns, label=UNIT):
    """Return the filter by a unit and the units below it, on one or more columns of a unit code."""

    def build(code):
        codes = find_units_below(code)
        # The national unit excludes nothing: by an index, all rows would be read one unit after the other.
        if len(codes) == count_units():
            return func.coalesce(*columns, "") != ""
        return or_(*(column.in_(codes) for column in columns))

    return ListFilter(label, lookup="units", build=build)
