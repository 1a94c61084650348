"""A correction: what is to change in a shut record, who asked, who decided and who carried it out."""

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
from app.cases.row_filter import of_families
from app.kernel.schema.fields import coded, field
from app.kernel.schema.record import Record
from app.kernel.text import dates

CHANGE, VOID = "change", "void"
ASKED, REFUSED, APPROVED, CARRIED = "asked", "refused", "approved", "carried"
IN_PROGRESS = text("state IN ('asked', 'approved')")


class Correction(Record):
    """One request to change or to strike out one shut record, through to its end."""

    __tablename__ = "correction"

    kind: Mapped[str] = coded("correction_kind", label=_("Kind of correction"), on="list show search")
    state: Mapped[str] = coded("correction_state", label=_("State"), on="list show search", default=ASKED)
    entity: Mapped[str] = field(String(40), label=_("Kind of record"), on="")
    entity_id: Mapped[int] = field(Integer, label=_("Record"), on="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    province_code: Mapped[str] = field(String(2), label=_("Province"), on="")
    reason: Mapped[str] = field(Text, label=_("Reason"), on="show", width=12)
    letter_no: Mapped[str] = field(String(60), label=_("Number of the letter"), on="list show", width=6)
    passed: Mapped[list] = mapped_column(JSON, nullable=False)
    asked_at: Mapped[datetime] = field(DateTime, label=_("Asked at"), on="list show")
    due_at: Mapped[datetime] = field(DateTime, label=_("To be decided by"), on="list show")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decision: Mapped[str | None] = field(Text, label=_("Reason of the decision"), on="show", width=12)
    open_until: Mapped[datetime | None] = field(DateTime, label=_("Open until"), on="show")
    carried_at: Mapped[datetime | None] = field(DateTime, label=_("Carried out at"), on="show")
    carried_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    asked_by: Mapped[User] = relationship(User, foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)
    carried_by: Mapped[User | None] = relationship(User, foreign_keys=carried_by_id)
    fields: Mapped[list["CorrectionField"]] = relationship(
        back_populates="correction", order_by="CorrectionField.id"
    )

    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="ck_correction_decided"
        ),
        CheckConstraint(
            "carried_by_id IS NULL OR (decided_by_id IS NOT NULL AND carried_by_id <> asked_by_id"
            " AND carried_by_id <> decided_by_id)",
            name="ck_correction_carried",
        ),
        CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name="ck_correction_state"),
        CheckConstraint("(state = 'carried') = (carried_by_id IS NOT NULL)", name="ck_correction_end"),
        # Two who ask at once, or one who clicks twice, find one correction in progress.
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
    )

    @classmethod
    def __within__(cls, scope):
        """The corrections of a province; a department sees those of its families' cases, the nation sees all."""
        if scope.everything or scope.whole:
            return None
        bounds = [cls.province_code == scope.area[:2]] if scope.area else []
        bounds += [of_families(cls.case_id, sorted(scope.families))] if scope.families else []
        return and_(*bounds)

    @property
    def number(self):
        """As people name it: C- and four digits or more."""
        return f"C-{self.id:04d}" if self.id else ""

    @property
    def is_open(self):
        """Whether it may be carried out now; the time for it ends by itself."""
        return self.state == APPROVED and dates.now() < self.open_until

    @property
    def has_lapsed(self):
        return self.state == APPROVED and not self.is_open

    def __str__(self):
        return self.number


class CorrectionField(Model):
    """One column that a correction changes, before and after; `derived` ones follow from the others."""

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
