"""A case with its offences, people, exhibits, files, supplements and the warnings that were passed."""

from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.cases import rules
from app.cases.part import OfCase, case_within, involvement_within
from app.kernel.areas import Located
from app.kernel.fields import coded, count, field, flag, link
from app.kernel.files import FileRecord
from app.kernel.records import Record
from app.people.models import Person
from app.people.rules import ages_on
from app.reference.models import Court, Offence, Place


class Case(Located, Record):
    """One incident with everything known of it."""

    __tablename__ = "case"
    __rules__ = rules.CASE
    # What becomes of the case, with each change in its trace; settled facts are corrected, not edited.
    __stays_open__ = ("status", "clearance", "solved_on", "sent_on", "court_code", "dossier_no")

    number: Mapped[str] = field(String(20), label=_("Case number"), on="list show search order", unique=True)
    occurred_from: Mapped[datetime] = field(
        DateTime, label=_("Happened from"), on="list show add edit search order", width=3
    )
    occurred_to: Mapped[datetime | None] = field(DateTime, label=_("Happened until"), width=3)
    time_unknown: Mapped[bool] = flag(label=_("Exact time not known"), on="show add edit")
    reported_at: Mapped[datetime] = field(DateTime, label=_("Reported at"), on="list show add edit", width=3)
    report_kind: Mapped[str] = coded("report_kind", label=_("How it was reported"), on="show add edit search")
    place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True
    )
    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add edit")
    place_kind: Mapped[str | None] = coded("place_kind", label=_("Kind of place"), on="show add edit search")
    place_text: Mapped[str | None] = field(String(200), label=_("Place in words"), width=6)
    latitude: Mapped[float | None] = field(Float, label=_("Latitude"), width=2)
    longitude: Mapped[float | None] = field(Float, label=_("Longitude"), width=2)
    abroad_country: Mapped[str | None] = coded("nationality", label=_("Country, if abroad"))
    summary: Mapped[str] = field(Text, label=_("Summary of facts"), width=12)
    way_text: Mapped[str | None] = field(Text, label=_("Way of working"), width=12)
    status: Mapped[str] = coded(
        "case_status", label=_("State of the case"), on="list show edit search", default="open"
    )
    clearance: Mapped[str | None] = coded("clearance", label=_("How it was solved"))
    solved_on: Mapped[date | None] = field(Date, label=_("Solved on"), width=3)
    sensitivity: Mapped[str] = coded(
        "sensitivity", label=_("Protection"), on="show add edit search", default="normal"
    )
    sent_on: Mapped[date | None] = field(Date, label=_("Sent to court on"), width=3)
    court_code: Mapped[str | None] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    court: Mapped[Court | None] = link(court_code, lookup="court", label=_("Court"))
    dossier_no: Mapped[str | None] = field(
        String(60), label=_("Court dossier number"), on="show add edit search", width=3, index=True
    )
    late: Mapped[bool] = flag(label=_("Entered late"), on="list show search")
    late_reason: Mapped[str | None] = coded("late_reason", label=_("Reason for late entry"))
    photo_missing: Mapped[str | None] = coded("photo_missing", label=_("Why there is no photo"))
    draft_token: Mapped[str | None] = field(String(40), label=_("Draft"), on="", unique=True)
    origin: Mapped[str | None] = field(String(40), label=_("Origin of the record"), on="")

    offences: Mapped[list["CaseOffence"]] = relationship(back_populates="case", order_by="CaseOffence.id")
    involvements: Mapped[list["Involvement"]] = relationship(back_populates="case", order_by="Involvement.id")
    exhibits: Mapped[list["Exhibit"]] = relationship(back_populates="case", order_by="Exhibit.id")
    files: Mapped[list["CaseFile"]] = relationship(back_populates="case", order_by="CaseFile.id")
    supplements: Mapped[list["Supplement"]] = relationship(back_populates="case", order_by="Supplement.id")

    __table_args__ = (
        Index("ix_case_province", "province_code", "occurred_from", "id"),
        Index("ix_case_when", "occurred_from", "id"),
        Index("ix_case_recorded", "unit_code", "recorded_at"),  # whose time for corrections ends soon
        # A filter with the order of the list behind it: nothing is sorted, however many or few rows fit.
        Index("ix_case_status", "status", "occurred_from", "id"),
        Index("ix_case_report", "report_kind", "occurred_from", "id"),
        Index("ix_case_place_kind", "place_kind", "occurred_from", "id"),
        Index("ix_case_sensitivity", "sensitivity", "occurred_from", "id"),
    )

    @validates("place", "court")
    def _code_follows(self, name, chosen):
        """The rules read the codes before the flush, which otherwise would be the first to set or empty them."""
        setattr(self, f"{name}_code", chosen.code if chosen is not None else None)
        if name == "place":
            self.lie_in(self.place_code)
        return chosen

    @property
    def located_at(self):
        """The place's code, also before the first flush, while only the relation is set."""
        return self.place.code if self.place is not None else self.place_code

    @classmethod
    def __within__(cls, scope):
        return case_within(cls, scope)

    def derive(self):
        self.lie_in(self.located_at)
        if self.id is not None:  # a change of place or time reaches the rows that carry them
            rows = (self.offences, self.involvements, self.exhibits, self.files, self.supplements)
            for row in chain(*rows):
                row.derive()

    def __str__(self):
        return self.number or ""


