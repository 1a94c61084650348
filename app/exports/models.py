"""Model of an export: requester, purpose, approval and the resulting file."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.kernel import system_kind
from app.reference.models import Unit

LIST, CASE, PERSON, DATA_SET, EXCHANGE = "list", "case", "person", "data_set", "exchange"
# made: a job writes it, or has written it · over: above the row limit · others: approval
CREATED, OVER_LIMIT, REQUESTED, APPROVED, REFUSED = (
    "created",
    "over_limit",
    "requested",
    "approved",
    "refused",
)


class Export(Model):
    """One requested file.

    `arguments` say what it contains. Filters typed by the user are kept only until the file is written.
    """

    __tablename__ = "export"
    __table_args__ = (
        Index("ix_export_user", "requested_by_id", "id"),
        Index("ix_export_state", "state", "id"),
        CheckConstraint("decided_by_id <> requested_by_id", name="ck_export_decided"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str] = mapped_column(String(20), nullable=False)
    title: Mapped[str] = mapped_column(String(160), nullable=False)
    arguments: Mapped[dict] = mapped_column(JSON, nullable=False)
    format: Mapped[str] = mapped_column(String(10), nullable=False)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    requested_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    purpose: Mapped[str] = mapped_column(String(40), nullable=False)
    case_number: Mapped[str] = mapped_column(String(40), nullable=False)
    max_rows: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False)
    reason: Mapped[str | None] = mapped_column(String(400))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime)
    decision: Mapped[str | None] = mapped_column(String(400))
    approved_until: Mapped[datetime | None] = mapped_column(DateTime)
    job_id: Mapped[int | None] = mapped_column(Integer)
    rows: Mapped[int | None] = mapped_column(Integer)
    sha256: Mapped[str | None] = mapped_column(String(64))

    requested_by: Mapped[User] = relationship(User, foreign_keys=requested_by_id)
    unit: Mapped[Unit | None] = relationship(Unit)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)

    @property
    def serial(self):
        """Return the serial number printed in the file."""
        return f"{system_kind.PRACTICE_PREFIX if system_kind.is_practice() else ''}E-{self.id:06d}"


class ExportAnswer(Model):
    """What the receiver of an export acknowledged: how many rows arrived, and which were rejected."""

    __tablename__ = "export_answer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id"), nullable=False, index=True)
    received: Mapped[int] = mapped_column(Integer, nullable=False)
    accepted: Mapped[int] = mapped_column(Integer, nullable=False)
    # [[table, record, reason]] of the rejected rows.
    rejected: Mapped[list] = mapped_column(JSON, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)  # of the acknowledgement
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    recorded_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    recorded_by: Mapped[User] = relationship(User)
