"""Models of the exhibits and files of a case."""
# chosen fields: the numbers by which an exhibit is found
# unrestricted: reads the unit that confirms a row of an exhibit, and the numbers that name it in a message

from datetime import date, datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    String,
    false,
    inspect,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from app.accounts.models import User
from app.cases import rules
from app.cases.exhibit_codes import build_code
from app.cases.models.case import Case, index_filled_in_province
from app.cases.row_filter import CaseChild, ExhibitChild
from app.cases.rules.exhibits import STOLEN
from app.confirmations.models import AWAITING, EDITABLE, NeedsConfirmation
from app.kernel.access.area import HasArea, is_of_units
from app.kernel.actor import unrestricted
from app.kernel.files.store import FileRecord
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.text.phone_numbers import normalize_phone
from app.people.rules import normalize_document_number

MOVEMENT_REQUESTED = "exhibit.end_requested"  # the keys of texts
HANDED_OVER = "exhibit.handed_over"
OPEN = "confirmation = 'awaiting' AND voided_at IS NULL"
LATER_MARK = "an officer may find later that the item helps the suspect"
FACTS = (
    "exhibit_id", "kind", "moved_on", "recipient", "document_no", "document_date", "weight", "note", "previous_state",
    "to_user_id", "shelf_id", "to_unit_code", "witness", "seal_no", "seal_broken",
)  # fmt: skip
INDEXED_NUMBERS = (
    "plate",
    "frame_no",
    "engine_no",
    "serial",
    "document_no",
    "phone",
)  # numbers by which an exhibit is found


def suspect_flag(on="show edit"):
    """Return the flag of an item that may help the suspect. The dossier index shows it to prosecutor and court."""
    return flag(
        APPLIES, label=_("May help the suspect"), on=on, width=4, nullable=False, server_default=false()
    )


# What a part has in common with its exhibit, which may be locked for years. `description` is the note of the split.
KEPT_BY_PART = (
    "kind", "property_role", "substance", "measure", "make", "model", "colour", "found_by", "found_at", "found_place",
    "taken_from", "owner",
)  # fmt: skip
START = ("parent_id", "start_state", "start_holder_id", "start_shelf_id", "start_unit_code")


