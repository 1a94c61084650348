"""What happens to an order, and the scans that come to it."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.court_orders import rules
from app.court_orders.models.court_order import CourtOrder
from app.court_orders.row_filter import OfOrder
from app.kernel.files.store import FileRecord
from app.kernel.schema.fields import coded, field, link
from app.kernel.schema.record import Record
from app.people.models import Person
from app.reference.models import Place, Unit


class OrderEvent(OfOrder, Record):
    """One act on an order: its check, an attempt, its execution, its recall. It never changes what was received."""

    __tablename__ = "order_event"
    __rules__ = rules.ACT
    __stays_open__ = ()

    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), index=True)
    kind: Mapped[str] = coded("order_act", label=_("What was done"), on="list show add search")
    at: Mapped[datetime] = field(DateTime, label=_("When"), on="list show add", nullable=False, width=3)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Executing unit"), on=""
    )
    officer: Mapped[str | None] = field(
        String(120), label=_("Officer (rank and name)"), on="list show add", width=4
    )
    place_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="")
    result: Mapped[str | None] = coded("attempt_result", label=_("Result of the attempt"), on="list show add")
    paper_no: Mapped[str | None] = field(String(60), label=_("Number of the paper"), on="show add", width=3)
    paper_on: Mapped[date | None] = field(Date, label=_("Date of the paper"), on="show add", width=3)
    notice_kind: Mapped[str | None] = coded("notice_kind", label=_("Notice"), on="show add")
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show add", width=12)
    note: Mapped[str | None] = field(Text, label=_("Note"), on="show add", width=12)
    by_order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"))
    # The arrest by which it was executed: a number of the feature that holds people, which stands above this one.
    arrest_id: Mapped[int | None] = mapped_column(Integer, index=True)

    order: Mapped[CourtOrder] = link(
        order_id, lookup="order", label=_("Order"), on="list show add", back_populates="acts"
    )
    to_unit: Mapped[Unit | None] = link(
        to_unit_code, lookup="unit", label=_("Executing unit"), on="list show add"
    )
    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add")
    by_order: Mapped[CourtOrder | None] = link(
        by_order_id, lookup="order", label=_("Replaced by the order"), on="show add"
    )
    person: Mapped[Person | None] = link(person_id, lookup="card", label=_("Person"), on="show add")

    __table_args__ = (Index("ix_order_event_kind", "kind", "id"), Index("ix_order_event_at", "at", "id"))

    def __str__(self):
        return str(self.order or "")


class OrderFile(OfOrder, FileRecord, Record):
    """A scan of an order, or of a paper that came to it."""

    __tablename__ = "order_file"
    __stays_open__ = ()

    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), index=True)
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show", width=8)

    order: Mapped[CourtOrder] = link(
        order_id, lookup="order", label=_("Order"), on="list show", back_populates="files"
    )
