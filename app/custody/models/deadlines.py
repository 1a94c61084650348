"""Models of sent deadline alerts and of the index of active deadlines."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

NATIONAL = "nation"


class SentAlert(Model):
    """One alert that was sent: the last hours, the limit, or the days before a release.

    It keeps a killed and repeated job from sending an alert twice.
    """

    __tablename__ = "sent_alert"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


class ActiveDeadline(Model):
    """Index of open custodies, detentions and follow-ups by where their person is visible.

    It has one row for each such province, offence family and unit, and one nationwide row, so that a list does not read the
    records of the whole country. Only triggers write it (migration 0025), because it depends on two tables.
    """

    __tablename__ = "active_deadline"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    # NATIONAL, or the code of a province, family or unit.
    visible_to: Mapped[str] = mapped_column(String(40), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(DateTime, primary_key=True)  # for a date, its first moment
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
