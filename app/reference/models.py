"""Places, units, courts, prisons, laws and offences. Official codes are the keys; nothing here is a person."""

from datetime import date

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import language
from app.kernel.i18n.yes_no import DUE, SUCH, THERE
from app.kernel.schema.fields import coded, count, field, flag, link, parts, several
from app.kernel.text import khmer
from app.reference import rules


class Named:
    """Something with a Khmer and a Latin or English name; `name_sort` orders it as a dictionary does."""

    def __str__(self):
        return self.name_en if language() == "en" and self.name_en else self.name_km

    def derive(self):
        self.name_sort = khmer.sort_key(self.name_km)


class Place(Named, Model):
    """A province, district, commune or village of the gazetteer, by its official code of 2, 4, 6 or 8 digits."""

    __tablename__ = "place"

    code: Mapped[str] = field(String(8), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(120), label=_("Name in Khmer"), on="list show search")
    name_en: Mapped[str] = field(String(120), label=_("Latin name"), on="list show search")
    level: Mapped[int] = field(Integer, label=_("Level"), on="")
    kind: Mapped[str] = coded("place_level", label=_("Kind of place"), on="list show search")
    parent_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Lies in"), on="", index=True
    )
    latitude: Mapped[float | None] = field(Float, label=_("Latitude"), on="show")
    longitude: Mapped[float | None] = field(Float, label=_("Longitude"), on="show")
    name_sort: Mapped[str] = field(String(400), label=_("Sort key"), on="", index=True)
    # Names of the place, then of all it lies in, folded (see `reference.folding`), with | between the levels.
    search_text: Mapped[str] = field(String(600), label=_("Search text"), on="")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="show")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="show")
    to_confirm: Mapped[bool] = flag(DUE, label=_("To be confirmed"), on="show search")

    parent: Mapped["Place | None"] = link(
        parent_code, lookup="place", label=_("Lies in"), on="list show", remote_side=code
    )


class Unit(Named, Model):
    """A police unit with its area (an official place code; empty is the nation) and its offence families."""

    __tablename__ = "unit"
    __rules__ = (rules.unit_is_not_below_itself,)

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    kind: Mapped[str] = coded("unit_kind", label=_("Kind of unit"), on="list show add edit search")
    parent_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Belongs to"), on="", index=True
    )
    area_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Area"), on="")
    families: Mapped[str | None] = several(
        "code.offence_family", 300, label=_("Offence families"), on="show add edit"
    )
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(DUE, label=_("To be confirmed"), on="show add edit search")

    parent: Mapped["Unit | None"] = link(
        parent_code, lookup="unit", label=_("Belongs to"), on="list show add edit", remote_side=code
    )
    area: Mapped["Place | None"] = link(area_code, lookup="place", label=_("Area"), on="list show add edit")

    def derive(self):
        super().derive()
        self.families = ",".join(parts(self.families)) or None

    def covers(self, place_code):
        """Whether a place lies in the area of this unit."""
        return not self.area_code or (place_code or "").startswith(self.area_code)


class Court(Named, Model):
    """A court; `area` lists the province codes it serves."""

    __tablename__ = "court"
    __rules__ = (rules.court_is_not_its_own_appeal,)

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    level: Mapped[str] = coded("court_level", label=_("Level of court"), on="list show add edit search")
    appeal_code: Mapped[str | None] = field(
        String(20), ForeignKey("court.code"), label=_("Appeal goes to"), on=""
    )
    area: Mapped[str] = several("province", 100, label=_("Provinces served"), on="show add edit")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(DUE, label=_("To be confirmed"), on="show add edit search")

    appeal: Mapped["Court | None"] = link(
        appeal_code, lookup="court", label=_("Appeal goes to"), on="list show add edit", remote_side=code
    )

    def derive(self):
        super().derive()
        self.area = ",".join(parts(self.area))


class Prison(Named, Model):
    """A prison or correctional centre."""

    __tablename__ = "prison"

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    kind: Mapped[str] = coded("prison_kind", label=_("Kind of prison"), on="list show add edit search")
    province_code: Mapped[str] = field(String(8), ForeignKey("place.code"), label=_("Province"), on="")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(DUE, label=_("To be confirmed"), on="show add edit search")

    province: Mapped[Place] = link(
        province_code, lookup="province", label=_("Province"), on="list show add edit"
    )


