"""Models of places, units, courts, prisons, laws and offences. Keys are official codes; no row describes a person."""

from datetime import date

from flask_appbuilder import Model
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Float, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import reader_language
from app.kernel.i18n.yes_no import APPLIES, IS_PRESENT, IS_REQUIRED
from app.kernel.schema.code_lists import synonyms_field
from app.kernel.schema.fields import code_field, count, field, flag, link, multi_choice, split_keys
from app.kernel.text import khmer
from app.reference import name_folding, rules
from app.reference.periods import has_ended

MAX_SEARCH_TEXT = 600  # characters
IS_COMMISSARIAT = text("kind IN ('capital_commissariat', 'provincial_commissariat') AND valid_to IS NULL")


class NamedMixin:
    """A record with a Khmer and a Latin or English name; `name_sort` sorts in dictionary order."""

    def __str__(self):
        return self.name_en if reader_language() == "en" and self.name_en else self.name_km

    def update_derived(self):
        self.name_sort = khmer.sort_key(self.name_km)


class EndingMixin(NamedMixin):
    """A unit or court that may end: old records keep it, and every list names it as ended."""

    def __str__(self):
        return mark_ended(super().__str__(), self)


def mark_ended(name, row):
    """Return the name of a unit or court, marked if it has ended."""
    return gettext("%(name)s (closed)", name=name) if has_ended(row) else name


class Place(NamedMixin, Model):
    """A province, district, commune or village of the gazetteer, by its official code of 2, 4, 6 or 8 digits."""

    __tablename__ = "place"
    __rules__ = (rules.period_ends_after_it_begins, rules.point_is_in_cambodia)
    __scope_columns__ = ("valid_from", "valid_to")  # cases of other days are warned about the place

    code: Mapped[str] = field(String(8), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(120), label=_("Name in Khmer"), on="list show edit search")
    name_en: Mapped[str] = field(String(120), label=_("Latin name"), on="list show edit search")
    level: Mapped[int] = field(Integer, label=_("Level"), on="")
    kind: Mapped[str] = code_field("place_level", label=_("Place type"), on="list show search")
    parent_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Located in"), on="", index=True
    )
    latitude: Mapped[float | None] = field(Float, label=_("Latitude"), on="show edit", width=3)
    longitude: Mapped[float | None] = field(Float, label=_("Longitude"), on="show edit", width=3)
    name_sort: Mapped[str] = field(String(400), label=_("Sort key"), on="", index=True)
    # Folded names of the place and of its parents (see `reference.name_folding`), with | between the levels.
    search_text: Mapped[str] = field(String(MAX_SEARCH_TEXT), label=_("Search text"), on="")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="show")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="show")
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("To be confirmed"), on="show edit search")

    parent: Mapped["Place | None"] = link(
        parent_code, lookup="place", label=_("Located in"), on="list show", remote_side=code
    )

    def update_derived(self):
        """Add the names to the forms by which the place is found. Former names still find it."""
        super().update_derived()
        own, bar, above = (self.search_text or "").partition("|")
        forms = [*name_folding.build_variants(self.name_km, self.name_en).split(), *own.split()]
        while len(" ".join(forms)) + len(bar + above) > MAX_SEARCH_TEXT:
            forms.pop()  # the oldest
        self.search_text = " ".join(dict.fromkeys(forms)) + bar + above


class Unit(EndingMixin, Model):
    """A police unit with its area (an official place code; empty for national units) and its offence families."""

    __tablename__ = "unit"
    __rules__ = (
        rules.unit_is_not_below_itself,
        rules.unit_code_is_no_place_code,
        rules.period_ends_after_it_begins,
        rules.closed_unit_has_a_successor,
        rules.successor_can_take_over,
    )
    # One commissariat decides for a province: a second one would divert its tasks.
    __table_args__ = (
        Index(
            "uq_unit_commissariat_area",
            "area_code",
            unique=True,
            sqlite_where=IS_COMMISSARIAT,
            postgresql_where=IS_COMMISSARIAT,
        ),
    )
    # The telephone confirms matches and found items: another one would answer for the unit.
    # The successor sees the rows of a closed unit, and receives its accounts.
    __scope_columns__ = (
        *("kind", "parent_code", "area_code", "families", "phone"),
        *("valid_from", "valid_to", "successor_code"),
    )

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    kind: Mapped[str] = code_field("unit_kind", label=_("Unit type"), on="list show add search")
    parent_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Parent unit"), on="", index=True
    )
    area_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Area"), on="")
    families: Mapped[str | None] = multi_choice(
        "code.offence_family", 300, label=_("Offence families"), on="show add"
    )
    phone: Mapped[str | None] = field(String(40), label=_("Telephone"), on="show add")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("To be confirmed"), on="show add edit search")

    parent: Mapped["Unit | None"] = link(
        parent_code, lookup="unit", label=_("Parent unit"), on="list show add", remote_side=code
    )
    area: Mapped["Place | None"] = link(area_code, lookup="place", label=_("Area"), on="list show add")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="show add")
    valid_to: Mapped[date | None] = field(
        Date,
        label=_("In force until"),
        help=_("A unit closes when the request is approved. Enter its last day, today or earlier."),
        on="list show",
    )
    successor_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Successor unit"), on="", index=True
    )
    successor: Mapped["Unit | None"] = link(
        successor_code,
        lookup="unit",
        label=_("Successor unit"),
        help=_(
            "It receives the accounts, messages, drafts and shares, and sees the records of the closed unit."
        ),
        on="show",
        remote_side=code,
    )

    def update_derived(self):
        super().update_derived()
        self.families = ",".join(split_keys(self.families)) or None

    def covers(self, place_code):
        """Return whether a place is in the area of this unit."""
        return not self.area_code or (place_code or "").startswith(self.area_code)


