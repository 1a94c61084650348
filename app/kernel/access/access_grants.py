"""Access grants outside an actor's permanent scope.

A grant is a case shared with a unit or moved out of its scope, a person opened by break-glass access, a protected person revealed for a reason, or an
order opened by a confirmed match. Each names the user or unit, the reason and the expiry time, and expires automatically.
A grant is for reading; only a share with `may_write` and an opened order are also for writing. The kind `BLIND` takes a
case away instead.
"""

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

from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.kernel.schema.fields import field
from app.kernel.text import dates

SHARE, BREAK_GLASS, REVEAL = "share", "break_glass", "reveal"
MOVED = "moved"  # a case that its unit moved out of its own scope, for reading
CASE_GRANTS = SHARE, MOVED
BLIND = "blind"  # a case that its reader may not see: they show its line-up to the witness
MATCH = "match"  # an order that a confirmed match opens to the unit that met its person
REVIEW_WITHIN = timedelta(hours=72)  # after a break-glass access


class AccessGrant(Model):
    """Access of a unit (`unit_code`) or of one user (`user_id`) to one record."""

    __tablename__ = "access_grant"
    __table_args__ = (
        Index("ix_access_grant_unit", "unit_code", "expires_at"),
        Index("ix_access_grant_user", "user_id", "expires_at"),
        Index("ix_access_grant_record", "entity", "entity_id"),
        CheckConstraint("reviewed_by_id <> user_id", name="ck_access_grant_reviewed"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"), info=FOLLOWS_UNIT)
    user_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    may_write: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="list show add", width=12)
    case_number: Mapped[str | None] = field(String(20), label=_("Case number"), on="list show add", width=3)
    granted_at: Mapped[datetime] = field(DateTime, label=_("Opened at"), on="list show", nullable=False)
    granted_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    expires_at: Mapped[datetime | None] = field(DateTime, label=_("Expires at"), on="list show")
    owner_unit: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"), info=FOLLOWS_UNIT)
    reviewed_at: Mapped[datetime | None] = field(DateTime, label=_("Reviewed at"), on="list show")
    reviewed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    review_note: Mapped[str | None] = field(String(400), label=_("Review findings"), width=12)
    justified: Mapped[bool | None] = mapped_column(Boolean)
    alerted_at: Mapped[datetime | None] = mapped_column(DateTime)  # when the missing review was reported

    @property
    def review_until(self):
        """The deadline of the review of a break-glass access."""
        return self.granted_at + REVIEW_WITHIN

    @property
    def is_late(self):
        """True if the review of a break-glass access is overdue."""
        return self.reviewed_at is None and dates.now() > self.review_until


def active_grants(user_id, unit_code, now):
    """Return a SELECT of (kind, entity_id, may_write) of the active grants of a user and their unit.

    It accepts bind parameters.
    """
    table = AccessGrant.__table__
    granted = or_(table.c.user_id == user_id, table.c.unit_code == unit_code)
    active = or_(table.c.expires_at.is_(None), table.c.expires_at > now)
    return select(table.c.kind, table.c.entity_id, table.c.may_write).where(granted, active)


def grants_as_json(rows, on_sqlite):
    """Return the rows of `active_grants` as a JSON text column, [["share", 7, true], …], for use in another statement."""
    grant = (func.json_array if on_sqlite else func.json_build_array)(*rows.selected_columns)
    aggregate = func.json_group_array if on_sqlite else func.json_agg
    return cast(rows.with_only_columns(aggregate(grant), maintain_column_froms=True).scalar_subquery(), Text)
