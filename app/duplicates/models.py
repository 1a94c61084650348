"""Pairs of records that may be one human being, what speaks for it, and the joinings of two records.

A pair and its evidence are ids and marks alone; who sees one record of it and a card of the other works on it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.duplicates import rules
from app.kernel.actor import Scope
from app.kernel.schema.fields import coded, count, field
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.people.visibility import sees

WAITS, ASKED, DISMISSED, JOINED = "waits", "asked", "dismissed", "joined"  # of a pair
REFUSED, DONE = "refused", "done"  # of a joining, beside ASKED
JOIN, PART = "join", "part"


def _may_work_on(one, other, scope):
    """Whether a reader sees the record of one of two persons. What was opened to him for a while does not count."""
    own = replace(scope, opened=frozenset(), revealed=frozenset())
    return or_(sees(one, own), sees(other, own))


class Duplicate(Model):
    """Two records that may be one human being; `first` is the one that was registered earlier."""

    __tablename__ = "duplicate"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    second_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    state: Mapped[str] = coded(
        "duplicate_state", label=_("State"), on="list show search", nullable=False, default=WAITS
    )
    weight: Mapped[int] = count(label=_("How much speaks for it"), on="", nullable=False, default=0)
    found_at: Mapped[datetime] = field(
        DateTime, label=_("Found at"), on="list show", nullable=False, default=dates.now
    )
    dismissed_at: Mapped[datetime | None] = field(DateTime, label=_("Dismissed at"), on="show")
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    dismissal: Mapped[str | None] = field(Text, label=_("Why they are two people"), on="show", width=12)

    dismissed_by: Mapped[User | None] = relationship(User, foreign_keys=dismissed_by_id)
    evidence: Mapped[list["Evidence"]] = relationship(
        back_populates="duplicate", order_by="Evidence.id", lazy="selectin"
    )

    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="ck_duplicate_order"),
        CheckConstraint("state <> 'dismissed' OR dismissed_by_id IS NOT NULL", name="ck_duplicate_dismissed"),
        Index("ix_duplicate_weight", "weight", "id"),
        Index("ix_duplicate_state", "state", "weight", "id"),
    )

    @classmethod
    def __within__(cls, scope):
        """Whom the law protects has no card and stands in no pair, whoever asks. Of what is joined one alone has."""
        if scope.everything:
            return None
        cards = and_(sees(cls.first_id, Scope()), sees(cls.second_id, Scope()))
        return and_(_may_work_on(cls.first_id, cls.second_id, scope), or_(cls.state == JOINED, cards))

    @property
    def ids(self):
        return self.first_id, self.second_id

    @property
    def people_shown(self):
        """The persons whom a page of this pair shows by name (see `kernel.looking`)."""
        return list(self.ids)

    def __str__(self):
        return " · ".join(f"P-{person_id:07d}" for person_id in self.ids)


class Evidence(Model):
    """One thing that speaks for a pair: of which kind, and a mark by which the same thing is known again."""

    __tablename__ = "duplicate_evidence"
    __table_args__ = (UniqueConstraint("duplicate_id", "kind", "mark"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    duplicate_id: Mapped[int] = mapped_column(ForeignKey("duplicate.id"), nullable=False)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    mark: Mapped[str] = mapped_column(String(40), nullable=False)
    found_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, default=dates.now)

    duplicate: Mapped[Duplicate] = relationship(Duplicate, back_populates="evidence")


class PairArea(Model):
    """A province in which one of a pair stands: by it a list begins, so that it need not pass the pairs of the nation."""

    __tablename__ = "duplicate_area"

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    duplicate_id: Mapped[int] = mapped_column(
        ForeignKey("duplicate.id"), primary_key=True, autoincrement=False
    )


class Joining(Record):
    """One request to join two records, or to part what was joined, through to its end."""

    __tablename__ = "joining"
    __rules__ = rules.JOINING

    kind: Mapped[str] = coded("joining_kind", label=_("What is asked"), on="list show search")
    state: Mapped[str] = coded("joining_state", label=_("State"), on="list show search", default=ASKED)
    duplicate_id: Mapped[int] = mapped_column(ForeignKey("duplicate.id"), index=True)
    staying_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    going_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    parts_id: Mapped[int | None] = mapped_column(ForeignKey("joining.id"), index=True)
    # Whose chief decides; empty where the two stand in more than one province.
    province_code: Mapped[str | None] = field(String(2), label=_("Province"), on="")
    reason: Mapped[str] = field(Text, label=_("Reason"), on="show", width=12)
    seen: Mapped[Any] = mapped_column(JSON, nullable=False)
    asked_at: Mapped[datetime] = field(DateTime, label=_("Asked at"), on="list show")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decision: Mapped[str | None] = field(Text, label=_("Reason of the decision"), on="show", width=12)
    open_until: Mapped[datetime | None] = mapped_column(DateTime)

    asked_by: Mapped[User] = relationship(User, foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)
    duplicate: Mapped[Duplicate] = relationship(Duplicate)
    parts: Mapped["Joining | None"] = relationship(foreign_keys=parts_id, remote_side=lambda: [Joining.id])
    rows: Mapped[list["JoiningRow"]] = relationship(back_populates="joining", order_by="JoiningRow.id")

    __table_args__ = (
        CheckConstraint("staying_id <> going_id", name="ck_joining_two_records"),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="ck_joining_two_people"
        ),
        CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name="ck_joining_state"),
        CheckConstraint("(kind = 'part') = (parts_id IS NOT NULL)", name="ck_joining_parts"),
        # Two who ask at once, or one who clicks twice, find one request.
        Index(
            "ix_joining_one_at_a_time",
            "duplicate_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_joining_state", "state", "id"),
        Index("ix_joining_kind", "kind", "id"),
    )

    @classmethod
    def __within__(cls, scope):
        """Who sees either of the two; the one that went is seen by nobody, and the one that stays stands for it."""
        if scope.everything:
            return None
        return _may_work_on(cls.staying_id, cls.going_id, scope)

    @property
    def number(self):
        """As people name it: J- and four digits or more."""
        return f"J-{self.id:04d}" if self.id else ""

    @property
    def people_shown(self):
        return [self.staying_id, self.going_id]

    def __str__(self):
        return self.number


class JoiningRow(Model):
    """One column of one row that a joining changes: what it pointed to or said, and what it does now."""

    __tablename__ = "joining_row"
    __table_args__ = (
        UniqueConstraint("joining_id", "entity", "entity_id", "column_name"),
        Index("ix_joining_row_record", "entity", "entity_id", "column_name"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    joining_id: Mapped[int] = mapped_column(ForeignKey("joining.id"), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    column_name: Mapped[str] = mapped_column(String(40), nullable=False)
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)

    joining: Mapped[Joining] = relationship(Joining, back_populates="rows")


class Round(Model):
    """How far the search through the whole register has come with one sign, so that it goes on where it was stopped."""

    __tablename__ = "duplicate_round"

    sign: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[Any] = mapped_column(JSON, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
