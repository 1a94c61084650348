"""Models: a protection order of a court, and its later steps.

The state of an order follows from its days and its steps. It is never entered.
"""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, String, Text, and_, inspect, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, Involvement
from app.confirmations.models import EDITABLE, NeedsConfirmation
from app.inbox.message_texts import register_texts
from app.investigation.models import find_people_shown
from app.kernel.access.hidden_identity import get_stored
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import PersonChild
from app.protection_orders import rules
from app.reference.models import Court

PERSON_HELP = _("Type the number of the case and choose.")
END_REQUESTED = "protection_order.end_requested"
register_texts(
    **{
        END_REQUESTED: _(
            "Changed terms, an earlier last day or an end of protection order %(number)s were entered. A second officer must confirm or reject it."
        )
    }
)


class ProtectionOrder(PersonChild, Record):
    """An order of a court that protects one person of a case from another. It is visible with the restrained person."""

    __tablename__ = "protection_order"
    __rules__ = rules.ORDER
    __voided_with__ = ("case", "restrained", "protected")
    __withdrawable__ = True
    __later_rows__ = ("steps",)
    __identity_fields__ = frozenset(("terms",))
    __identity_links__ = ("protected",)
    __editable_after_lock__ = {
        "informed_on": "the restrained person is notified later",
        "ends_on": "computed from the steps of the order",
        "ended_on": "computed from the steps of the order",
    }

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    restrained_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    protected_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    court_code: Mapped[str] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    order_no: Mapped[str] = field(
        String(60), label=_("Number of the document"), on="show add edit search", width=3
    )
    decided_on: Mapped[date] = field(Date, label=_("Decided on"), on="show add edit", width=3)
    starts_on: Mapped[date] = field(Date, label=_("In force from"), on="list show add edit order", width=3)
    until_on: Mapped[date | None] = field(
        Date,
        label=_("In force until, as decided"),
        help=_("Leave it empty if the court set no last day."),
        on="show add edit",
        width=3,
    )
    no_violence: Mapped[bool] = flag(APPLIES, label=_("No violence or threat"), on="show add edit")
    no_contact: Mapped[bool] = flag(APPLIES, label=_("No contact"), on="show add edit")
    leaves_home: Mapped[bool] = flag(APPLIES, label=_("Leaves the home"), on="show add edit")
    no_weapons: Mapped[bool] = flag(APPLIES, label=_("Hands over weapons"), on="show add edit")
    keeps_away: Mapped[bool] = flag(APPLIES, label=_("Keeps away"), on="show add edit")
    distance: Mapped[int | None] = count(label=_("Distance in metres"), on="show add edit")
    terms: Mapped[str | None] = field(Text, label=_("Other terms and places"), on="show add edit", width=12)
    informed_on: Mapped[date | None] = field(
        Date, label=_("Restrained person notified on"), on="show add edit correct", width=3
    )
    # The last day in force after all extensions, and the day of the document that ended the order.
    ends_on: Mapped[date | None] = field(Date, label=_("In force until"), on="list show")
    ended_on: Mapped[date | None] = field(Date, label=_("Ended on"), on="show")

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="")
    restrained: Mapped[Involvement] = link(
        restrained_id,
        lookup="case_person",
        label=_("Restrained person"),
        help=PERSON_HELP,
        on="list show add",
    )
    protected: Mapped[Involvement] = link(
        protected_id, lookup="case_person", label=_("Protected person"), help=PERSON_HELP, on="list show add"
    )
    court: Mapped[Court] = link(court_code, lookup="court", label=_("Court"), on="show add edit")
    steps: Mapped[list["ProtectionOrderStep"]] = relationship(
        back_populates="order", order_by="ProtectionOrderStep.done_on, ProtectionOrderStep.id"
    )

    __table_args__ = (
        Index("ix_protection_order_starts", "starts_on", "id"),
        Index("ix_protection_order_ends", "ends_on", "id"),
    )

    @property
    def number(self):
        return f"PO-{self.id:06d}" if self.id else ""

    @property
    def state(self):
        """Return the state of today."""
        return rules.find_state(self, dates.now().date())

    @property
    def is_in_force(self):
        return self.state == rules.IN_FORCE

    @property
    def page_note(self):
        if not self.is_in_force:
            return ""
        if self.ends_on is None:
            return _("Protection order %(number)s is in force until a document ends it.", number=self.number)
        day = format_value(self.ends_on)
        return _("Protection order %(number)s is in force until %(day)s.", number=self.number, day=day)

    @property
    def open_deadline(self):
        """Return the last day of an order that has not ended, or None."""
        return self.ends_on if self.state in (rules.NOT_YET, rules.IN_FORCE) else None

    @property
    def hides_identity(self):
        """Return whether the reader may not know the protected person: then no text that could name them is shown."""
        row = self.protected
        if row is None:
            return self.protected_id is not None
        return row.person is None and not row.shows_card

    @classmethod
    def has_hidden_identity(cls):
        """Return the criterion of `hides_identity`, within the row filter of the statement."""
        shown = select(Involvement.id).join(Involvement.person).where(Involvement.id == cls.protected_id)
        return ~shown.exists()

    @property
    def people_shown(self):
        return find_people_shown(self.restrained, self.protected)

    def update_derived(self):
        if self.restrained is not None and self.restrained.person is not None:
            self.person = self.restrained.person
        if any(inspect(one).pending or inspect(one).modified for one in self.steps):
            # Written first: the database compares the order with its steps. `flush_hooks.set_ends` follows.
            self.ends_on, self.ended_on = (get_stored(self, name) for name in ("ends_on", "ended_on"))
            if self.id is None:
                self.ends_on, self.ended_on = self.until_on, None
        else:
            self.ends_on, self.ended_on = rules.find_end(self)

    def __str__(self):
        return self.number


