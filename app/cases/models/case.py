"""The case model: time, place, report and outcome."""

from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, Float, ForeignKey, Index, String, Text, and_, column, false, inspect
from sqlalchemy.orm import Mapped, relationship, validates

from app.accounts.models import User
from app.cases import rules
from app.cases.row_filter import filter_cases
from app.cases.rules.dispositions import sort_steps
from app.kernel.access.area import HasArea
from app.kernel.i18n.yes_no import IS_UNKNOWN, WAS_LATE
from app.kernel.schema.fields import code_field, field, flag, link
from app.kernel.schema.record import Record, has_changed
from app.reference.models import Court, Place

if TYPE_CHECKING:
    from app.cases.models import (
        CaseDisposition,
        CaseFile,
        CaseOffence,
        Exhibit,
        ExhibitMovement,
        Involvement,
        Supplement,
    )
# Computed from the steps of procedure, arrests and judgments.
COMPUTED_COLUMNS = ("status", "clearance", "solved_on", "sent_on", "court_code")
# Columns that the list can filter by; one or few cases may match.
INDEXED_FILTERS = {
    "status": "status",
    "report": "report_kind",
    "place_kind": "place_kind",
    "sensitivity": "sensitivity",
}


def _index_late(name, *whose):
    """Return a partial index of late cases. Leading columns exclude rows without a value in them."""
    late = and_(column("late").is_(True), *(column(one).is_not(None) for one in whose))
    return Index(name, *whose, "occurred_from", "id", sqlite_where=late, postgresql_where=late)


def index_filled_in_province(name, number):
    """Return a partial index of a province's rows that have this number.

    Few rows have one, and a reader limited to a province would otherwise scan all of its rows.
    """
    filled = column(number).is_not(None)
    return Index(name, "province_code", number, sqlite_where=filled, postgresql_where=filled)


