"""Models of the exhibits and files of a case."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case, index_filled_in_province
from app.cases.row_filter import CaseChild
from app.kernel.access.area import HasArea
from app.kernel.files.store import FileRecord
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.kernel.text.phone_numbers import normalize_phone
from app.people.rules import normalize_document_number

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
    __unless__ = dict.fromkeys(("substance", "quantity", "measure"), "drug")  # V017
    __editable_after_lock__ = ("state",)  # the current location changes; the description is locked

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
        "exhibit_state", label=_("Exhibit status"), on="list show add edit search", default="seized"
    )

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="exhibits"
    )

    __table_args__ = (
        *(Index(f"ix_exhibit_{name}", name, "id") for name in ("kind", "substance")),
        # Includes type and role, so that filters by them read no table rows.
        Index("ix_exhibit_state_by_province", "province_code", "state", "id", "kind", "property_role"),
        *(index_filled_in_province(f"ix_exhibit_{name}_by_province", name) for name in INDEXED_NUMBERS),
    )

    def update_derived(self):
        CaseChild.update_derived(self)
        # A stolen item without a recorded state is missing, not with the police.
        self.state = self.state or ("missing" if self.property_role == "stolen" else "seized")
        self.plate_key = normalize_document_number(self.plate) or None
        self.phone_key = normalize_phone(self.phone) or None

    def __str__(self):
        return self.description or self.plate or code_lists.label("exhibit_kind", self.kind)


class CaseFile(CaseChild, HasArea, FileRecord, Record):
    """A photo or scanned document of a case."""

    __tablename__ = "case_file"
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("file_kind", label=_("File type"), on="list show add edit search")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show", back_populates="files")
