"""Case numbers: PP-YYYY-NNNNNN, one sequence for each province and year, without duplicates."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel import system_kind
from app.kernel.database import engine

UNKNOWN_PROVINCE = "00"  # province part of the number if the case happened abroad or the place is unknown


class CaseCounter(db.Model):
    """The last number of a province and year. Its row is locked while a number is allocated."""

    __tablename__ = "case_counter"

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


def next_number(place_code, year):
    """Return the next number of the province and year. The counter row stays locked until the commit."""
    return next_numbers(place_code, year, 1)[0]


def next_numbers(place_code, year, count):
    """Return the next `count` numbers of a province and year, with one statement."""
    province = (place_code or UNKNOWN_PROVINCE)[:2]
    table = CaseCounter.__table__
    statement = (
        engine.dialect_insert(db.session, table)
        .values(province_code=province, year=year, last=count)
        .on_conflict_do_update(index_elements=["province_code", "year"], set_={"last": table.c.last + count})
    )
    last = db.session.scalar(statement.returning(table.c.last))
    first = system_kind.PRACTICE_PREFIX if system_kind.is_practice() else ""
    return [f"{first}{province}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
