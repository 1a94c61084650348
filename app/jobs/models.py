"""The model of background jobs: task, owner, progress and result."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.text import dates

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN_STATES = (WAITING, RUNNING)


class Job(Model):
    """One job of one owner. `arguments` and `title` contain numbers and codes, no names of people.

    The owner's purpose and address at request time are logged with everything that the job does.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_owner", "owner_id", "id"),
        Index("ix_job_state", "state", "id"),
        Index("ix_job_kept", "available_until"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    title: Mapped[str] = mapped_column(String(200), nullable=False)
    arguments: Mapped[dict] = mapped_column(JSON, nullable=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(40))
    purpose_note: Mapped[str | None] = mapped_column(String(200))
    session_ref: Mapped[str | None] = mapped_column(String(8))
    address: Mapped[str | None] = mapped_column(String(45))
    requested_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    state: Mapped[str] = mapped_column(String(12), nullable=False, default=WAITING)
    # The worker that runs it, since when, and its last heartbeat.
    runner: Mapped[str | None] = mapped_column(String(80))
    started_at: Mapped[datetime | None] = mapped_column(DateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(DateTime)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # since the last progress
    stop_requested_at: Mapped[datetime | None] = mapped_column(DateTime)
    total: Mapped[int | None] = mapped_column(Integer)
    progress: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    progress_text: Mapped[str | None] = mapped_column(String(200))

    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    problem: Mapped[str | None] = mapped_column(String(400))
    result_file: Mapped[str | None] = mapped_column(String(32))
    result_name: Mapped[str | None] = mapped_column(String(120))
    result_type: Mapped[str | None] = mapped_column(String(100))
    result_size: Mapped[int | None] = mapped_column(BigInteger)
    available_until: Mapped[datetime | None] = mapped_column(DateTime)
    # The unit, area and roles for which the result was made: `results.describe_access`.
    result_access: Mapped[str | None] = mapped_column(String(64))

    @property
    def is_unsuccessful(self):
        """Return whether the job failed or was cancelled, so that it may be requested again."""
        return self.state in (FAILED, CANCELLED)

    @property
    def is_open(self):
        return self.state in OPEN_STATES

    @property
    def is_stopping(self):
        return self.state == RUNNING and self.stop_requested_at is not None

    @property
    def has_result(self):
        """Return whether the result is still available."""
        return self.result_file is not None and self.available_until > dates.now()