class ProtectionOrderStep(PersonChild, NeedsConfirmation, Record):
    """A later step of a protection order: extended, changed, ended, or broken by the restrained person.

    A second officer confirms what ends or changes the protection. Until then the order protects as before.
    """

    __tablename__ = "protection_order_step"
    __rules__ = rules.STEP
    __voided_with__ = ("order",)
    __withdrawable__ = True
    __identity_fields__ = frozenset(("note",))
    __identity_links__ = ("order",)
    __editable_after_lock__ = EDITABLE
    __request_text__ = END_REQUESTED

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("protection_order.id"), index=True)
    kind: Mapped[str] = code_field("protection_step", label=_("Step"), on="list show add search")
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add order", width=3)
    until_on: Mapped[date | None] = field(Date, label=_("Extended until"), on="list show add", width=3)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    note: Mapped[str | None] = field(Text, label=_("What changed, or what happened"), on="show add", width=12)

    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="")
    order: Mapped[ProtectionOrder] = link(
        order_id,
        lookup="protection_order",
        label=_("Protection order"),
        help=_("Type its number, PO-…"),
        on="list show add",
        back_populates="steps",
    )

    __table_args__ = (Index("ix_protection_order_step_done", "done_on", "id"),)

    @property
    def needs_confirmation(self):
        return self.kind in rules.BY_TWO_OFFICERS

    @property
    def subject_number(self):
        return "" if self.order is None else self.order.number

    @property
    def owner_unit_code(self):
        return None if self.order is None else self.order.unit_code

    @property
    def hides_identity(self):
        return self.order is None or self.order.hides_identity

    @classmethod
    def has_hidden_identity(cls):
        """Return the criterion of `hides_identity`, within the row filter of the statement."""
        return cls.order.has(ProtectionOrder.has_hidden_identity())

    def update_derived(self):
        if self.order is not None:
            self.order.update_derived()
            self.person = self.order.person

    def __str__(self):
        return code_lists.label("protection_step", self.kind)


def is_in_state(state, today):
    """Return the condition that an order has a state on the day `today`; the same as `rules.find_state`."""
    row = ProtectionOrder
    valid = row.voided_at.is_(None)
    running = and_(valid, row.ended_on.is_(None) | (row.ended_on > today))
    conditions = {
        rules.VOID: ~valid,
        rules.ENDED: and_(valid, row.ended_on <= today),
        rules.NOT_YET: and_(running, row.starts_on > today),
        rules.EXPIRED: and_(running, row.starts_on <= today, row.ends_on < today),
        rules.IN_FORCE: and_(running, row.starts_on <= today, row.ends_on.is_(None) | (row.ends_on >= today)),
    }
    return conditions[state]
