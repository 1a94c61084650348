"""The numbers by which earlier registers and papers know a record. They are kept for ever, and lead to it.

A number holds no right of its own: who finds a record by it reads the record, which the session bounds.
"""

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.text import khmer

LONGEST = 60


class OldNumber(Model):
    """One number of one record in one earlier register (`source`)."""

    __tablename__ = "old_number"
    __table_args__ = (
        UniqueConstraint("source", "entity", "number_key", name="uq_old_number"),
        Index("ix_old_number_key", "number_key", "entity"),
        Index("ix_old_number_record", "entity", "entity_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    source: Mapped[str] = mapped_column(String(40), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    number: Mapped[str] = mapped_column(String(LONGEST), nullable=False)
    # As compared: Latin digits, capitals, no blanks.
    number_key: Mapped[str] = mapped_column(String(LONGEST), nullable=False)


def key_of(number):
    """An old number as it is compared."""
    return "".join(khmer.latin_digits(number or "").upper().split())


def of(record):
    """The numbers by which earlier registers knew a record, the oldest first."""
    found = select(OldNumber.number).where(
        OldNumber.entity == record.__tablename__, OldNumber.entity_id == record.id
    )
    return db.session.scalars(found.order_by(OldNumber.id)).all()


def records(model, text, most):
    """At most `most` records of this class that an earlier register knew by this number, within the reader's part."""
    key = key_of(text)
    if not key:
        return []
    known = select(OldNumber.entity_id).where(
        OldNumber.number_key == key, OldNumber.entity == model.__tablename__
    )
    found = select(model).where(model.id.in_(known), model.voided_at.is_(None)).order_by(model.id).limit(most)
    return db.session.scalars(found).unique().all()
