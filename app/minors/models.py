"""Models: a contact with a minor, and its later steps: assessment, referral and diversion.

Only the juvenile officers of the unit and its chief see the rows. A contact has the name of the child itself, so that the
child is in no list of people, no search and no figure.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, ForeignKey, Index, String, Text, false, or_, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case
from app.kernel.access.area import is_of_units
from app.kernel.access.owned_by_unit import OwnedByUnit, is_owned_within
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, count, field, link
from app.kernel.schema.record import Record
from app.minors import rules
from app.reference.models import Place


class JuvenileRow(OwnedByUnit):
    """Mixin of a row that only the juvenile officers of its unit and the chief in whose area it is see."""

    __row_policy__ = "of_juvenile_officers"
    __restricted__ = (
        "The law protects minors: only the juvenile officers of the unit and its chief see the rows."
    )
    __withdrawable__ = True

    @classmethod
    def __row_filter__(cls, scope):
        if scope.is_unrestricted:
            return None
        seen = [is_of_units(cls.unit_code, scope.juvenile_units)] if scope.juvenile_units else []
        if scope.minors_within is not None:
            within = is_owned_within(cls.unit_code, scope.minors_within)
            seen.append(true() if within is None else within)
        return or_(*seen) if seen else false()

    def is_in_scope(self, scope):
        return scope.is_unrestricted or self.unit_code in scope.juvenile_units


class MinorContact(JuvenileRow, Record):
    """A contact of a unit with a minor: why, where, and who was informed."""

    __tablename__ = "minor_contact"
    __stays_valid__ = {"case": "only a juvenile officer sees the contact, and withdraws it"}
    __rules__ = rules.CONTACT
    __names_people__ = True
    __later_rows__ = ("steps",)
    __editable_after_lock__ = {
        "state": "computed from the steps",
        "due_on": "computed from the steps",
    }

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    place_code: Mapped[str] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True)
    met_at: Mapped[datetime] = field(DateTime, label=_("Met at"), on="list show add edit order", width=3)
    reason: Mapped[str] = code_field(
        "minor_reason", label=_("Reason"), on="list show add edit search", width=6
    )
    state: Mapped[str] = code_field(
        "minor_state", label=_("Status"), on="list show search", nullable=False, default=rules.MET
    )
    name: Mapped[str] = field(
        String(200), label=_("Name of the minor"), on="list show add edit", private=True, width=6
    )
    sex: Mapped[str] = code_field("sex", label=_("Sex"), on="list show add edit search")
    age: Mapped[int] = count(label=_("Age"), on="list show add edit", width=2)
    place_text: Mapped[str | None] = field(String(200), label=_("Exact place"), on="show add edit", width=6)
    text: Mapped[str | None] = field(Text, label=_("What happened"), on="show add edit", width=12)
    needs: Mapped[str | None] = field(Text, label=_("Needs of the minor"), on="show add edit", width=12)
    guardian: Mapped[str | None] = field(
        String(200), label=_("Guardian"), on="show add edit", private=True, width=6
    )
    guardian_phone: Mapped[str | None] = field(
        String(40), label=_("Telephone of the guardian"), on="show add edit", private=True, width=3
    )
    guardian_informed_at: Mapped[datetime | None] = field(
        DateTime, label=_("Guardian informed at"), on="show add edit", width=3
    )
    heard_with: Mapped[str | None] = field(
        String(200),
        label=_("Representative or social agent"),
        help=_("Who was present when the minor was heard."),
        on="show add edit",
        private=True,
        width=6,
    )
    due_on: Mapped[date | None] = field(Date, label=_("Diversion until"), on="list show")

    place: Mapped[Place] = link(place_code, lookup="place", label=_("Place"), on="list show add edit")
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"), on="show add edit")
    steps: Mapped[list["MinorStep"]] = relationship(
        back_populates="contact", order_by="MinorStep.done_on, MinorStep.id"
    )

    __table_args__ = (
        Index("ix_minor_contact_met", "met_at", "id"),
        Index("ix_minor_contact_state", "state", "id"),
    )

    @property
    def number(self):
        return f"MC-{self.id:06d}" if self.id else ""

    @property
    def open_deadline(self):
        """Return the last day of a diversion that is running, or None."""
        return self.due_on if not self.is_void else None

    def update_derived(self):
        OwnedByUnit.update_derived(self)
        self.state, self.due_on = rules.fold(self.steps)

    def __str__(self):
        return self.number


class MinorStep(JuvenileRow, Record):
    """A step after a contact: assessed, handed over, referred, or a diversion that the prosecutor ordered."""

    __tablename__ = "minor_step"
    __rules__ = rules.STEP
    __voided_with__ = ("contact",)
    __editable_after_lock__ = ()

    contact_id: Mapped[int] = mapped_column(ForeignKey("minor_contact.id"), index=True)
    kind: Mapped[str] = code_field("minor_step", label=_("Step"), on="list show add search", width=6)
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add order", width=3)
    receiver: Mapped[str | None] = field(
        String(200), label=_("Guardian, agent or service"), on="list show add", private=True, width=6
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    until_on: Mapped[date | None] = field(Date, label=_("Diversion until"), on="show add", width=3)
    note: Mapped[str | None] = field(
        Text, label=_("Result, or plan of the diversion"), on="show add", width=12
    )

    contact: Mapped[MinorContact] = link(
        contact_id,
        lookup="minor_contact",
        label=_("Contact with a minor"),
        help=_("Type its number, MC-…"),
        on="list show add",
        back_populates="steps",
    )

    __table_args__ = (Index("ix_minor_step_done", "done_on", "id"),)

    def update_derived(self):
        OwnedByUnit.update_derived(self)
        if self.contact is not None:
            self.unit_code = self.contact.unit_code or self.unit_code
            self.contact.update_derived()

    def __str__(self):
        return code_lists.label("minor_step", self.kind)
