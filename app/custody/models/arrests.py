"""Models of arrests, police custodies and custody steps."""

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, DateTime, ForeignKey, Index, String, and_, column, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Involvement
from app.court_orders.models import CourtOrder
from app.custody import rules
from app.custody.models.custody_record import (
    HANDED_TO_HELP,
    NUMBER_HELP,
    CustodyRecord,
    DeadlineRecord,
    find_case,
    format_number,
    is_open_record,
    make_open_index,
    make_partial_index,
    valid_rows,
)
from app.custody.rules.custodies import END, list_offence_classes
from app.custody.rules.time_limits import MISDEMEANOUR
from app.kernel.audit.row_hashes import WRITTEN_BY_TRIGGER
from app.kernel.i18n.yes_no import IS_UNKNOWN, WAS_DONE
from app.kernel.schema.fields import code_field, count, field, flag, link, multi_choice, split_keys
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem
from app.reference.models import Place, Unit

ONE_OPEN = "uq_custody_open"  # the index that refuses a second open custody of a person
# The arrests that no custody or detention follows.
WAITING = and_(column("awaits_custody", Boolean), column("voided_at").is_(None))


def _time_flag(label):
    """Return the flag of a time of which only the day is known."""
    return flag(IS_UNKNOWN, label=label, on="show", nullable=False, server_default=false())


class Arrest(CustodyRecord, Record):
    """An arrest: time, place, unit and ground."""

    __tablename__ = "arrest"
    __when__ = "at"
    __rules__ = rules.ARREST
    __unless__ = dict.fromkeys(("place", "officers"), "warrant")  # V080
    __names_suspect__ = True
    __times__ = ("at",)
    __day_flags__ = {"at": "time_unknown"}
    __editable_after_lock__ = {"awaits_custody": "computed from later custodies and detentions"}

    involvement_id: Mapped[int | None] = mapped_column(ForeignKey("involvement.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"), index=True)
    at: Mapped[datetime] = field(
        DateTime, label=_("Arrested at"), on="list show add edit search order", width=3
    )
    # Without a time, the limit counts from the beginning of the day.
    time_unknown: Mapped[bool] = _time_flag(_("Exact time not known"))
    ground: Mapped[str] = code_field(
        "arrest_ground", label=_("Ground for arrest"), on="list show add edit search"
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Order or authorisation number"), on="show add edit", width=3
    )
    charges: Mapped[str | None] = multi_choice(
        "law_offence",
        400,
        label=_("Offences of the arrest"),
        help=_("The offences of the case appear here once the person is chosen."),
        on="show add edit",
    )
    by_unit_code: Mapped[str] = field(String(20), ForeignKey("unit.code"), label=_("Arresting unit"), on="")
    place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True
    )
    place_text: Mapped[str | None] = field(String(200), label=_("Place description"), width=6)
    officers: Mapped[str | None] = field(String(200), label=_("Arresting officers"), width=6)
    force_used: Mapped[bool] = flag(WAS_DONE, label=_("Force was used"), on="show add edit search")
    force_text: Mapped[str | None] = field(String(400), label=_("Force used and injuries"), width=12)
    match_reason: Mapped[str | None] = field(
        String(200), label=_("Reason for not confirming with the owning unit first"), width=12
    )

    # True while neither a custody nor a detention follows: the person counts as held, and the limit of custody runs.
    awaits_custody: Mapped[bool] = mapped_column(
        Boolean, nullable=False, default=False, server_default=false(), info=WRITTEN_BY_TRIGGER
    )

    involvement: Mapped[Involvement | None] = link(
        involvement_id,
        lookup="involvement",
        label=_("Person in a case"),
        help=_("Enter the case number and choose the person."),
        on="add",
    )
    order: Mapped[CourtOrder | None] = link(
        order_id, lookup="order", label=_("Executed order"), on="show add"
    )
    by_unit: Mapped[Unit] = link(
        by_unit_code, lookup="unit", label=_("Arresting unit"), on="list show add edit"
    )
    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="show add edit")
    custodies: Mapped[list["Custody"]] = relationship(back_populates="arrest", order_by="Custody.id")

    __table_args__ = (
        Index("ix_arrest_when", "at", "id"),
        Index("ix_arrest_ground", "ground", "id"),
        make_partial_index("ix_arrest_waiting", WAITING, "at", "id"),
    )

    @property
    def number(self):
        return format_number("A", self)

    @property
    def offence_class(self):
        """Return the class that decides the limit while no custody is recorded. An unknown class gives the shorter limit."""
        known = [one.offence_class for one in valid_rows(self.custodies)]
        known += sorted(filter(None, list_offence_classes(self.case)))  # felony is first
        return next(iter(known), MISDEMEANOUR)

    @property
    def receiving_unit(self):
        """Return the unit to which the person was transferred from the last custody, or None."""
        custody = next(reversed(valid_rows(self.custodies)), None)
        end = custody.step(END) if custody is not None else None
        return end.to_unit if end is not None else None

    @property
    def charge_codes(self):
        """Return the codes of the offences of which the person was arrested."""
        return split_keys(self.charges)

    def update_derived(self):
        self.set_area(self.by_unit.area_code if self.by_unit is not None else None)
        if self.involvement is not None:
            self.inherit_person(self.involvement)
        elif self.order is not None:
            self.person, self.case = self.order.person, find_case(self.order)

    def __str__(self):
        return self.number


