"""Models of the exhibits and files of a case."""

from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Numeric, String, inspect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases import rules
from app.cases.models.case import Case, index_filled_in_province
from app.cases.row_filter import CaseChild
from app.confirmations.models import EDITABLE, NeedsConfirmation
from app.kernel.access.area import HasArea
from app.kernel.files.store import FileRecord
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.kernel.text.phone_numbers import normalize_phone
from app.people.rules import normalize_document_number

MOVEMENT_REQUESTED = "exhibit.end_requested"  # the key of a text
INDEXED_NUMBERS = (
    "plate",
    "frame_no",
    "engine_no",
    "serial",
    "document_no",
    "phone",
)  # numbers by which an exhibit is found


class Exhibit(CaseChild, HasArea, Record):
    """An item seized, stolen or recovered. Its type decides which fields describe it."""

    __tablename__ = "exhibit"
    __rules__ = rules.EXHIBIT
    __later_rows__ = ("movements",)
    __unless__ = dict.fromkeys(("substance", "quantity", "measure"), "drug")  # V017
    __withdrawable__ = True
    __editable_after_lock__ = {"state": "computed from the movements"}

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("exhibit_kind", label=_("Exhibit type"), on="list show add edit search")
    property_role: Mapped[str | None] = code_field(
        "property_role", label=_("Item status"), on="list show add edit search"
    )
    description: Mapped[str | None] = field(
        String(200), label=_("Description"), on="list show add edit", width=6
    )
    substance: Mapped[str | None] = code_field(
        "substance", label=_("Substance"), on="list show add edit search"
    )
    weapon: Mapped[str | None] = code_field("weapon", label=_("Weapon type"))
    quantity: Mapped[Decimal | None] = field(
        Numeric(14, 3), label=_("Quantity"), on="list show add edit", width=2
    )
    measure: Mapped[str | None] = code_field(
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
    plate_key: Mapped[str | None] = field(String(20), label=_("Plate for comparison"), on="", index=True)
    phone_key: Mapped[str | None] = field(String(40), label=_("Telephone for comparison"), on="", index=True)
    value_khr: Mapped[int | None] = field(
        Numeric(16, 0), label=_("Value in riel"), on="show add edit", width=3
    )
    currency: Mapped[str | None] = code_field("currency", label=_("Currency"), width=2)
    state: Mapped[str] = code_field(
        "exhibit_state", label=_("Exhibit status"), on="list show search", default="seized"
    )

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="exhibits"
    )

    movements: Mapped[list["ExhibitMovement"]] = relationship(
        back_populates="exhibit", order_by="ExhibitMovement.id"
    )

    __table_args__ = (
        *(Index(f"ix_exhibit_{name}", name, "id") for name in ("kind", "substance")),
        # Includes type and role, so that filters by them read no table rows.
        Index("ix_exhibit_state_by_province", "province_code", "state", "id", "kind", "property_role"),
        *(index_filled_in_province(f"ix_exhibit_{name}_by_province", name) for name in INDEXED_NUMBERS),
    )

    @property
    def initial_state(self):
        """Return the state before the first movement: a stolen item is missing, not with the police."""
        return "missing" if self.property_role == "stolen" else "seized"

    def update_derived(self):
        CaseChild.update_derived(self)
        # An import states the state of its exhibits, in the flush that adds their case.
        is_imported = self.case is not None and self.case.origin and _is_new(self.case)
        if not is_imported and _is_new(self):
            self.state = self.initial_state
        self.plate_key = normalize_document_number(self.plate) or None
        self.phone_key = normalize_phone(self.phone) or None

    def __str__(self):
        return self.description or self.plate or code_lists.label("exhibit_kind", self.kind)


def _is_new(row):
    """Return whether the row is not yet stored. Rows of the demo have no state of the session and are new."""
    state = inspect(row, raiseerr=False)
    return state is None or state.key is None


class ExhibitMovement(CaseChild, HasArea, NeedsConfirmation, Record):
    """One movement of an exhibit, named by the state that it gives to it. A second officer confirms an end or a loss."""

    __tablename__ = "exhibit_movement"
    __rules__ = rules.MOVEMENT
    __editable_after_lock__ = EDITABLE
    __request_text__ = MOVEMENT_REQUESTED
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    kind: Mapped[str] = code_field("exhibit_state", label=_("Movement"), on="list show add search")
    moved_on: Mapped[date] = field(Date, label=_("Moved on"), on="list show add", width=3)
    recipient: Mapped[str | None] = field(String(200), label=_("Received by"), on="show add", width=6)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="show add", width=12)
    # The state to return to if a correction voids all movements.
    previous_state: Mapped[str | None] = code_field("exhibit_state", label=_("State before"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="movements"
    )
    exhibit: Mapped[Exhibit] = link(
        exhibit_id, lookup="exhibit", label=_("Exhibit"), on="list show add", back_populates="movements"
    )

    @property
    def needs_confirmation(self):
        return self.kind in rules.CONFIRMED_MOVEMENTS

    @property
    def owner_unit_code(self):
        return (self.case is not None and self.case.unit_code) or self.unit_code

    @property
    def subject_number(self):
        return self.case.number if self.case is not None else ""

    def update_derived(self):
        if self.id is None and self.exhibit is not None:
            self.case, self.previous_state = self.exhibit.case, self.exhibit.state
        CaseChild.update_derived(self)

    def __str__(self):
        return code_lists.label("exhibit_state", self.kind)


class CaseFile(CaseChild, HasArea, FileRecord, Record):
    """A photo or scanned document of a case."""

    __tablename__ = "case_file"
    __withdrawable__ = True
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("file_kind", label=_("File type"), on="list show add edit search")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show", back_populates="files")