class Exhibit(CaseChild, HasArea, Record):
    """An item seized, stolen or recovered. Its type decides which fields describe it.

    A part that a split separated begins where its exhibit was: with `start_holder_id` or on `start_shelf_id`. It has the
    state `start_state`, and so has an exhibit whose import states one.
    """

    __tablename__ = "exhibit"
    __rules__ = rules.EXHIBIT
    __later_rows__ = ("movements",)
    __unless__ = dict.fromkeys(("substance", "quantity", "measure"), "drug")  # V017
    __withdrawable__ = True
    __editable_after_lock__ = {"state": "computed from the movements", "helps_suspect": LATER_MARK}
    __cleared_by_correction__ = ("helps_suspect",)
    __immutable__ = START
    __stays_valid__ = {"parent": "a correction voids a separated part alone"}

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
    make: Mapped[str | None] = field(String(60), label=_("Make"), width=3)
    model: Mapped[str | None] = field(String(60), label=_("Model"), width=3)
    colour: Mapped[str | None] = field(String(40), label=_("Colour"), width=3)
    imei: Mapped[str | None] = field(String(20), label=_("IMEI"), width=3, private=True)
    calibre: Mapped[str | None] = field(String(20), label=_("Calibre"), width=3)
    found_by: Mapped[str | None] = field(String(120), label=_("Finder"), width=3)
    found_at: Mapped[datetime | None] = field(DateTime, label=_("Found at"), width=3)
    found_place: Mapped[str | None] = field(String(200), label=_("Place where found"), width=6)
    taken_from: Mapped[str | None] = field(String(120), label=_("Taken from"), width=4, private=True)
    owner: Mapped[str | None] = field(String(120), label=_("Owner of the exhibit"), width=4, private=True)
    packaging: Mapped[str | None] = code_field("packaging", label=_("Packaging"), width=3)
    value_khr: Mapped[int | None] = field(
        Numeric(16, 0), label=_("Value in riel"), on="show add edit", width=3
    )
    currency: Mapped[str | None] = code_field("currency", label=_("Currency"), width=2)
    helps_suspect: Mapped[bool] = suspect_flag()
    state: Mapped[str] = code_field(
        "exhibit_state", label=_("Exhibit status"), on="list show search", default="seized"
    )
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), index=True)
    start_state: Mapped[str | None] = mapped_column(String(40))
    start_holder_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    start_shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    start_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    # `custody`, who has it now, is added by the evidence, a higher feature.
    only_code = ""  # set for a holder who may not see the case: the code is then the name

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show search", back_populates="exhibits"
    )

    parent: Mapped["Exhibit | None"] = link(
        parent_id, lookup="exhibit", label=_("Part of exhibit"), on="show", remote_side="Exhibit.id"
    )
    movements: Mapped[list["ExhibitMovement"]] = relationship(
        back_populates="exhibit", order_by="ExhibitMovement.id"
    )

    __table_args__ = (
        *(Index(f"ix_exhibit_{name}", name, "id") for name in ("kind", "substance", "recorded_by_id")),
        # Includes type and role, so that filters by them read no table rows.
        Index("ix_exhibit_state_by_province", "province_code", "state", "id", "kind", "property_role"),
        *(index_filled_in_province(f"ix_exhibit_{name}_by_province", name) for name in INDEXED_NUMBERS),
    )

    @property
    def __correction_only__(self):
        """Return the columns of a part that a second officer has confirmed with its split."""
        return frozenset((*KEPT_BY_PART, "description") if self.parent_id is not None else ())

    @property
    def code(self):
        """Return the twelve digits on the label. They follow from the key, so that no two exhibits share them."""
        return build_code(self.recorded_at.year, self.id)

    def update_derived(self):
        CaseChild.update_derived(self)
        if _is_new(self):
            self.state = find_initial_state(self)
        self.plate_key = normalize_document_number(self.plate) or None
        self.phone_key = normalize_phone(self.phone) or None

    def __str__(self):
        return self.only_code or self.description or self.plate or code_lists.label("exhibit_kind", self.kind)


def find_initial_state(exhibit):
    """Return the state before the first movement: a stolen item is missing, not with the police."""
    return exhibit.start_state or ("missing" if exhibit.property_role == STOLEN else "seized")


def _is_new(row):
    """Return whether the row is not yet stored. Rows of the demo have no state of the session and are new."""
    state = inspect(row, raiseerr=False)
    return state is None or state.key is None


class ConfirmedExhibitChild(ExhibitChild, NeedsConfirmation):
    """A row of an exhibit that an officer of the unit of its case confirms, also if another unit holds the exhibit."""

    @property
    def owner_unit_code(self):
        case = Case.__table__.c
        return self._read(select(case.unit_code).where(case.id == self.case_id)) or self.unit_code

    @property
    def subject_number(self):
        case = Case.__table__.c
        return self._read(select(case.number).where(case.id == self.case_id)) or ""

    @property
    def author_number(self):
        exhibit = Exhibit.__table__.c
        recorded_at = self._read(select(exhibit.recorded_at).where(exhibit.id == self.exhibit_id))
        return build_code(recorded_at.year, self.exhibit_id)

    def _read(self, query):
        """Return the value of a query, also for an officer who may not see the case."""
        session = object_session(self)
        with session.no_autoflush, unrestricted(session):
            return session.scalar(query)