class CaseOffence(OfCase, Located, Record):
    """An offence of the law's table in a case: tried or completed, how, with what and why."""

    __tablename__ = "case_offence"
    __rules__ = rules.OFFENCE
    __stays_open__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    offence_code: Mapped[str] = field(
        String(40), ForeignKey("offence.code"), label=_("Offence"), on="", index=True
    )
    attempt: Mapped[bool] = flag(label=_("Attempted"), on="list show add edit search")
    # Asked only where the law table has no confirmed class, or with a reason where it differs.
    offence_class: Mapped[str | None] = coded(
        "offence_class", label=_("Class of offence"), on="list show add edit search"
    )
    class_reason: Mapped[str | None] = field(String(200), label=_("Why the class differs"), width=6)
    way: Mapped[str | None] = coded("way", label=_("How it was done"), on="list show add edit search")
    means: Mapped[str | None] = coded("means", label=_("Means used"), on="show add edit search")
    motive: Mapped[str | None] = coded("motive", label=_("Motive"), on="show add edit search")
    weapon: Mapped[str | None] = coded("weapon", label=_("Weapon"), on="show add edit search")
    second_weapon: Mapped[str | None] = coded("weapon", label=_("Second weapon"), on="show add edit")
    # The offence's own, kept here so that a department's part of the cases is one lookup.
    family: Mapped[str | None] = coded("offence_family", label=_("Offence family"), on="")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="offences"
    )
    offence: Mapped[Offence] = link(
        offence_code, lookup="offence", label=_("Offence"), on="list show add edit"
    )

    __table_args__ = tuple(
        Index(f"ix_case_offence_{name}", name, "id")
        for name in ("attempt", "offence_class", "way", "means", "motive", "weapon")
    )

    def derive(self):
        if self.offence is not None:
            self.family = self.offence.family
        if self.case is None:
            return
        self.lie_in(self.case.located_at)
        if self.id is not None:  # another offence may protect other people
            for row in self.case.involvements:
                row.derive()

    def __str__(self):
        return str(self.offence)


class Involvement(OfCase, Located, Record):
    """A person in a case: the role, and the state in which he or she was."""

    __tablename__ = "involvement"
    __rules__ = rules.INVOLVEMENT
    __stays_open__ = ("ended_on", "end_reason")  # by a final decision of the court, a record of its own

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = coded("role", label=_("Role in the case"), on="list show add edit search")
    participation: Mapped[str | None] = coded(
        "participation", label=_("Suspected part"), on="show add edit search"
    )
    relation: Mapped[str | None] = coded(
        "relation", label=_("Relation to the victim"), on="show add edit search"
    )
    injury: Mapped[str | None] = coded("injury", label=_("Injury"), on="list show add edit search")
    intoxication: Mapped[str | None] = coded(
        "intoxication", label=_("Drink or drugs"), on="show add edit search"
    )
    schooling: Mapped[str | None] = coded("education", label=_("Schooling"), on="show add edit")
    work: Mapped[str | None] = coded("occupation", label=_("Occupation"), on="show add edit")
    family: Mapped[str | None] = coded("marital", label=_("Family status"), on="show add edit")
    state: Mapped[str | None] = coded("state_of_mind", label=_("State of mind"), on="show add edit")
    age: Mapped[int | None] = count(label=_("Age at the time"), on="list show")
    minor: Mapped[bool] = flag(label=_("Minor"), on="list show search")
    restricted: Mapped[bool] = flag(label=_("Identity protected"), on="show search")
    photo_missing: Mapped[str | None] = coded("photo_missing", label=_("Why there is no photo"))
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)
    ended_on: Mapped[date | None] = field(Date, label=_("Part in the case ended on"), on="show")
    end_reason: Mapped[str | None] = coded("verdict", label=_("Decision of the court"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="involvements"
    )
    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="list show")

    __table_args__ = (
        Index("ix_involvement_province", "province_code", "id"),
        *(
            Index(f"ix_involvement_{name}", name, "id")
            for name in ("role", "injury", "participation", "relation", "intoxication")
        ),
    )

    def derive(self):
        if self.case is None:
            return
        self.lie_in(self.case.located_at)
        if self.person is None and self.person_id is not None:
            return  # a protected person: what was reckoned from the birth stays as it is
        ages = ages_on(self.person, self.case.occurred_from)
        self.age = ages[1] if ages else None
        self.minor = bool(ages) and ages[0] < rules.ADULT_AGE
        self.restricted = rules.identity_is_protected(self.case, self)

    @classmethod
    def __within__(cls, scope):
        return involvement_within(cls, scope)

    def __str__(self):
        return str(self.person) if self.person is not None else str(_("Identity protected"))


