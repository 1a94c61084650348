"""The case itself: when, where, how it was reported, and what became of it."""

from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, Float, ForeignKey, Index, String, Text, and_, column
from sqlalchemy.orm import Mapped, relationship, validates

from app.cases import rules
from app.cases.row_filter import case_within
from app.kernel.access.area import Located
from app.kernel.i18n.yes_no import LATE, UNKNOWN
from app.kernel.schema.fields import coded, field, flag, link
from app.kernel.schema.record import Record
from app.reference.models import Court, Place

if TYPE_CHECKING:
    from app.cases.models import CaseFile, CaseOffence, Exhibit, Involvement, Supplement


# Filters of its list; one or few cases may fit each.
FILTERED = {
    "status": "status",
    "report": "report_kind",
    "place_kind": "place_kind",
    "sensitivity": "sensitivity",
}


def _late_index(name, *whose):
    """An index of the late cases alone; one that begins with whose they are leaves out what is nobody's."""
    late = and_(column("late").is_(True), *(column(one).is_not(None) for one in whose))
    return Index(name, *whose, "occurred_from", "id", sqlite_where=late, postgresql_where=late)


def filled_there(name, number):
    """An index of the rows of a province that have this number: few have one, and whoever sees a province alone would go
    through all of its rows for it.
    """
    filled = column(number).is_not(None)
    return Index(name, "province_code", number, sqlite_where=filled, postgresql_where=filled)


class Case(Located, Record):
    """One incident with everything known of it."""

    __tablename__ = "case"
    __rules__ = rules.CASE
    __unless__ = dict.fromkeys(("sent_on", "court", "dossier_no"), "at_court")  # V027
    # What becomes of the case, with each change in its trace; settled facts are corrected, not edited.
    __brief__ = ("number", "occurred_from", "status")
    __stays_open__ = ("status", "clearance", "solved_on", "sent_on", "court_code", "dossier_no")

    # Without an index of its own: several below begin with it.
    province_code: Mapped[str | None] = field(String(2), label=_("Province"), on="")
    number: Mapped[str] = field(String(20), label=_("Case number"), on="list show search order", unique=True)
    occurred_from: Mapped[datetime] = field(
        DateTime, label=_("Happened from"), on="list show add edit search order", width=3
    )
    occurred_to: Mapped[datetime | None] = field(DateTime, label=_("Happened until"), width=3)
    time_unknown: Mapped[bool] = flag(UNKNOWN, label=_("Exact time not known"), on="show add edit")
    reported_at: Mapped[datetime] = field(DateTime, label=_("Reported at"), on="list show add edit", width=3)
    report_kind: Mapped[str] = coded("report_kind", label=_("How it was reported"), on="show add edit search")
    place_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="")
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
    late: Mapped[bool] = flag(LATE, label=_("Entered late"), on="list show search")
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
        Index("ix_case_province_number", "province_code", "number"),
        Index("ix_case_when", "occurred_from", "id"),
        Index("ix_case_place", "place_code", "occurred_from", "id"),  # what else happened there that day
        Index("ix_case_recorded", "unit_code", "recorded_at"),  # whose time for corrections ends soon
        # A filter with the order of the list behind it: nothing is sorted, however many or few rows fit. Who sees a
        # province asks for both: of either alone there may be a hundred thousand.
        *(Index(f"ix_case_{name}", column, "occurred_from", "id") for name, column in FILTERED.items()),
        *(
            Index(f"ix_case_{name}_there", "province_code", column, "occurred_from", "id")
            for name, column in FILTERED.items()
        ),
        _late_index("ix_case_late"),
        _late_index("ix_case_late_there", "province_code"),
        filled_there("ix_case_dossier_there", "dossier_no"),
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
