"""Where a record lies: the levels of its place as columns.

They are compared with `=`; a range over the beginning of a code sorts the province before it shows 25 rows.
"""

from functools import lru_cache

from flask_babel import lazy_gettext as _
from sqlalchemy import String, and_, or_
from sqlalchemy.orm import Mapped, declared_attr

from app.kernel.schema.fields import field

LEVELS = {2: "province_code", 4: "district_code", 6: "commune_code"}


class Located:
    """A record with the levels of its place."""

    @declared_attr
    def province_code(cls) -> Mapped[str | None]:
        return field(String(2), label=_("Province"), on="", index=True)

    @declared_attr
    def district_code(cls) -> Mapped[str | None]:
        return field(String(4), label=_("District"), on="", index=True)

    @declared_attr
    def commune_code(cls) -> Mapped[str | None]:
        return field(String(6), label=_("Commune"), on="", index=True)

    def lie_in(self, place_code):
        self.province_code, self.district_code, self.commune_code = _levels(place_code or "")


@lru_cache(32_768)  # more than there are places
def _levels(place_code):
    return tuple(place_code[:digits] if len(place_code) >= digits else None for digits in LEVELS)


def lies_in(columns, area):
    """The criterion that a row with the levels `columns` lies in `area`; None for the whole nation."""
    return getattr(columns, LEVELS[len(area)]) == area if area else None


def in_part(scope, levels, case_id, of_families, *beyond):
    """The criterion that a row is part of a scope that is bounded: it lies in the area and is of the families, its
    case was shared, or it is seen for what else is in `beyond`.

    `of_families(families)` gives the criterion that a row is of one of them.
    """
    bounds = [lies_in(levels, scope.area)] if scope.area else []
    bounds += [of_families(sorted(scope.families))] if scope.families else []
    shared = [case_id.in_(sorted(scope.shared))] if scope.shared else []
    return or_(and_(*bounds), *shared, *beyond)
