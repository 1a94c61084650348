"""Which warnings of a clock were told already, so that a job that is killed and run again tells nobody twice."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, Integer, String
from sqlalchemy.orm import Mapped, mapped_column


class ToldClock(Model):
    """One mark of one clock that has been told: the last hours, the limit, the days before a release."""

    __tablename__ = "told_clock"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(40), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
