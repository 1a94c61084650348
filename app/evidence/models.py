"""Models of evidence: stores and shelves, the present custody of an exhibit, seals, quantities, inventories."""
# unrestricted: reads the present quantity of an exhibit that another unit holds

from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, object_session, relationship

from app.accounts.models import User
from app.cases.exhibit_codes import SHELF, build_code
from app.cases.models import Case, CaseFile, Exhibit, ExhibitMovement
from app.cases.models.exhibits import OPEN, ConfirmedExhibitChild
from app.cases.row_filter import ExhibitChild
from app.confirmations.models import EDITABLE
from app.evidence import rules
from app.kernel.access.area import HasArea, is_of_units
from app.kernel.access.owned_by_unit import OwnedByUnit
from app.kernel.actor import unrestricted
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.reference.models import Unit

QUANTITY_CHANGED = "exhibit.quantity_changed"
COUNTING, WAITS = text("closed_at IS NULL"), text(OPEN)


class EvidenceStore(Record):
    """A store of a unit, with up to two keepers. A chief of the unit, or above it, maintains it."""

    __tablename__ = "evidence_store"
    __rules__ = rules.STORE
    __unrestricted__ = "every officer may know the stores: exhibits are handed over to their shelves"

    unit_code: Mapped[str] = mapped_column(String(20), ForeignKey("unit.code"), index=True)
    kind: Mapped[str] = code_field("store_kind", label=_("Store type"), on="list show add edit search")
    name: Mapped[str] = field(
        String(120), label=_("Name of the store"), on="list show add edit search", width=6
    )
    keeper_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    second_keeper_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)

    unit: Mapped[Unit] = link(unit_code, lookup="unit", label=_("Unit"), on="list show add search")
    keeper: Mapped[User] = link(keeper_id, lookup="officer", label=_("Keeper"), on="list show add edit")
    second_keeper: Mapped[User | None] = link(
        second_keeper_id, lookup="officer", label=_("Second keeper"), on="list show add edit"
    )

    __table_args__ = (Index("ix_evidence_store_name", "name", "id"),)

    @property
    def keeper_ids(self):
        """Return the ids of the accounts of the keepers."""
        return {self.keeper_id, self.second_keeper_id} - {None}

    def __str__(self):
        return self.name or ""


class Shelf(Record):
    """A shelf of a store, with a code on its label."""

    __tablename__ = "shelf"
    __unrestricted__ = "every officer may know the shelves: exhibits are handed over to them"
    __table_args__ = (UniqueConstraint("store_id", "name"),)

    store_id: Mapped[int] = mapped_column(ForeignKey("evidence_store.id"), index=True)
    name: Mapped[str] = field(
        String(60), label=_("Name of the shelf"), on="list show add edit search", width=4
    )
    store: Mapped[EvidenceStore] = link(
        store_id, lookup="evidence_store", label=_("Evidence store"), on="list show add"
    )

    @property
    def code(self):
        """Return the twelve digits on the label."""
        return build_code(SHELF, self.id)

    def __str__(self):
        return f"{self.store} · {self.name}" if self.store is not None else self.name or ""


class ExhibitCustody(OwnedByUnit, Record):
    """The present custody of an exhibit, for lists and for keepers. Folded from its rows and never typed.

    The unit that has the exhibit sees it, also where the case is outside its scope, and so does the unit that is to
    receive it.
    """

    __tablename__ = "exhibit_custody"
    __stays_valid__ = {"exhibit": "the row is computed, also for a void exhibit"}
    __computed__ = True  # names an exhibit, but holds back no withdrawal
    __row_policy__ = ""
    __table_args__ = (
        Index("ix_exhibit_custody_unit_state", "unit_code", "state", "id"),
        Index("ix_exhibit_custody_open_unit", "open_unit_code", "id"),
    )

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), unique=True)
    code: Mapped[str] = field(String(12), label=_("Code of the exhibit"), on="list show search")
    kind: Mapped[str] = code_field("exhibit_kind", label=_("Exhibit type"), on="list show search")
    state: Mapped[str] = code_field("exhibit_state", label=_("Exhibit status"), on="list show search")
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"), index=True)
    place: Mapped[str | None] = field(String(200), label=_("Outside the police"), on="show")
    since: Mapped[datetime | None] = field(DateTime, label=_("Since"), on="list show")
    seal: Mapped[str | None] = field(String(40), label=_("Seal number"), on="list show")
    quantity: Mapped[Decimal | None] = field(Numeric(14, 3), label=_("Present quantity"), on="list show")
    measure: Mapped[str | None] = code_field("measure", label=_("Unit of measure"), on="list show")
    open_id: Mapped[int | None] = mapped_column(Integer)  # no link: the row may still be withdrawn
    open_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))

    exhibit: Mapped[Exhibit] = relationship(Exhibit)
    holder: Mapped[User | None] = link(
        holder_id, lookup="receiver", label=_("Present holder"), on="list show"
    )
    shelf: Mapped[Shelf | None] = link(shelf_id, lookup="shelf", label=_("Shelf"), on="list show search")

    @classmethod
    def __row_filter__(cls, scope):
        of_unit = super().__row_filter__(scope)
        return None if of_unit is None else or_(of_unit, is_of_units(cls.open_unit_code, scope.units))

    def __str__(self):
        return self.code or ""