class ExhibitMovement(ConfirmedExhibitChild, HasArea, Record):
    """One movement of an exhibit, named by the state that it gives to it.

    The receiver confirms a hand-over, and a second officer an end or a loss. The receiving unit sees the movement too.
    """

    __tablename__ = "exhibit_movement"
    __rules__ = rules.MOVEMENT
    __editable_after_lock__ = EDITABLE
    __immutable__ = FACTS
    __row_policy__ = ""  # the receiving unit sees it too
    __withdrawable__ = True
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
        Index(
            "ix_exhibit_movement_open", "exhibit_id", unique=True,
            sqlite_where=text(OPEN), postgresql_where=text(OPEN),
        ),
        Index("ix_exhibit_movement_to_unit", "to_unit_code", "id"),
        Index("ix_exhibit_movement_unit", "unit_code", "id"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    kind: Mapped[str] = code_field("exhibit_state", label=_("Movement"), on="list show add search")
    moved_on: Mapped[date] = field(Date, label=_("Moved on"), on="list show add", width=3)
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"), index=True)
    to_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    to_user: Mapped[User | None] = link(
        to_user_id, lookup="receiver", label=_("Receiving officer"), on="list show add",
        help=_("Empty: you take it back yourself, from outside the police."),
    )  # fmt: skip
    # `shelf`, the link of `shelf_id`, is added by the evidence, a higher feature.
    recipient: Mapped[str | None] = field(
        String(200), label=_("Received by"), on="show add", width=6,
        help=_("Outside the police: laboratory, court, owner, or the committee of a destruction."),
    )  # fmt: skip
    witness: Mapped[str | None] = field(String(120), label=_("Witness"), on="show add", width=6)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    seal_no: Mapped[str | None] = field(String(40), label=_("Seal number"), on="list show add", width=3)
    seal_broken: Mapped[bool] = flag(APPLIES, label=_("Seal broken"), on="show add", width=3)
    weight: Mapped[Decimal | None] = field(Numeric(14, 3), label=_("Weight (grams)"), on="show add", width=3)
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="show add", width=12)
    # The state to return to if a correction voids all movements.
    previous_state: Mapped[str | None] = code_field("exhibit_state", label=_("State before"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="movements"
    )
    exhibit: Mapped[Exhibit] = link(
        exhibit_id, lookup="held_exhibit", label=_("Exhibit"), on="list show add", back_populates="movements"
    )

    @classmethod
    def is_of_holder(cls, scope):
        return or_(super().is_of_holder(scope), is_of_units(cls.to_unit_code, scope.units))

    @property
    def is_hand_over(self):
        """Return whether an officer of the police receives the exhibit from another."""
        return self.kind == rules.STORED or (self.kind == rules.HELD and self.to_user is not None)

    @property
    def needs_confirmation(self):
        return self.kind in rules.CONFIRMED_MOVEMENTS or self.is_hand_over

    @property
    def request_text(self):
        return HANDED_OVER if self.is_hand_over else MOVEMENT_REQUESTED

    @property
    def named_deciders(self):
        if not self.is_hand_over:
            return None
        return self.shelf.store.keeper_ids if self.kind == rules.STORED else {self.to_user_id}

    @property
    def is_open(self):
        """Return whether the movement waits for its receiver or for the second officer."""
        return self.confirmation == AWAITING and not self.is_void

    @property
    def subject_number(self):
        # The receiver may not see the case.
        return self.author_number if self.is_hand_over else super().subject_number

    def update_derived(self):
        if self.id is None and self.exhibit is not None:
            self.previous_state = self.exhibit.state
            store = self.shelf.store if self.shelf is not None else None
            receiver = store if store is not None else self.to_user
            self.to_unit_code = receiver.unit_code if receiver is not None else None
        super().update_derived()

    def __str__(self):
        return code_lists.label("exhibit_state", self.kind)


class CaseFile(CaseChild, HasArea, FileRecord, Record):
    """A photo or scanned document of a case."""

    __tablename__ = "case_file"
    __withdrawable__ = True
    __stays_valid__ = {"exhibit": "the photo stays a file of the case"}
    __editable_after_lock__ = {"helps_suspect": LATER_MARK}
    __cleared_by_correction__ = ("helps_suspect",)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("file_kind", label=_("File type"), on="list show add edit search")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)
    helps_suspect: Mapped[bool] = suspect_flag()

    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), index=True)
    act_id: Mapped[int | None] = mapped_column(ForeignKey("investigation_act.id"), index=True)
    # `act`, the link of `act_id`, is added by the investigation, a higher feature.

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show search", back_populates="files"
    )
    exhibit: Mapped[Exhibit | None] = link(exhibit_id, lookup="exhibit", label=_("Exhibit"), on="list show")

    def __str__(self):
        return code_lists.label("file_kind", self.kind)
