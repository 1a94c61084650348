"""Many values that a statement is given as one parameter."""

from datetime import datetime

from sqlalchemy import DateTime, Integer, String, select

from app.kernel.database.array_params import among, as_rows, rows_of
from app.kernel.database.engine import dialect_of
from app.people.models import Person
from tests.sample_rows import a_registered_person
from tests.statement_counts import counted


def test_many_values_are_asked_for_in_one_statement_however_many_they_are(
    register, db_session, each_database
):
    person = a_registered_person()
    db_session.add(person)
    db_session.flush()
    key = person.id
    with counted(register) as statements:
        found = [
            db_session.scalars(select(Person.id).where(among(db_session, Person.id, values))).all()
            for values in ({key}, [key, -1, -2], ())
        ]
    assert found == [[key], [key], []]
    if each_database == "postgresql":
        assert len(set(statements)) == 1


def test_rows_come_out_of_the_parameter_as_they_went_in(db_session, each_database):
    rows = [(1, "ភូមិ", datetime(2026, 3, 5, 14, 30)), (2, None, datetime(2026, 3, 6))]
    found = rows_of(dialect_of(db_session), "asked", number=Integer, place=String, at=DateTime)
    assert db_session.execute(select(found), {"asked": as_rows(rows)}).all() == rows