class ExhibitSeal(ExhibitChild, HasArea, Record):
    """A seal that was put on an exhibit, opened, or found broken."""

    __tablename__ = "exhibit_seal"
    __rules__ = rules.SEAL
    __editable_after_lock__ = {}
    __table_args__ = (Index("ix_exhibit_seal_unit", "unit_code", "id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    kind: Mapped[str] = code_field("seal_act", label=_("What happened to the seal"), on="list show add")
    number: Mapped[str] = field(String(40), label=_("Seal number"), on="list show add", width=3)
    witness: Mapped[str | None] = field(String(120), label=_("Witness"), on="list show add", width=6)
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show add", width=12)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show")
    exhibit: Mapped[Exhibit] = link(exhibit_id, lookup="held_exhibit", label=_("Exhibit"), on="list show add")

    def __str__(self):
        return self.number or ""


class QuantityChange(ConfirmedExhibitChild, HasArea, Record):
    """A new quantity of an exhibit: weighed again, a sample, or used in an examination. A second officer confirms it."""

    __tablename__ = "quantity_change"
    __rules__ = rules.QUANTITY
    __editable_after_lock__ = EDITABLE | {"part_id": "written when a second officer confirms a split"}
    __request_text__ = QUANTITY_CHANGED
    __stays_valid__ = {"part": "the split stays in the history of the exhibit"}
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
        Index(
            "ix_quantity_change_open", "exhibit_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS
        ),
        Index("ix_quantity_change_unit", "unit_code", "id"),
        Index("ix_quantity_change_part", "part_id", unique=True),
        CheckConstraint("after >= 0", name="ck_quantity_change_after"),
        CheckConstraint(
            "after <= before OR (cause = 'weighed' AND document_no IS NOT NULL)",
            name="ck_quantity_change_growth",
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    cause: Mapped[str] = code_field("quantity_cause", label=_("Why the quantity changes"), on="list show add")
    before: Mapped[Decimal | None] = field(Numeric(14, 3), label=_("Quantity before"), on="list show")
    after: Mapped[Decimal] = field(Numeric(14, 3), label=_("New quantity"), on="list show add", width=3)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    note: Mapped[str | None] = field(
        String(400),
        label=_("Note"),
        help=_("For a split: what the separated part is."),
        on="show add",
        width=12,
    )
    part_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"))

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show")
    exhibit: Mapped[Exhibit] = link(exhibit_id, lookup="held_exhibit", label=_("Exhibit"), on="list show add")
    part: Mapped[Exhibit | None] = link(part_id, lookup="held_exhibit", label=_("Separated part"), on="show")

    @property
    def previous_quantity(self):
        """Return the quantity that this row changes."""
        return self.before if self.id is not None else find_quantity(self.exhibit)

    def update_derived(self):
        if self.id is None and self.exhibit is not None:
            self.before = self.previous_quantity
        super().update_derived()

    def __str__(self):
        return code_lists.label("quantity_cause", self.cause)


class Inventory(OwnedByUnit, Record):
    """A count of all exhibits of a store. Its expected list is fixed at the start; the chief closes it."""

    __tablename__ = "inventory"
    __editable_after_lock__ = dict.fromkeys(
        ("closed_at", "closed_by_id"), "written when the chief closes the count"
    )
    __table_args__ = (
        Index("ix_inventory_open", "store_id", unique=True, sqlite_where=COUNTING, postgresql_where=COUNTING),
        CheckConstraint("closed_by_id <> recorded_by_id", name="ck_inventory_two_officers"),
    )

    store_id: Mapped[int] = mapped_column(ForeignKey("evidence_store.id"), index=True)
    closed_at: Mapped[datetime | None] = field(DateTime, label=_("Closed at"), on="list show")

    store: Mapped[EvidenceStore] = link(
        store_id, lookup="evidence_store", label=_("Evidence store"), on="list show add"
    )
    counter: Mapped[User | None] = relationship(User, foreign_keys="Inventory.recorded_by_id", viewonly=True)

    @declared_attr
    def closed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    def update_derived(self):
        if self.store is not None:
            self.unit = self.store.unit

    def __str__(self):
        return str(self.store) if self.store is not None else ""


class InventoryLine(Model):
    """One exhibit of an inventory: where it is expected, where it was found, and the explanation of a difference.

    An exhibit that is not on the list has no expected shelf. `code` is what was scanned.
    """

    __tablename__ = "inventory_line"
    __table_args__ = (UniqueConstraint("inventory_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    inventory_id: Mapped[int] = mapped_column(ForeignKey("inventory.id"))
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str | None] = mapped_column(String(40))
    seal: Mapped[str | None] = mapped_column(String(40))
    expected_shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    found_shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    result: Mapped[str] = mapped_column(String(40))
    explanation: Mapped[str | None] = mapped_column(String(400))

    expected_shelf: Mapped[Shelf | None] = relationship(Shelf, foreign_keys=expected_shelf_id)
    found_shelf: Mapped[Shelf | None] = relationship(Shelf, foreign_keys=found_shelf_id)


def find_quantity(exhibit):
    """Return the present quantity of an exhibit, also of one that an officer of another unit holds; None if unknown."""
    session = object_session(exhibit) if exhibit is not None else None
    if session is None:
        return exhibit.quantity if exhibit is not None else None
    present = select(ExhibitCustody.quantity).where(ExhibitCustody.exhibit_id == exhibit.id)
    with session.no_autoflush, unrestricted(session):
        found = session.execute(present).one_or_none()
    return exhibit.quantity if found is None else found.quantity


ExhibitMovement.shelf = link(
    ExhibitMovement.shelf_id, argument=Shelf, lookup="shelf", label=_("Shelf"), on="list show add"
)
Exhibit.parts = relationship(Exhibit, foreign_keys=Exhibit.parent_id, viewonly=True, order_by=Exhibit.id)
Exhibit.custody = relationship(ExhibitCustody, viewonly=True, uselist=False)
Exhibit.photos = relationship(CaseFile, foreign_keys=CaseFile.exhibit_id, viewonly=True, order_by=CaseFile.id)
