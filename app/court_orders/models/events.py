"""Models of order events and of scans of orders."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from app.confirmations.models import AWAITING, EDITABLE, NeedsConfirmation
from app.court_orders import rules, state_machine
from app.court_orders.models.court_order import CourtOrder
from app.court_orders.row_filter import OrderChild, OrderScan
from app.kernel.files.store import FileRecord
from app.kernel.i18n.yes_no import IS_UNKNOWN
from app.kernel.schema.fields import code_field, field, flag, link
from app.kernel.schema.record import Record
from app.people.models import Person
from app.reference.models import Place, Unit

END_REQUESTED, RESUMPTION_REQUESTED = "order.end_requested", "order.resumption_requested"  # keys of texts


class OrderEvent(OrderChild, NeedsConfirmation, Record):
    """One event of an order, such as check, attempt or recall. It never changes the received data.

    A second officer confirms the end of a search, and its resumption. Before, the status of the order stays as it is.
    """

    __tablename__ = "order_event"
    __rules__ = rules.EVENT
    __editable_after_lock__ = EDITABLE
    __day_flags__ = {"at": "time_unknown"}
    __unknown_flags__ = {"at": "date_unknown"}
    is_derived = False  # True for an event that follows from a judgment

    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), index=True)
    kind: Mapped[str] = code_field("order_event_kind", label=_("Action taken"), on="list show add search")
    at: Mapped[datetime] = field(DateTime, label=_("Time"), on="list show add", nullable=False, width=3)
    time_unknown: Mapped[bool] = flag(
        IS_UNKNOWN, label=_("Exact time not known"), on="show", nullable=False, server_default=false()
    )
    # Of an imported act only. The act then counts from the day of the order.
    date_unknown: Mapped[bool] = flag(
        IS_UNKNOWN, label=_("Date unknown"), on="show", nullable=False, server_default=false()
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Executing unit"), on=""
    )
    officer: Mapped[str | None] = field(
        String(120), label=_("Officer (rank and name)"), on="list show add", width=4
    )
    place_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="")
    result: Mapped[str | None] = code_field(
        "attempt_result", label=_("Result of the attempt"), on="list show add"
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    notice_kind: Mapped[str | None] = code_field("notice_kind", label=_("Notice"), on="show add")
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show add", width=12)
    note: Mapped[str | None] = field(Text, label=_("Note"), on="show add", width=12)
    by_order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"))
    # Id of the arrest that executed the order. No foreign key: custody is a higher layer.
    arrest_id: Mapped[int | None] = mapped_column(Integer, index=True)  # set by an arrest only, in no form
    # Id of the judgment that an acquittal, or its end, follows from. No foreign key, as above; None if an officer entered it.
    judgment_id: Mapped[int | None] = mapped_column(Integer)

    order: Mapped[CourtOrder] = link(
        order_id, lookup="order", label=_("Order"), on="list show add", back_populates="acts"
    )
    to_unit: Mapped[Unit | None] = link(
        to_unit_code, lookup="unit", label=_("Executing unit"), on="list show add"
    )
    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add")
    by_order: Mapped[CourtOrder | None] = link(
        by_order_id, lookup="order", label=_("Replaced by order"), on="show add"
    )
    person: Mapped[Person | None] = link(person_id, lookup="card", label=_("Person"), on="show add")

    __table_args__ = (Index("ix_order_event_kind", "kind", "id"), Index("ix_order_event_at", "at", "id"))

    @property
    def needs_confirmation(self):
        order = self.order
        if (
            self.is_derived or order is None or (order.origin and order.id is None)
        ):  # a second officer approves imports
            return False
        return state_machine.needs_second_officer(order.kind, order.status, self.kind)

    @property
    def request_text(self):
        return RESUMPTION_REQUESTED if self.kind == "restored" else END_REQUESTED

    @property
    def awaits_confirmation(self):
        return self.confirmation == AWAITING and not self.is_void

    @property
    def owner_unit_code(self):
        return (self.order is not None and self.order.owner_unit_code) or self.unit_code

    @property
    def subject_number(self):
        return self.order.number

    def __str__(self):
        return str(self.order or "")


class OrderFile(OrderScan, FileRecord, Record):
    """A scan of an order or of a related document."""

    __tablename__ = "order_file"
    __editable_after_lock__ = ()

    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), index=True)
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show", width=8)

    order: Mapped[CourtOrder] = link(
        order_id, lookup="order", label=_("Order"), on="list show", back_populates="files"
    )