class Law(Named, Model):
    """A law that makes acts punishable, with its days in force."""

    __tablename__ = "law"
    __rules__ = (rules.ends_after_it_begins,)

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(300), label=_("Title in Khmer"), on="list show search")
    name_en: Mapped[str] = field(String(300), label=_("Title in English"), on="list show search")
    royal_kram: Mapped[str | None] = field(String(60), label=_("Royal Kram"), on="list show")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show edit")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show edit")
    day_unsure: Mapped[bool] = flag(DUE, label=_("Day in force to be confirmed"), on="show edit")
    to_confirm: Mapped[bool] = flag(DUE, label=_("Title to be confirmed"), on="show search")
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", index=True)


class Offence(Named, Model):
    """An offence of a law: its article, class and family, and the days in force.

    Penalties of the source table were mostly written from memory; they are not loaded (docs/decisions).
    """

    __tablename__ = "offence"
    __rules__ = (rules.ends_after_it_begins,)

    code: Mapped[str] = field(String(40), label=_("Code"), on="show search order", primary_key=True)
    law_code: Mapped[str] = field(String(20), ForeignKey("law.code"), label=_("Law"), on="", index=True)
    article: Mapped[str | None] = field(String(40), label=_("Article"), on="list show search")
    name_km: Mapped[str] = field(String(300), label=_("Title in Khmer"), on="list show search")
    name_en: Mapped[str] = field(String(300), label=_("Title in English"), on="list show search")
    # Empty: the class hangs on the facts or nobody could tell it, and the clerk is asked for it. With
    # `class_unsure` it is a proposal that the clerk may change.
    offence_class: Mapped[str | None] = coded(
        "offence_class", label=_("Class of offence"), on="list show edit search"
    )
    class_unsure: Mapped[bool] = flag(DUE, label=_("Class to be confirmed"), on="show edit")
    family: Mapped[str] = coded("offence_family", label=_("Offence family"), on="list show edit search")
    causes_death: Mapped[bool] = flag(THERE, label=_("Causes a death"), on="show")
    involuntary: Mapped[bool] = flag(SUCH, label=_("Involuntary"), on="show")
    protects_victim: Mapped[bool] = flag(DUE, label=_("Identity of victim protected"), on="show")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show edit")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show edit")
    day_unsure: Mapped[bool] = flag(DUE, label=_("Day in force to be confirmed"), on="show")
    to_confirm: Mapped[bool] = flag(DUE, label=_("Title or article to be confirmed"), on="show search")
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", index=True)
    search_text: Mapped[str] = field(String(900), label=_("Search text"), on="")

    law: Mapped[Law] = link(law_code, lookup="law", label=_("Law"), on="list show")

    def in_force(self, day):
        """Whether the offence was law on `day`; an unknown first or last day does not exclude it."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class TimeLimit(Named, Model):
    """How long the law lets somebody be held, or what it asks before; with the basis on which that is believed.

    Only what was confirmed refuses; the rest warns (docs/decisions/0016).
    """

    __tablename__ = "time_limit"
    __rules__ = (rules.is_some_time,)

    code: Mapped[str] = field(String(40), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="show edit search")
    amount: Mapped[int] = count(label=_("Amount"), on="list show edit")
    measure: Mapped[str] = coded("limit_measure", label=_("Measured in"), on="list show")
    basis: Mapped[str] = field(String(200), label=_("Basis"), on="list show edit", width=8)
    to_confirm: Mapped[bool] = flag(DUE, label=_("Advisory until confirmed"), on="list show edit search")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)


class Shipped(Model):
    """A row of the data files as it was last loaded: what is compared at the next load.

    A row is written again only when the *file* has changed it, so that a word corrected in the register stays
    corrected; and only a row that came from the files can be retired by leaving them.
    """

    __tablename__ = "shipped"

    table_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(90), primary_key=True)
    digest: Mapped[str] = mapped_column(String(16), nullable=False)


versioned_cache.watch("reference", Place, Unit, Court, Prison, Law, Offence, TimeLimit)
