"""Saved searches. A watch is a saved search with a case, a purpose and an end."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.text import dates

MAX_NAME_LENGTH = 80


class SavedSearch(Model):
    """A saved search of one user. The text is personal data, so it is never part of a URL."""

    __tablename__ = "saved_search"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), nullable=False)
    payload: Mapped[dict] = mapped_column(JSON, nullable=False)
    saved_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    # A watch has all three columns.
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(20))
    watched_until: Mapped[datetime | None] = mapped_column(DateTime)

    @property
    def is_watch(self):
        return self.watched_until is not None and self.watched_until > dates.now()

    @property
    def has_ended(self):
        return self.watched_until is not None and not self.is_watch


class WatchKey(Model):
    """A phonetic key of a watched name, so that the watches of a new name are found by one lookup."""

    __tablename__ = "watch_key"
    __table_args__ = (Index("ix_watch_key_search", "search_id"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id"), primary_key=True)


class WatchMatch(Model):
    """A person that the owner of a watch knows already. There is one alert for each person."""

    __tablename__ = "watch_match"

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    known_since: Mapped[datetime] = mapped_column(DateTime, nullable=False)
