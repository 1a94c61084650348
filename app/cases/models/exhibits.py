"""The things of a case, and its photos and papers."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case, filled_there
from app.cases.row_filter import OfCase
from app.kernel.access.area import Located
from app.kernel.files.store import FileRecord
from app.kernel.schema import code_lists
from app.kernel.schema.fields import coded, field, link
from app.kernel.schema.record import Record
from app.kernel.text.phone_numbers import telephone_key
from app.people.rules import document_key

NUMBERS = ("plate", "frame_no", "engine_no", "serial", "document_no", "phone")  # by which a thing is found


class Exhibit(OfCase, Located, Record):
    """A thing seized, stolen or recovered, described by its kind."""

    __tablename__ = "exhibit"
    __rules__ = rules.EXHIBIT
    __unless__ = dict.fromkeys(("substance", "quantity", "measure"), "drug")  # V017
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
    plate_key: Mapped[str | None] = field(String(20), label=_("Plate as compared"), on="", index=True)
    phone_key: Mapped[str | None] = field(String(40), label=_("Telephone as compared"), on="", index=True)
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

    __table_args__ = (
        *(Index(f"ix_exhibit_{name}", name, "id") for name in ("kind", "substance")),
        # Kind and role stand in it so that no row is read to filter by them.
        Index("ix_exhibit_state_there", "province_code", "state", "id", "kind", "property_role"),
        *(filled_there(f"ix_exhibit_{name}_there", name) for name in NUMBERS),
    )

    def derive(self):
        OfCase.derive(self)
        # What was stolen, and of which nothing else is said, does not lie with the police.
        self.state = self.state or ("missing" if self.property_role == "stolen" else "seized")
        self.plate_key = document_key(self.plate) or None
        self.phone_key = telephone_key(self.phone) or None

    def __str__(self):
        return self.description or self.plate or code_lists.label("exhibit_kind", self.kind)


class CaseFile(OfCase, Located, FileRecord, Record):
    """A photo or a scanned paper of a case."""

    __tablename__ = "case_file"
    __stays_open__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = coded("file_kind", label=_("Kind of file"), on="list show add edit search")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show", back_populates="files")