class Case(HasArea, Record):
    """One incident with everything known about it."""

    __tablename__ = "case"
    __rules__ = rules.CASE
    __later_rows__ = ("supplements", "dispositions", "movements", "lineups")
    __day_flags__ = {
        "occurred_from": "time_unknown", "occurred_to": "time_unknown", "reported_at": "report_time_unknown",
    }  # fmt: skip
    __times__ = ("reported_at",)
    __summary_columns__ = ("number", "occurred_from", "time_unknown", "status")
    __editable_after_lock__ = dict.fromkeys(
        ("status", "clearance", "solved_on", "sent_on", "court_code"),
        "computed from the steps of procedure, arrests and judgments",
    ) | {"dossier_no": "the court gives it later"}

    # No separate index: several indexes below start with it.
    province_code: Mapped[str | None] = field(String(2), label=_("Province"), on="")
    number: Mapped[str] = field(String(20), label=_("Case number"), on="list show search order", unique=True)
    occurred_from: Mapped[datetime] = field(
        DateTime, label=_("Occurred from"), on="list show add edit search order", width=3
    )
    occurred_to: Mapped[datetime | None] = field(DateTime, label=_("Occurred until"), width=3)
    time_unknown: Mapped[bool] = flag(IS_UNKNOWN, label=_("Exact time not known"), on="show add edit")
    reported_at: Mapped[datetime] = field(DateTime, label=_("Reported at"), on="list show add edit", width=3)
    report_time_unknown: Mapped[bool] = flag(
        IS_UNKNOWN,
        label=_("Exact time of the report not known"),
        on="show",
        nullable=False,
        server_default=false(),
    )
    report_kind: Mapped[str] = code_field(
        "report_kind", label=_("Reporting method"), on="show add edit search"
    )
    place_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="")
    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add edit")
    place_kind: Mapped[str | None] = code_field(
        "place_kind", label=_("Place type"), on="show add edit search"
    )
    place_text: Mapped[str | None] = field(String(200), label=_("Place description"), width=6)
    latitude: Mapped[float | None] = field(Float, label=_("Latitude"), width=2)
    longitude: Mapped[float | None] = field(Float, label=_("Longitude"), width=2)
    abroad_country: Mapped[str | None] = code_field("nationality", label=_("Country, if abroad"))
    summary: Mapped[str] = field(
        Text,
        label=_("Summary of facts"),
        help=_("At least 30 Khmer letters: the people, the events and the method."),  # V025
        width=12,
    )
    modus_operandi_text: Mapped[str | None] = field(Text, label=_("Modus operandi"), width=12)
    status: Mapped[str] = code_field(
        "case_status", label=_("Case status"), on="list show search", default="open"
    )
    clearance: Mapped[str | None] = code_field("clearance", label=_("Solving method"), on="show")
    solved_on: Mapped[date | None] = field(Date, label=_("Solved on"), on="show")
    sensitivity: Mapped[str] = code_field(
        "sensitivity", label=_("Protection"), on="show add edit search", default="normal"
    )
    sent_on: Mapped[date | None] = field(Date, label=_("Sent to court on"), on="show")
    court_code: Mapped[str | None] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    court: Mapped[Court | None] = link(court_code, lookup="court", label=_("Court"), on="show")
    dossier_no: Mapped[str | None] = field(
        String(60), label=_("Court dossier number"), on="show add edit search", width=3, index=True
    )
    late: Mapped[bool] = flag(WAS_LATE, label=_("Entered late"), on="list show search")
    late_reason: Mapped[str | None] = code_field("late_reason", label=_("Reason for late entry"))
    photo_missing: Mapped[str | None] = code_field("photo_missing", label=_("Reason for no photo"))
    draft_token: Mapped[str | None] = field(String(40), label=_("Draft"), on="", unique=True)
    origin: Mapped[str | None] = field(String(40), label=_("Origin of the record"), on="")

    recorded_by: Mapped[User | None] = relationship(User, foreign_keys="Case.recorded_by_id", viewonly=True)
    offences: Mapped[list["CaseOffence"]] = relationship(back_populates="case", order_by="CaseOffence.id")
    involvements: Mapped[list["Involvement"]] = relationship(back_populates="case", order_by="Involvement.id")
    exhibits: Mapped[list["Exhibit"]] = relationship(back_populates="case", order_by="Exhibit.id")
    files: Mapped[list["CaseFile"]] = relationship(back_populates="case", order_by="CaseFile.id")
    supplements: Mapped[list["Supplement"]] = relationship(back_populates="case", order_by="Supplement.id")
    dispositions: Mapped[list["CaseDisposition"]] = relationship(
        back_populates="case", order_by="CaseDisposition.id"
    )
    movements: Mapped[list["ExhibitMovement"]] = relationship(
        back_populates="case", order_by="ExhibitMovement.id"
    )

    __table_args__ = (
        Index("ix_case_province", "province_code", "occurred_from", "id"),
        Index("ix_case_province_number", "province_code", "number"),
        Index("ix_case_when", "occurred_from", "id"),
        Index(
            "ix_case_place", "place_code", "occurred_from", "id"
        ),  # other cases at the same place on the same day
        Index("ix_case_recorded", "unit_code", "recorded_at"),  # cases that lock soon
        Index("ix_case_recorded_by_id", "recorded_by_id"),
        # Filter columns followed by the list order: no sort, for any number of matches. A reader limited to a
        # province filters by both; either column alone may match a hundred thousand rows.
        *(
            Index(f"ix_case_{name}", column, "occurred_from", "id")
            for name, column in INDEXED_FILTERS.items()
        ),
        *(
            Index(f"ix_case_{name}_by_province", "province_code", column, "occurred_from", "id")
            for name, column in INDEXED_FILTERS.items()
        ),
        _index_late("ix_case_late"),
        _index_late("ix_case_late_by_province", "province_code"),
        index_filled_in_province("ix_case_dossier_by_province", "dossier_no"),
    )

    @validates("place", "court")
    def _set_code(self, name, chosen):
        """Set the code at once: the rules read it before the flush, which would otherwise set it first."""
        setattr(self, f"{name}_code", chosen.code if chosen is not None else None)
        if name == "place":
            self.set_area(self.place_code)
        return chosen

    @property
    def sorted_steps(self):
        """Return the steps of procedure in the order in which they took effect."""
        return sort_steps(self.dispositions)

    @classmethod
    def __row_filter__(cls, scope):
        return filter_cases(cls, scope)

    def is_in_scope(self, _scope):
        """Return True: a case outside the area is shared with the unit that enters or moves it (`automatic_shares`)."""
        return True

    def update_derived(self):
        self.set_area(self.place_code)
        # Rows copy the place and depend on the time, not on the status.
        if self.id is not None and not _has_only_new_status(self):
            rows = (
                self.offences, self.involvements, self.exhibits, self.files, self.supplements, self.dispositions,
                self.movements,
            )  # fmt: skip
            for row in chain(*rows):
                row.update_derived()

    def __str__(self):
        return self.number or ""


def _has_only_new_status(case):
    """Return whether the save changes only computed columns of the case."""
    changed = {name for name in inspect(case).committed_state if has_changed(case, (name,))}
    return bool(changed) and changed <= {*COMPUTED_COLUMNS, "changed_at", "changed_by_id"}
