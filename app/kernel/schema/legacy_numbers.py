"""Numbers of a record in earlier systems and documents. They are kept permanently and find the record.

A number grants no access: a search by number reads the record, and the row filter applies.
"""

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.text import khmer

MAX_LENGTH = 60


class LegacyNumber(Model):
    """One number of one record in one earlier system (`source`)."""

    __tablename__ = "legacy_number"
    __table_args__ = (
        UniqueConstraint("source", "entity", "number_key", name="uq_legacy_number"),
        Index("ix_legacy_number_key", "number_key", "entity"),
        Index("ix_legacy_number_record", "entity", "entity_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    source: Mapped[str] = mapped_column(String(40), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    number: Mapped[str] = mapped_column(String(MAX_LENGTH), nullable=False)
    # For comparison: Latin digits, capital letters, no blanks.
    number_key: Mapped[str] = mapped_column(String(MAX_LENGTH), nullable=False)


def legacy_number_key(number):
    """Return a legacy number in the form used for comparison: Latin digits, capital letters, no blanks."""
    return "".join(khmer.to_latin_digits(number or "").upper().split())


def legacy_numbers_of(record):
    """Return the numbers of a record in earlier systems, oldest first."""
    statement = select(LegacyNumber.number).where(
        LegacyNumber.entity == record.__tablename__, LegacyNumber.entity_id == record.id
    )
    return db.session.scalars(statement.order_by(LegacyNumber.id)).all()


def find_by_legacy_number(model, text, limit):
    """Return at most `limit` records of this class with this legacy number, within the reader's scope."""
    key = legacy_number_key(text)
    if not key:
        return []
    ids = select(LegacyNumber.entity_id).where(
        LegacyNumber.number_key == key, LegacyNumber.entity == model.__tablename__
    )
    statement = (
        select(model).where(model.id.in_(ids), model.voided_at.is_(None)).order_by(model.id).limit(limit)
    )
    return db.session.scalars(statement).unique().all()
