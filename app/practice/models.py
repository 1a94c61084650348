"""Exercises and the attempts of trainees. They exist in the practice system only."""

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.extensions import db


class Exercise(db.Model):
    """An incident and the model answer. An exercise without an author is part of E-Crime."""

    __tablename__ = "exercise"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), nullable=False)
    title: Mapped[str] = mapped_column(String(120), nullable=False)
    incident: Mapped[str] = mapped_column(Text, nullable=False)
    model: Mapped[dict] = mapped_column(JSON, nullable=False)
    prepared: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))  # records of each attempt
    written_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    author: Mapped[User | None] = relationship(User, foreign_keys=author_id)

    @property
    def is_open(self):
        """Return whether trainees may do the exercise: a second person has reviewed it."""
        return self.author_id is None or self.reviewer_id is not None


class Attempt(db.Model):
    """One trainee's answer to an exercise. The entry page has its token; the score is computed once."""

    __tablename__ = "exercise_attempt"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_exercise_attempt_user_id", "user_id", "exercise_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), nullable=False, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    token: Mapped[str] = mapped_column(String(40), nullable=False)
    case_id: Mapped[int | None] = mapped_column(
        ForeignKey("case.id"), index=True
    )  # that the exercise has prepared
    begun_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    done_at: Mapped[datetime | None] = mapped_column(DateTime)
    score: Mapped[int | None] = mapped_column()
    answer: Mapped[dict | None] = mapped_column(JSON)

    exercise: Mapped[Exercise] = relationship(Exercise)