class Court(EndingMixin, Model):
    """A court; `area` lists the codes of the provinces it serves."""

    __tablename__ = "court"
    __rules__ = (
        rules.court_is_not_its_own_appeal,
        rules.appeal_goes_to_the_next_level,
        rules.period_ends_after_it_begins,
    )
    # No order, detention or judgment of a court can be entered for a day on which it does not sit.
    __scope_columns__ = ("valid_from", "valid_to")

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    level: Mapped[str] = code_field("court_level", label=_("Court level"), on="list show add edit search")
    appeal_code: Mapped[str | None] = field(
        String(20), ForeignKey("court.code"), label=_("Appeal court"), on=""
    )
    area: Mapped[str] = multi_choice("province", 100, label=_("Provinces served"), on="show add edit")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="show add")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show add")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("To be confirmed"), on="show add edit search")

    appeal: Mapped["Court | None"] = link(
        appeal_code, lookup="appeal_court", label=_("Appeal court"), on="list show add edit", remote_side=code
    )

    def update_derived(self):
        super().update_derived()
        self.area = ",".join(split_keys(self.area))


class Prison(NamedMixin, Model):
    """A prison or correctional centre."""

    __tablename__ = "prison"
    __scope_columns__ = ("province_code",)

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    kind: Mapped[str] = code_field("prison_kind", label=_("Prison type"), on="list show add edit search")
    province_code: Mapped[str] = field(String(8), ForeignKey("place.code"), label=_("Province"), on="")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("To be confirmed"), on="show add edit search")

    province: Mapped[Place] = link(province_code, lookup="province", label=_("Province"), on="list show add")


class Law(NamedMixin, Model):
    """A law that defines offences, with its validity period."""

    __tablename__ = "law"
    __rules__ = (rules.period_ends_after_it_begins,)
    __scope_columns__ = ("valid_from", "valid_to")  # no case outside the period has an offence of the law

    code: Mapped[str] = field(String(20), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(300), label=_("Title in Khmer"), on="list show search")
    name_en: Mapped[str] = field(String(300), label=_("Title in English"), on="list show search")
    royal_kram: Mapped[str | None] = field(String(60), label=_("Royal Kram"), on="list show")
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show")
    date_uncertain: Mapped[bool] = flag(
        IS_REQUIRED, label=_("Effective date to be confirmed"), on="show edit"
    )
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("Title to be confirmed"), on="show search")
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", index=True)