class Exhibit(OfCase, Located, Record):
    """A thing seized, stolen or recovered, described by its kind."""

    __tablename__ = "exhibit"
    __rules__ = rules.EXHIBIT
    __stays_open__ = ("state",)  # where the thing is now; as it was described stays

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = coded("exhibit_kind", label=_("Kind of exhibit"), on="list show add edit search")
    property_role: Mapped[str | None] = coded(
        "property_role", label=_("Role of the thing"), on="list show add edit search"
    )
    description: Mapped[str | None] = field(
        String(200), label=_("Description"), on="list show add edit", width=6
    )
    substance: Mapped[str | None] = coded("substance", label=_("Substance"), on="list show add edit search")
    weapon: Mapped[str | None] = coded("weapon", label=_("Kind of weapon"))
    quantity: Mapped[Decimal | None] = field(
        Numeric(14, 3), label=_("Quantity"), on="list show add edit", width=2
    )
    measure: Mapped[str | None] = coded(
        "measure", label=_("Unit of measure"), on="list show add edit", width=2
    )
    plate: Mapped[str | None] = field(
        String(20),
        label=_("Plate"),
        on="list show add edit search",
        width=3,
        index=True,
        private=True,
    )
    frame_no: Mapped[str | None] = field(
        String(40),
        label=_("Frame number"),
        on="show add edit search",
        index=True,
        width=3,
        private=True,
    )
    engine_no: Mapped[str | None] = field(
        String(40),
        label=_("Engine number"),
        on="show add edit search",
        index=True,
        width=3,
        private=True,
    )
    serial: Mapped[str | None] = field(
        String(60),
        label=_("Serial number or IMEI"),
        on="show add edit search",
        index=True,
        width=3,
        private=True,
    )
    document_no: Mapped[str | None] = field(
        String(60),
        label=_("Document number"),
        on="show add edit search",
        index=True,
        width=3,
        private=True,
    )
    phone: Mapped[str | None] = field(
        String(40),
        label=_("Telephone number"),
        on="show add edit search",
        index=True,
        width=3,
        private=True,
    )
    value_khr: Mapped[int | None] = field(
        Numeric(16, 0), label=_("Value in riel"), on="show add edit", width=3
    )
    currency: Mapped[str | None] = coded("currency", label=_("Currency"), width=2)
    state: Mapped[str] = coded(
        "exhibit_state", label=_("State of the exhibit"), on="list show add edit search", default="seized"
    )

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="exhibits"
    )

    __table_args__ = tuple(Index(f"ix_exhibit_{name}", name, "id") for name in ("kind", "substance"))

    def __str__(self):
        return self.description or self.plate or self.kind


class CaseFile(OfCase, Located, FileRecord, Record):
    """A photo or a scanned paper of a case."""

    __tablename__ = "case_file"
    __stays_open__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = coded("file_kind", label=_("Kind of file"), on="list show add edit search")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show", back_populates="files")


class Supplement(OfCase, Located, Record):
    """What became known later. It adds to a case and never changes it."""

    __tablename__ = "supplement"
    __rules__ = rules.SUPPLEMENT
    __stays_open__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    learned_on: Mapped[date] = field(Date, label=_("Learned on"), on="list show add")
    text: Mapped[str] = field(Text, label=_("What was learned"), on="list show add search", width=12)

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show add", back_populates="supplements"
    )

    def __str__(self):
        return self.text
