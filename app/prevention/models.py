"""The model of a prevention programme. It belongs to the unit that enters it."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.kernel.access.owned_by_unit import OwnedByUnit
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.prevention import rules
from app.reference.models import Place


class PreventionProgramme(OwnedByUnit, Record):
    """What a unit does in an area against one or two offence families, and what it wants to achieve."""

    __tablename__ = "prevention_programme"
    __rules__ = rules.PROGRAMME
    __editable_after_lock__ = {"ends_on": "a programme may end earlier or later than planned"}

    title: Mapped[str] = field(String(200), label=_("Title"), on="list show add edit search", width=12)
    text: Mapped[str] = field(String(1000), label=_("What is done"), on="show add edit", width=12)
    goal: Mapped[str] = field(String(400), label=_("Goal"), on="show add edit", width=12)
    place_code: Mapped[str] = field(String(8), ForeignKey("place.code"), label=_("Area"), on="", index=True)
    family: Mapped[str] = code_field(
        "offence_family", label=_("Offence family"), on="list show add edit search"
    )
    second_family: Mapped[str | None] = code_field(
        "offence_family", label=_("Second offence family"), on="show add edit"
    )
    starts_on: Mapped[date] = field(Date, label=_("Begins on"), on="list show add edit order", width=3)
    ends_on: Mapped[date | None] = field(Date, label=_("Ends on"), on="list show add edit", width=3)
    comparison_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Comparison area"), on=""
    )
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)

    place: Mapped[Place] = link(place_code, lookup="place", label=_("Area"), on="list show add edit")
    comparison: Mapped[Place | None] = link(
        comparison_code,
        lookup="place",
        label=_("Comparison area"),
        help=_("Without one, the rest of the country is compared."),
        on="show add edit",
    )
    owner: Mapped[User | None] = link(
        owner_id, lookup="officer", label=_("Officer in charge"), on="show add edit"
    )

    __table_args__ = (Index("ix_prevention_programme_starts", "starts_on", "id"),)

    @property
    def families(self):
        """Return the offence families that the programme is against."""
        return [family for family in (self.family, self.second_family) if family]

    def __str__(self):
        return self.title or ""