class Offence(NamedMixin, Model):
    """An offence of a law: its article, class, family and validity period.

    The penalties of the source table were mostly written from memory and are not loaded (docs/decisions).
    """

    __tablename__ = "offence"
    __rules__ = (rules.period_ends_after_it_begins,)
    # The class decides how long a person may be held, and whether a match is urgent. No case outside the period has the
    # offence.
    __scope_columns__ = (
        "family", "protects_victim", "offence_class", "class_uncertain", "valid_from", "valid_to",
    )  # fmt: skip

    code: Mapped[str] = field(String(40), label=_("Code"), on="show search order", primary_key=True)
    law_code: Mapped[str] = field(String(20), ForeignKey("law.code"), label=_("Law"), on="", index=True)
    article: Mapped[str | None] = field(String(40), label=_("Article"), on="list show search")
    name_km: Mapped[str] = field(String(300), label=_("Title in Khmer"), on="list show search")
    name_en: Mapped[str] = field(String(300), label=_("Title in English"), on="list show search")
    # Empty if the class depends on the facts or is unknown: then the clerk selects it. With `class_uncertain`
    # the class is a proposal that the clerk may change.
    offence_class: Mapped[str | None] = code_field(
        "offence_class", label=_("Offence class"), on="list show search"
    )
    class_uncertain: Mapped[bool] = flag(IS_REQUIRED, label=_("Class to be confirmed"), on="show")
    family: Mapped[str] = code_field("offence_family", label=_("Offence family"), on="list show search")
    causes_death: Mapped[bool] = flag(IS_PRESENT, label=_("Causes a death"), on="show")
    involuntary: Mapped[bool] = flag(APPLIES, label=_("Involuntary"), on="show")
    protects_victim: Mapped[bool] = flag(IS_REQUIRED, label=_("Identity of victim protected"), on="show")
    # Its cases are protected in the figures, whatever their people are. Some families are too.
    protected_group: Mapped[str | None] = code_field(
        "protected_group", label=_("Protected in figures as"), on="show"
    )
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show")
    date_uncertain: Mapped[bool] = flag(IS_REQUIRED, label=_("Effective date to be confirmed"), on="show")
    to_confirm: Mapped[bool] = flag(
        IS_REQUIRED, label=_("Title or article to be confirmed"), on="show search"
    )
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", index=True)
    search_text: Mapped[str] = field(String(900), label=_("Search text"), on="")

    synonyms: Mapped[str | None] = synonyms_field()

    law: Mapped[Law] = link(law_code, lookup="law", label=_("Law"), on="list show")

    def is_in_force(self, day):
        """Return whether the offence was in force on `day`; an unknown first or last day excludes nothing."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class TimeLimit(NamedMixin, Model):
    """A legal time limit of custody, detention or sentences, or a condition before one, with its basis.

    Only a confirmed limit refuses; the others warn (docs/decisions/0016).
    """

    __tablename__ = "time_limit"
    __rules__ = (rules.limit_is_possible,)
    __scope_columns__ = ("amount", "to_confirm")  # they decide how long a person may be held

    code: Mapped[str] = field(String(40), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="show edit search")
    amount: Mapped[int] = count(label=_("Amount"), on="list show")
    # A scheduled job moves the ends of open records after a change.
    applied_amount: Mapped[int | None] = count(label=_("Amount for open records"), on="show")
    measure: Mapped[str] = code_field("limit_measure", label=_("Measurement unit"), on="list show")
    basis: Mapped[str] = field(String(200), label=_("Basis"), on="list show edit", width=8)
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("Advisory until confirmed"), on="list show search")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)


class RetentionPeriod(NamedMixin, Model):
    """How long records of a kind are kept, from which event on, and what is proposed afterwards, with its basis.

    A period only proposes: nothing is sealed or erased without two officers (docs/decisions/0047).
    """

    __tablename__ = "retention_period"
    __rules__ = (rules.limit_is_possible,)
    __scope_columns__ = ("amount", "to_confirm")  # they decide how long a record is kept

    code: Mapped[str] = field(String(40), label=_("Code"), on="list show search order", primary_key=True)
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="show edit search")
    trigger: Mapped[str] = code_field("retention_trigger", label=_("Begins with"), on="list show")
    amount: Mapped[int] = count(label=_("Amount"), on="list show")
    measure: Mapped[str] = code_field("limit_measure", label=_("Measurement unit"), on="list show")
    proposal: Mapped[str] = code_field(
        "retention_proposal", label=_("Proposal after the period"), on="list show"
    )
    basis: Mapped[str] = field(String(200), label=_("Basis"), on="list show edit", width=8)
    source: Mapped[str] = field(String(200), label=_("Source"), on="show edit", width=8)
    to_confirm: Mapped[bool] = flag(IS_REQUIRED, label=_("Advisory until confirmed"), on="list show search")
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)


class LetterTemplate(NamedMixin, Model):
    """A template of a letter between units: its subject, its text in Khmer, and the days for an answer."""

    __tablename__ = "letter_template"
    __rules__ = (rules.template_term_is_positive,)

    code: Mapped[str] = field(String(40), label=_("Code"), on="list show add search order", primary_key=True)
    name_km: Mapped[str] = field(
        String(200), label=_("Name in Khmer"), on="list show add edit search", width=6
    )
    name_en: Mapped[str] = field(
        String(200), label=_("Name in English"), on="list show add edit search", width=6
    )
    kind: Mapped[str] = code_field("letter_kind", label=_("Letter type"), on="list show add edit search")
    days: Mapped[int | None] = count(label=_("Days for the answer"), on="list show add edit")
    text_km: Mapped[str] = field(
        Text,
        label=_("Text of the letter"),
        help=_(
            "{record} becomes the kind and number of the record, {person} the name and number of the person."
        ),
        on="show add edit",
        width=12,
    )
    to_confirm: Mapped[bool] = flag(
        IS_REQUIRED, label=_("Wording to be confirmed"), on="list show add edit search"
    )
    name_sort: Mapped[str] = field(String(600), label=_("Sort key"), on="", index=True)


class LoadedRow(Model):
    """The digest of a data file row at the last load, for comparison at the next load.

    A row is written again only if the *file* has changed it, so a correction made in E-Crime persists. Only a row
    loaded from a file can be retired by removal from the file.
    """

    __tablename__ = "loaded_row"

    table_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(90), primary_key=True)
    digest: Mapped[str] = mapped_column(String(16), nullable=False)


versioned_cache.bump_on_change(
    "reference", Place, Unit, Court, Prison, Law, Offence, TimeLimit, RetentionPeriod, LetterTemplate
)
