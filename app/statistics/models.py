"""Official reports: drafted by one officer, issued by a second one, and never changed afterwards."""

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.kernel.schema.fields import code_field, field
from app.reference.models import Unit

DRAFTED, ISSUED, RETURNED = "drafted", "issued", "returned"
IS_DRAFT = text("state = 'drafted'")


class OfficialReport(Model):
    """The figures of a unit and a period, as they were when the report was drafted."""

    __tablename__ = "official_report"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str | None] = field(String(30), label=_("Number"), on="list show", unique=True)
    kind: Mapped[str] = code_field(
        "report_period", label=_("Reporting period"), on="list show search", nullable=False
    )
    state: Mapped[str] = code_field(
        "report_state", label=_("Status"), on="list show search", default=DRAFTED, nullable=False
    )
    unit_code: Mapped[str] = mapped_column(String(20), ForeignKey("unit.code"), nullable=False)
    # Area of the unit when the report was drafted; empty for the country and for departments.
    area_code: Mapped[str | None] = mapped_column(String(8))
    first_day: Mapped[date] = field(Date, label=_("First day"), on="list show", nullable=False)
    last_day: Mapped[date] = field(Date, label=_("Last day"), on="show", nullable=False)
    # The tables of `reports.Report`, with codes instead of words.
    figures: Mapped[Any] = mapped_column(JSON, nullable=False)
    fingerprint: Mapped[str] = field(
        String(64), label=_("Fingerprint of the figures"), on="show", nullable=False
    )
    counted_at: Mapped[datetime] = field(DateTime, label=_("Figures counted on"), on="show", nullable=False)
    remarks: Mapped[str | None] = field(Text, label=_("Remarks"), on="show", width=12)
    revision_of_id: Mapped[int | None] = mapped_column(ForeignKey("official_report.id"), index=True)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    drafted_at: Mapped[datetime] = field(DateTime, label=_("Drafted at"), on="list show", nullable=False)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reviewed_at: Mapped[datetime | None] = field(DateTime, label=_("Reviewed at"), on="show")
    review: Mapped[str | None] = field(Text, label=_("Result of the review"), on="show", width=12)

    unit: Mapped[Unit] = relationship(Unit)
    drafted_by: Mapped[User] = relationship(User, foreign_keys=drafted_by_id)
    reviewed_by: Mapped[User | None] = relationship(User, foreign_keys=reviewed_by_id)
    revision_of: Mapped["OfficialReport | None"] = relationship(remote_side=id)
    files: Mapped[list["OfficialReportFile"]] = relationship(
        back_populates="report", order_by="OfficialReportFile.id"
    )

    __table_args__ = (
        CheckConstraint(
            "reviewed_by_id IS NULL OR reviewed_by_id <> drafted_by_id", name="ck_official_report_two_people"
        ),
        CheckConstraint("(state = 'drafted') = (reviewed_by_id IS NULL)", name="ck_official_report_reviewed"),
        CheckConstraint("(state = 'issued') = (number IS NOT NULL)", name="ck_official_report_number"),
        # A double click drafts one report.
        Index(
            "ix_official_report_one_draft",
            "unit_code",
            "kind",
            "first_day",
            unique=True,
            sqlite_where=IS_DRAFT,
            postgresql_where=IS_DRAFT,
        ),
        Index("ix_official_report_state", "state", "id"),
        Index("ix_official_report_kind", "kind", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        """Limit to the reports of the reader's area; a department sees its own."""
        if scope.is_unrestricted or scope.is_nationwide:
            return None
        bounds = [cls.area_code.startswith(scope.area, autoescape=True)] if scope.area else []
        bounds += [cls.unit_code == scope.unit] if scope.offence_families else []
        return and_(*bounds)

    def __str__(self):
        return self.number or f"#{self.id}"


class OfficialReportFile(Model):
    """A file of an issued report, with its hash."""

    __tablename__ = "official_report_file"
    __table_args__ = (UniqueConstraint("report_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("official_report.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(20), nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False, deferred=True)

    report: Mapped[OfficialReport] = relationship(back_populates="files")

    @classmethod
    def __row_filter__(cls, scope):
        """Limit to the files of the visible reports."""
        bounds = OfficialReport.__row_filter__(scope)
        return None if bounds is None else cls.report.has(bounds)
