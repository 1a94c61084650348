"""Correction of a locked record: its changes, and who requested, decided and applied it."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.cases.row_filter import has_offence_of_families
from app.kernel.schema.fields import code_field, field
from app.kernel.schema.record import Record
from app.kernel.text import dates

CHANGE, VOID = "change", "void"
REQUESTED, REFUSED, APPROVED, APPLIED = "requested", "refused", "approved", "applied"
NOT_STATED = "not_stated"  # cause of the corrections requested before causes were entered
NO_ERRORS = ("new_information", "late_document")  # causes that are no errors of the entry
IN_PROGRESS = text("state IN ('requested', 'approved')")


class Correction(Record):
    """One request to change or to void one locked record, with all its steps."""

    __tablename__ = "correction"

    kind: Mapped[str] = code_field("correction_kind", label=_("Correction type"), on="list show search")
    state: Mapped[str] = code_field(
        "correction_state", label=_("Status"), on="list show search", default=REQUESTED
    )
    entity: Mapped[str] = field(String(40), label=_("Record type"), on="")
    entity_id: Mapped[int] = field(Integer, label=_("Record"), on="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    province_code: Mapped[str] = field(String(2), label=_("Province"), on="")
    cause: Mapped[str] = code_field("correction_cause", label=_("Cause"), on="list show search")
    reason: Mapped[str] = field(Text, label=_("Reason"), on="show", width=12)
    letter_no: Mapped[str] = field(String(60), label=_("Letter number"), on="list show", width=6)
    overrides: Mapped[list] = mapped_column(JSON, nullable=False)
    requested_at: Mapped[datetime] = field(DateTime, label=_("Requested at"), on="list show")
    due_at: Mapped[datetime] = field(DateTime, label=_("Decision deadline"), on="list show")
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decision: Mapped[str | None] = field(Text, label=_("Reason of the decision"), on="show", width=12)
    exempt_until: Mapped[datetime | None] = field(DateTime, label=_("Editable until"), on="show")
    applied_at: Mapped[datetime | None] = field(DateTime, label=_("Applied at"), on="show")
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    requested_by: Mapped[User] = relationship(User, foreign_keys=requested_by_id)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)
    applied_by: Mapped[User | None] = relationship(User, foreign_keys=applied_by_id)
    fields: Mapped[list["CorrectionField"]] = relationship(
        back_populates="correction", order_by="CorrectionField.id"
    )

    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="ck_correction_decided"
        ),
        CheckConstraint(
            "applied_by_id IS NULL OR (decided_by_id IS NOT NULL AND applied_by_id <> requested_by_id"
            " AND applied_by_id <> decided_by_id)",
            name="ck_correction_applied",
        ),
        CheckConstraint("(state = 'requested') = (decided_by_id IS NULL)", name="ck_correction_state"),
        CheckConstraint("(state = 'applied') = (applied_by_id IS NOT NULL)", name="ck_correction_end"),
        # Two simultaneous requests or a double click create one correction.
        Index(
            "ix_correction_one_at_a_time",
            "entity",
            "entity_id",
            unique=True,
            sqlite_where=IN_PROGRESS,
            postgresql_where=IN_PROGRESS,
        ),
        Index("ix_correction_state", "state", "id"),
        Index("ix_correction_kind", "kind", "id"),
        Index("ix_correction_cause", "cause", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        """Limit to the corrections of a province; a department sees those of its offence families, national units all."""
        if scope.is_unrestricted or scope.is_nationwide:
            return None
        bounds = [cls.province_code == scope.area[:2]] if scope.area else []
        bounds += (
            [has_offence_of_families(cls.case_id, sorted(scope.offence_families))]
            if scope.offence_families
            else []
        )
        return and_(*bounds)

    @property
    def number(self):
        """Return the displayed number: C- and at least four digits."""
        return f"C-{self.id:04d}" if self.id else ""

    @property
    def is_open(self):
        """Return whether it can be applied now: approved and before its deadline."""
        return self.state == APPROVED and dates.now() < self.exempt_until

    @property
    def has_lapsed(self):
        return self.state == APPROVED and not self.is_open

    def __str__(self):
        return self.number


class CorrectionField(Model):
    """One column that a correction changes, before and after; `derived` ones follow from other columns."""

    __tablename__ = "correction_field"
    __table_args__ = (UniqueConstraint("correction_id", "entity", "entity_id", "column_name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    column_name: Mapped[str] = mapped_column(String(40), nullable=False)
    derived: Mapped[bool] = mapped_column(Boolean, nullable=False)
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)

    correction: Mapped[Correction] = relationship(Correction, back_populates="fields")

    @property
    def key(self):
        return (self.entity, self.entity_id, self.column_name)
