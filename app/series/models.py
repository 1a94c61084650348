"""A series of similar cases, and its cases. A reader sees a series if they see one of its cases."""

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.cases.models import Case
from app.cases.row_filter import filter_cases
from app.kernel.schema.fields import code_field, field

PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"
REMOVED = "removed"  # of a case that does not belong to the series


class CaseSeries(Model):
    """A group of cases with what they have in common, proposed by the job and decided by an officer."""

    __tablename__ = "case_series"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = code_field(
        "series_state", label=_("Status"), on="list show search", default=PROPOSED, nullable=False
    )
    family: Mapped[str] = code_field(
        "offence_family", label=_("Offence family"), on="list show search", nullable=False
    )
    province_code: Mapped[str] = field(String(2), label=_("Province"), on="list show", nullable=False)
    first_day: Mapped[date] = field(Date, label=_("First case"), on="list show", nullable=False)
    last_day: Mapped[date] = field(Date, label=_("Last case"), on="list show order", nullable=False)
    # {name: code} of what most of the cases have in common; it names no person.
    common: Mapped[Any] = mapped_column(JSON, nullable=False)
    found_at: Mapped[datetime] = field(DateTime, label=_("Proposed at"), on="show", nullable=False)
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = field(String(400), label=_("Reason for the decision"), on="show", width=12)
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("case_series.id"), index=True)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)

    decided_by: Mapped[User | None] = relationship(User)
    members: Mapped[list["CaseSeriesMember"]] = relationship(
        back_populates="series", order_by="CaseSeriesMember.id"
    )

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index("ix_case_series_last_day", "last_day", "id"),
        Index("ix_case_series_state", "state", "last_day", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        bounds = CaseSeriesMember.__row_filter__(scope)
        return None if bounds is None else cls.members.any(bounds)

    def __str__(self):
        return f"S-{self.id:05d}" if self.id else ""


class CaseSeriesMember(Model):
    """A case of a series."""

    __tablename__ = "case_series_member"
    __table_args__ = (UniqueConstraint("series_id", "case_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("case_series.id"), nullable=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True, nullable=False)
    state: Mapped[str] = mapped_column(String(40), default=PROPOSED, nullable=False)

    series: Mapped[CaseSeries] = relationship(back_populates="members")
    case: Mapped[Case] = relationship(Case)

    @classmethod
    def __row_filter__(cls, scope):
        bounds = filter_cases(Case, scope)
        return None if bounds is None else cls.case.has(bounds)
