"""Rows of earlier registers become records by the rules of the forms, or wait with their reasons."""

from importlib.resources import files

from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from tests.imports.steps import brought_in, waiting_of

SAMPLES = files("app.imports") / "samples"


def test_cases_typed_in_limon(db_session):
    run = brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert (run.entered, run.waiting, run.last_row) == (1, 1, 4)
    case = db.session.scalars(select(Case)).one()
    assert [str(row.person) for row in case.involvements] == ["សុខ ដារ៉ា", "ចាន់ សុភា"]
    assert case.number.startswith("02-")
    (entry,) = waiting_of(run)
    assert {one["field"] for one in entry.problems} == {"case.occurred_from", "person.surname_km"}
