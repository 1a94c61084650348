"""Which warnings of a clock were told already, so that a job that is killed and run again tells nobody twice; and where
the clocks that run are seen, so that a board need not look through those of the nation.
"""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

NATION = "nation"


class ToldClock(Model):
    """One mark of one clock that has been told: the last hours, the limit, the days before a release."""

    __tablename__ = "told_clock"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(40), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


class OpenClock(Model):
    """An open custody, detention or follow-up, once for each province, family of offences and unit for which its person
    is seen, and once for the nation. An index over two tables: triggers keep it (migration 0025), nothing else writes it.
    """

    __tablename__ = "open_clock"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    seen_by: Mapped[str] = mapped_column(String(40), primary_key=True)  # NATION, or the code of one of these
    ends_at: Mapped[datetime] = mapped_column(DateTime, primary_key=True)  # of a day its beginning
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
