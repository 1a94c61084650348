"""What was opened beyond somebody's part: a case shared with a unit, a person opened by break-glass, a protected
person shown for a reason. Each names who, why and until when, and ends by itself."""

from datetime import datetime, timedelta

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.schema.fields import field
from app.kernel.text import dates

SHARE, BREAK_GLASS, REVEAL = "share", "break_glass", "reveal"
REVIEW_WITHIN = timedelta(hours=72)  # of a break-glass


class Opening(Model):
    """One record opened to a unit (`unit_code`) or to one user (`user_id`)."""

    __tablename__ = "opening"
    __table_args__ = (
        Index("ix_opening_unit", "unit_code", "closes_at"),
        Index("ix_opening_user", "user_id", "closes_at"),
        Index("ix_opening_record", "entity", "entity_id"),
        CheckConstraint("reviewed_by_id <> user_id", name="reviewed_by_another"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    user_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="list show add", width=12)
    case_number: Mapped[str | None] = field(String(20), label=_("Case number"), on="list show add", width=3)
    opened_at: Mapped[datetime] = field(DateTime, label=_("Opened at"), on="list show", nullable=False)
    opened_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    closes_at: Mapped[datetime | None] = field(DateTime, label=_("Closes at"), on="list show")
    owner_unit: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    reviewed_at: Mapped[datetime | None] = field(DateTime, label=_("Reviewed at"), on="list show")
    reviewed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    review_note: Mapped[str | None] = field(String(400), label=_("What the review found"), width=12)
    justified: Mapped[bool | None] = mapped_column(Boolean)
    alerted_at: Mapped[datetime | None] = mapped_column(DateTime)  # that no review came in time was told then

    @property
    def review_until(self):
        return self.opened_at + REVIEW_WITHIN

    @property
    def is_late(self):
        """Whether the review of a break-glass is overdue."""
        return self.reviewed_at is None and dates.now() > self.review_until


def open_for(user_id, unit_code, now):
    """A subquery of (kind, entity_id) that stands open for a user and the unit; parameters may be bound later."""
    table = Opening.__table__
    mine = or_(table.c.user_id == user_id, table.c.unit_code == unit_code)
    still = or_(table.c.closes_at.is_(None), table.c.closes_at > now)
    return select(table.c.kind, table.c.entity_id).where(mine, still)


def gathered(rows, on_sqlite):
    """The rows of such a subquery as one JSON text, [["share", 7], …], for a statement that has other work."""
    kind, entity_id = rows.selected_columns
    pair = (func.json_array if on_sqlite else func.json_build_array)(kind, entity_id)
    gather = func.json_group_array if on_sqlite else func.json_agg
    return cast(rows.with_only_columns(gather(pair), maintain_column_froms=True).scalar_subquery(), Text)
