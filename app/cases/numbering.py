"""The numbers of cases: PP-YYYY-NNNNNN, one sequence for each province and year, without doubles."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.database import engine

NOWHERE = "00"  # the province part of a number where a case happened abroad or nobody knows where


class CaseCounter(db.Model):
    """The last number given in a province and year; the row is locked while a number is taken."""

    __tablename__ = "case_counter"

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


def next_number(place_code, year):
    """PP-YYYY-NNNNNN, the next of its province and year. The counter's row is locked until the commit."""
    return next_numbers(place_code, year, 1)[0]


def next_numbers(place_code, year, count):
    """The next so many of a province and year, in one statement."""
    province = (place_code or NOWHERE)[:2]
    table = CaseCounter.__table__
    statement = (
        engine.insert_into(db.session, table)
        .values(province_code=province, year=year, last=count)
        .on_conflict_do_update(index_elements=["province_code", "year"], set_={"last": table.c.last + count})
    )
    last = db.session.scalar(statement.returning(table.c.last))
    return [f"{province}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
