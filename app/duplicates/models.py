"""Pairs of records that may be one person, their evidence, and the requests to merge two records.

A pair and its evidence hold ids and hashes only. Users may work on a pair if they see one of its records and the card of
the other.
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
from app.kernel.schema.fields import code_field, count, field
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.people.visibility import is_visible

WAITING, REQUESTED, DISMISSED, MERGED = "waiting", "requested", "dismissed", "merged"  # of a pair
VOID = "void"  # of a pair with a void record
REFUSED, DONE = "refused", "done"  # of a merge, in addition to REQUESTED
MERGE, UNDO_MERGE, DISMISSAL = "merge", "undo", "different"


def _may_work_on(one, other, scope):
    """Return whether a reader sees the record of one of two persons. Break-glass access does not count."""
    own = replace(scope, break_glass_ids=frozenset())
    return or_(is_visible(one, own), is_visible(other, own))


class Duplicate(Model):
    """Two records that may be one person; `first` was registered earlier."""

    __tablename__ = "duplicate"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    second_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    state: Mapped[str] = code_field(
        "duplicate_state", label=_("Status"), on="list show search", nullable=False, default=WAITING
    )
    weight: Mapped[int] = count(label=_("Similarity"), on="", nullable=False, default=0)
    found_at: Mapped[datetime] = field(
        DateTime, label=_("Found at"), on="list show", nullable=False, default=dates.now
    )
    dismissed_at: Mapped[datetime | None] = field(DateTime, label=_("Dismissed at"), on="show")
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    dismissal: Mapped[str | None] = field(Text, label=_("Reason they are two people"), on="show", width=12)

    dismissed_by: Mapped[User | None] = relationship(User, foreign_keys=dismissed_by_id)
    evidence: Mapped[list["DuplicateEvidence"]] = relationship(
        back_populates="duplicate", order_by="DuplicateEvidence.id", lazy="selectin"
    )

    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="ck_duplicate_order"),
        CheckConstraint("state <> 'dismissed' OR dismissed_by_id IS NOT NULL", name="ck_duplicate_dismissed"),
        Index("ix_duplicate_weight", "weight", "id"),
        Index("ix_duplicate_state", "state", "weight", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        """Protected persons have no card, so their pairs are hidden from users who may not see the name.

        Of merged records only the surviving one has a card.
        """
        if scope.is_unrestricted:
            return None
        nationwide = Scope(revealed_ids=scope.revealed_ids)
        cards = and_(is_visible(cls.first_id, nationwide), is_visible(cls.second_id, nationwide))
        return and_(_may_work_on(cls.first_id, cls.second_id, scope), or_(cls.state == MERGED, cards))

    @property
    def ids(self):
        return self.first_id, self.second_id

    @property
    def people_shown(self):
        """Return the ids of the persons named on the page of this pair (see `kernel.audit.access_log`)."""
        return list(self.ids)

    def __str__(self):
        return " · ".join(f"P-{person_id:07d}" for person_id in self.ids)


class DuplicateEvidence(Model):
    """One piece of evidence for a pair: its kind, and a hash by which the same evidence is recognized."""

    __tablename__ = "duplicate_evidence"
    __table_args__ = (UniqueConstraint("duplicate_id", "kind", "evidence_key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    duplicate_id: Mapped[int] = mapped_column(ForeignKey("duplicate.id"), nullable=False)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    evidence_key: Mapped[str] = mapped_column(String(40), nullable=False)
    found_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, default=dates.now)

    duplicate: Mapped[Duplicate] = relationship(Duplicate, back_populates="evidence")


class DuplicateArea(Model):
    """A province of one of the two persons. A provincial list starts here and reads no pairs of other provinces."""

    __tablename__ = "duplicate_area"

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    duplicate_id: Mapped[int] = mapped_column(
        ForeignKey("duplicate.id"), primary_key=True, autoincrement=False
    )


class PersonMerge(Record):
    """One request about two records, from the request to the decision: merge them, undo it, or record two people."""

    __tablename__ = "person_merge"
    __rules__ = rules.MERGE_RULES

    kind: Mapped[str] = code_field("merge_kind", label=_("Request type"), on="list show search")
    state: Mapped[str] = code_field(
        "merge_state", label=_("Status"), on="list show search", default=REQUESTED
    )
    duplicate_id: Mapped[int] = mapped_column(ForeignKey("duplicate.id"), index=True)
    surviving_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("person_merge.id"), index=True)
    # The chief of this province decides; empty if the two are in several provinces.
    province_code: Mapped[str | None] = field(String(2), label=_("Province"), on="")
    reason: Mapped[str] = field(Text, label=_("Reason"), on="show", width=12)
    snapshots: Mapped[Any] = mapped_column(JSON, nullable=False)
    requested_at: Mapped[datetime] = field(DateTime, label=_("Requested at"), on="list show")
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decision: Mapped[str | None] = field(Text, label=_("Reason of the decision"), on="show", width=12)
    exempt_until: Mapped[datetime | None] = mapped_column(DateTime)

    requested_by: Mapped[User] = relationship(User, foreign_keys=requested_by_id)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)
    duplicate: Mapped[Duplicate] = relationship(Duplicate)
    parts: Mapped["PersonMerge | None"] = relationship(
        foreign_keys=undo_of_id, remote_side=lambda: [PersonMerge.id]
    )
    rows: Mapped[list["PersonMergeRow"]] = relationship(back_populates="merge", order_by="PersonMergeRow.id")

    __table_args__ = (
        CheckConstraint("surviving_id <> merged_id", name="ck_person_merge_two_records"),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="ck_person_merge_two_people"
        ),
        CheckConstraint("(state = 'requested') = (decided_by_id IS NULL)", name="ck_person_merge_state"),
        CheckConstraint("(kind = 'undo') = (undo_of_id IS NOT NULL)", name="ck_person_merge_undo"),
        # Two officers at the same moment, or two clicks, create one request.
        Index(
            "ix_person_merge_one_at_a_time",
            "duplicate_id",
            unique=True,
            sqlite_where=text("state = 'requested'"),
            postgresql_where=text("state = 'requested'"),
        ),
        Index("ix_person_merge_state", "state", "id"),
        Index("ix_person_merge_kind", "kind", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        """Users see the request if they see one of the two records.

        The merged record is hidden from all users; the surviving record represents it.
        """
        if scope.is_unrestricted:
            return None
        return _may_work_on(cls.surviving_id, cls.merged_id, scope)

    @property
    def number(self):
        """Return the number that users see: J- and at least four digits."""
        return f"J-{self.id:04d}" if self.id else ""

    @property
    def people_shown(self):
        return [self.surviving_id, self.merged_id]

    def __str__(self):
        return self.number


class PersonMergeRow(Model):
    """One column of one row that a merge changes, with its value before and after."""

    __tablename__ = "person_merge_row"
    __table_args__ = (
        UniqueConstraint("merge_id", "entity", "entity_id", "column_name"),
        Index("ix_person_merge_row_record", "entity", "entity_id", "column_name"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    merge_id: Mapped[int] = mapped_column(ForeignKey("person_merge.id"), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    column_name: Mapped[str] = mapped_column(String(40), nullable=False)
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)

    merge: Mapped[PersonMerge] = relationship(PersonMerge, back_populates="rows")


class DuplicateScan(Model):
    """The progress of the full scan with one match key, so that a stopped scan resumes there."""

    __tablename__ = "duplicate_scan"

    match_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[Any] = mapped_column(JSON, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
