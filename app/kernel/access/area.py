"""The area of a record: one column for each level of its place, and the conditions that use them.

The columns are compared with `=`. A range over the prefix of a code would sort the whole province to show 25 rows.
"""

from functools import lru_cache

from flask_babel import lazy_gettext as _
from sqlalchemy import String, and_, or_
from sqlalchemy.orm import Mapped, declared_attr

from app.kernel.schema.fields import field

LEVELS = {2: "province_code", 4: "district_code", 6: "commune_code"}


class HasArea:
    """Mixin with the province, district and commune of a record."""

    @declared_attr
    def province_code(cls) -> Mapped[str | None]:
        return field(String(2), label=_("Province"), on="", index=True)

    @declared_attr
    def district_code(cls) -> Mapped[str | None]:
        return field(String(4), label=_("District"), on="", index=True)

    @declared_attr
    def commune_code(cls) -> Mapped[str | None]:
        return field(String(6), label=_("Commune"), on="", index=True)

    def set_area(self, place_code):
        """Set the columns of the area from an official place code."""
        self.province_code, self.district_code, self.commune_code = _levels(place_code or "")


@lru_cache(32_768)  # more than there are places
def _levels(place_code):
    return tuple(place_code[:digits] if len(place_code) >= digits else None for digits in LEVELS)


def in_area(columns, area):
    """Return the condition that a row with the area columns `columns` is in `area`; None if nationwide."""
    return getattr(columns, LEVELS[len(area)]) == area if area else None


def is_of_units(column, units):
    """Return the condition that a column holds one of these unit codes."""
    return column == units[0] if len(units) == 1 else column.in_(units)


def scope_condition(scope, levels, case_id, of_families, *beyond):
    """Return the condition that a row is within a limited scope.

    The row is in the area and of the offence families, or its case is shared, or one of the conditions `beyond` holds.
    `of_families(families)` returns the condition that a row belongs to one of these families.
    """
    bounds = [in_area(levels, scope.area)] if scope.area else []
    bounds += [of_families(sorted(scope.offence_families))] if scope.offence_families else []
    shared = [case_id.in_(sorted(scope.shared_case_ids))] if scope.shared_case_ids else []
    return or_(and_(*bounds), *shared, *beyond)


def exclude_blind(condition, case_id, scope):
    """Return the row filter without the rows of the cases whose line-up the reader shows to a witness."""
    if scope.is_unrestricted or not scope.blind_case_ids:
        return condition
    seen = or_(case_id.is_(None), case_id.not_in(sorted(scope.blind_case_ids)))
    return seen if condition is None else and_(condition, seen)