class Custody(DeadlineRecord, Record):
    """A police custody, from the arrival at the unit to its end."""

    __tablename__ = "custody"
    __when__ = "arrived_at"
    __rules__ = rules.CUSTODY
    __voided_with__ = ("arrest",)
    __times__ = ("arrived_at",)
    __day_flags__ = {"arrived_at": "time_unknown", "ended_at": "end_time_unknown"}
    # Derived from the steps, which are rows of their own.
    __editable_after_lock__ = dict.fromkeys(
        ("counts_from", "limit_at", "limit_code", "ended_at", "end_time_unknown", "outcome", "extended"),
        "computed from the steps of the custodies after the arrest",
    )
    __conflicts__ = {
        ONE_OPEN: Problem("arrest", _("Another officer just entered an open custody of this person."), "V068")
    }

    arrest_id: Mapped[int] = mapped_column(ForeignKey("arrest.id"), index=True)
    arrived_at: Mapped[datetime] = field(
        DateTime, label=_("Arrived at the unit"), on="list show add edit search order", width=3
    )
    time_unknown: Mapped[bool] = _time_flag(_("Exact time not known"))
    held_by_code: Mapped[str] = field(
        String(20), ForeignKey("unit.code"), label=_("Holding unit"), on="", index=True
    )
    offence_class: Mapped[str] = code_field(
        "offence_class", label=_("Most serious offence class"), on="show add edit search"
    )
    health: Mapped[str | None] = field(
        String(400), label=_("Medical check, injuries and illness at the arrival"), width=6, private=True
    )
    property_taken: Mapped[str | None] = field(
        String(1000), label=_("Property taken from the person"), width=6, private=True
    )
    # The first arrival after the arrest. A transfer does not start the limit again.
    counts_from: Mapped[datetime | None] = field(DateTime, label=_("Time limit counts from"), on="show")
    limit_at: Mapped[datetime] = field(DateTime, label=_("Custody ends at"), on="list show")
    limit_code: Mapped[str] = field(String(40), label=_("Legal limit"), on="")
    extended: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="list show")
    # The end without a time counts as the last minute of its day.
    end_time_unknown: Mapped[bool] = _time_flag(_("Exact time of the end not known"))
    outcome: Mapped[str | None] = code_field(
        "custody_outcome", label=_("Custody outcome"), on="list show search"
    )

    arrest: Mapped[Arrest] = link(
        arrest_id,
        lookup="arrest",
        label=_("Arrest"),
        help=NUMBER_HELP,
        on="show add",
        back_populates="custodies",
    )
    held_by: Mapped[Unit] = link(
        held_by_code, lookup="unit", label=_("Holding unit"), on="list show add edit"
    )
    steps: Mapped[list["CustodyStep"]] = relationship(
        back_populates="custody", order_by="CustodyStep.at, CustodyStep.id"
    )

    __table_args__ = (
        Index("ix_custody_when", "arrived_at", "id"),
        make_open_index("ix_custody_open", "limit_at", "ended_at"),
        make_partial_index(ONE_OPEN, is_open_record("ended_at"), "person_id", unique=True),
        Index("ix_custody_of_person", "person_id", "arrived_at"),
        Index("ix_custody_outcome", "outcome", "id"),
        Index("ix_custody_class", "offence_class", "id"),
    )

    @property
    def number(self):
        return format_number("K", self)

    def update_derived(self):
        if self.arrest is not None and self.arrest.id is None:  # saved together: it has no person yet
            self.arrest.update_derived()
        self.inherit_from(self.arrest)
        self.set_area(self.held_by.area_code if self.held_by is not None else None)

    @property
    def open_deadline(self):
        """Return when the open custody must end, or None."""
        return self.limit_at if self.ended_at is None else None

    def step(self, kind):
        """Return the last valid step of a kind, or None."""
        return next((one for one in reversed(self.steps) if one.kind == kind and one.voided_at is None), None)

    def __str__(self):
        return self.number


class CustodyStep(DeadlineRecord, Record):
    """A step in a custody: rights, lawyer, doctor, guardian, extension or end."""

    __tablename__ = "custody_step"
    __when__ = "at"
    __rules__ = rules.CUSTODY_STEP
    __voided_with__ = ("custody",)
    __times__ = ("at",)
    __day_flags__ = {"at": "time_unknown"}
    __editable_after_lock__ = ()

    custody_id: Mapped[int] = mapped_column(ForeignKey("custody.id"), index=True)
    kind: Mapped[str] = code_field("custody_step", label=_("Step"), on="list show add edit search")
    at: Mapped[datetime] = field(DateTime, label=_("Step time"), on="list show add edit", width=3)
    time_unknown: Mapped[bool] = _time_flag(_("Exact time not known"))
    outcome: Mapped[str | None] = code_field(
        "custody_outcome", label=_("Custody outcome"), on="list show add edit"
    )
    who: Mapped[str | None] = field(
        String(160), label=_("Lawyer, doctor, guardian or prosecutor"), on="list show add edit"
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    handed_to: Mapped[str | None] = field(
        String(160),
        label=_("Handed over to"),
        help=HANDED_TO_HELP,
        on="list show add edit",
        width=6,
        private=True,
    )
    hours: Mapped[int | None] = count(label=_("Hours granted"), on="show add edit", width=2)
    to_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Receiving unit"), on=""
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)

    custody: Mapped[Custody] = link(
        custody_id, lookup="custody", label=_("Custody"), on="list show add", back_populates="steps"
    )
    to_unit: Mapped[Unit | None] = link(
        to_unit_code,
        lookup="unit",
        label=_("Receiving unit"),
        help=_("Only for a transfer: this unit sees the person and records the arrival."),
        on="list show add edit",
    )

    __table_args__ = (Index("ix_custody_step_kind", "kind", "id"),)

    def update_derived(self):
        self.inherit_from(self.custody)
        if self.to_unit is not None:
            self.set_area(self.to_unit.area_code)

    def __str__(self):
        return ""
