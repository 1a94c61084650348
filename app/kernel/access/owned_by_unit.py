"""Records that belong to a unit: the ready row filter for a model that is linked to no case, person or order."""

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, String, column, func, inspect, or_, select, table
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from app.kernel.access.area import is_of_units
from app.kernel.schema.fields import link

# The `info` of a unit column that a successor receives when the unit closes, because it holds a duty and no fact.
FOLLOWS_UNIT = {"follows_unit": True}
# A plain table, because the reference data is a package above this one.
_units = table("unit", column("code", String), column("area_code", String), column("parent_code", String)).c
LEVELS_BELOW = 3  # commissariat, inspectorate and post below the General Commissariat


def is_owned_within(unit_code, scope):
    """Return the condition that the unit in this column is the reader's, or in the reader's area; None for all units."""
    if scope.is_unrestricted or scope.is_nationwide:
        return None
    own = is_of_units(unit_code, scope.units)
    if scope.offence_families:
        return own
    inside = func.substr(_units.area_code, 1, len(scope.area)) == scope.area
    return or_(own, unit_code.in_(select(_units.code).where(inside)))


def is_of_units_below(unit_code, units):
    """Return the condition that a column holds one of these unit codes, or a unit below one of them."""
    is_below = is_of_units(_units.parent_code, units)
    for _level in range(1, LEVELS_BELOW):
        is_below = or_(
            is_of_units(_units.parent_code, units),
            _units.parent_code.in_(select(_units.code).where(is_below)),
        )
    return or_(is_of_units(unit_code, units), unit_code.in_(select(_units.code).where(is_below)))


class OwnedByUnit:
    """Mixin of a record of a unit. The unit sees it, and every unit with the whole area of this unit.

    `unit` is by default the unit of the author. Departments, scoped by an offence family, see their own records.
    """

    __row_policy__ = "of_unit"

    @declared_attr
    def unit_code(cls) -> Mapped[str | None]:
        return mapped_column(String(20), ForeignKey("unit.code"), index=True)

    @declared_attr
    def unit(cls):
        return link(
            cls.unit_code,
            argument="Unit",
            lookup="unit",
            label=_("Unit"),
            on="list show add edit search",
            last=True,
        )

    @classmethod
    def __row_filter__(cls, scope):
        return is_owned_within(cls.unit_code, scope)

    def update_derived(self):
        if inspect(self).pending and self.__dict__.get("unit", self) is None:
            # An empty field of the form is no choice: without this, it would replace the unit of the author.
            set_committed_value(self, "unit", None)

    def is_in_scope(self, scope):
        return self.unit_code in scope.units
