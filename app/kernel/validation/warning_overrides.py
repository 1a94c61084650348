"""Warning overrides: the rule, the record, the field and the reason of each overridden warning."""

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String, insert, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema.fields import code_field, field
from app.kernel.text import dates


class WarningOverride(Model):
    """A warning that the clerk overrode with a reason."""

    __tablename__ = "warning_override"
    __table_args__ = (Index("ix_warning_override_record", "entity", "entity_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    entity: Mapped[str] = field(String(40), label=_("Record type"), on="list show")
    entity_id: Mapped[int] = field(Integer, label=_("Record"), on="list show")
    rule: Mapped[str] = field(String(10), label=_("Rule"), on="list show search")
    field_name: Mapped[str] = field(String(80), label=_("Field"), on="list show")
    reason: Mapped[str] = code_field("override_reason", label=_("Reason"), on="list show")
    reason_list: Mapped[str] = mapped_column(String(40))
    overridden_at: Mapped[datetime] = field(DateTime, label=_("Overridden at"), on="list show")
    overridden_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    def __str__(self):
        return self.rule


def save_overrides(overrides, record):
    """Insert, in this transaction, the (problem, reason) pairs of a flushed record."""
    rows = [
        _row(problem, reason, problem.row if problem.row is not None else record)
        for problem, reason in overrides
    ]
    if rows:
        db.session.execute(insert(WarningOverride), rows)


def _row(problem, reason, subject):
    return {
        "entity": subject.__tablename__,
        "entity_id": subject.id,
        "rule": problem.rule,
        "field_name": problem.field,
        "reason": reason,
        "reason_list": problem.reasons,
        "overridden_at": dates.now(),
        "overridden_by_id": actor_of(db.session).user_id,
    }


def load_overrides(*records):
    """Return the overrides of these records, in one statement."""
    ids = {(record.__tablename__, record.id) for record in records}
    statement = select(WarningOverride).where(
        tuple_(WarningOverride.entity, WarningOverride.entity_id).in_(ids)
    )
    return db.session.scalars(statement.order_by(WarningOverride.id)).all()
