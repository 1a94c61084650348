"""A job: what is to be done for whom, how far it is, and what came of it."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.text import dates

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)
UNIT = "of_unit"


class Job(Model):
    """One piece of work of one owner. `arguments` and `title` hold numbers and codes, no names of people.

    Beside what its kind takes, `arguments` hold the unit of the owner when he asked.

    What the owner said about his purpose when he asked, and from where, goes into the log with all that the job does.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_owner", "owner_id", "id"),
        Index("ix_job_state", "state", "id"),
        Index("ix_job_kept", "kept_until"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    title: Mapped[str] = mapped_column(String(200), nullable=False)
    arguments: Mapped[dict] = mapped_column(JSON, nullable=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(40))
    purpose_note: Mapped[str | None] = mapped_column(String(200))
    session_mark: Mapped[str | None] = mapped_column(String(8))
    address: Mapped[str | None] = mapped_column(String(45))
    asked_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    state: Mapped[str] = mapped_column(String(12), nullable=False, default=WAITING)
    # Who runs it, since when, and when he gave his last sign of life.
    runner: Mapped[str | None] = mapped_column(String(80))
    started_at: Mapped[datetime | None] = mapped_column(DateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(DateTime)
    starts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # since it came forward last
    stop_asked_at: Mapped[datetime | None] = mapped_column(DateTime)
    total: Mapped[int | None] = mapped_column(Integer)
    reached: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    words: Mapped[str | None] = mapped_column(String(200))

    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    problem: Mapped[str | None] = mapped_column(String(400))
    result_file: Mapped[str | None] = mapped_column(String(32))
    result_name: Mapped[str | None] = mapped_column(String(120))
    result_type: Mapped[str | None] = mapped_column(String(100))
    result_size: Mapped[int | None] = mapped_column(BigInteger)
    kept_until: Mapped[datetime | None] = mapped_column(DateTime)

    @property
    def unit_code(self):
        """The unit of its owner when he asked."""
        return self.arguments.get(UNIT)

    @property
    def came_to_nothing(self):
        """Whether it failed or was stopped: then it may be asked for again."""
        return self.state in (FAILED, CANCELLED)

    @property
    def is_open(self):
        return self.state in OPEN

    @property
    def is_stopping(self):
        return self.state == RUNNING and self.stop_asked_at is not None

    @property
    def can_be_fetched(self):
        """Whether its result is there still."""
        return self.result_file is not None and self.kept_until > dates.now()
