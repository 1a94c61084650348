"""Any number of values or rows in one statement parameter."""

from datetime import datetime

import pytest
from sqlalchemy import DateTime, Integer, String, select

from app.kernel.database.array_params import in_array, rows_from_json, to_json_rows
from app.kernel.database.engine import dialect_name
from app.people.models import Person
from tests.sample_rows import make_registered_person
from tests.statement_counts import counted

pytestmark = pytest.mark.database


def test_in_array_any_number_of_values_is_one_statement(register, db_session, each_database):
    person = make_registered_person()
    db_session.add(person)
    db_session.flush()
    key = person.id
    with counted(register) as statements:
        found = [
            db_session.scalars(select(Person.id).where(in_array(db_session, Person.id, values))).all()
            for values in ({key}, [key, -1, -2], ())
        ]
    assert found == [[key], [key], []]
    if each_database == "postgresql":
        assert len(set(statements)) == 1


def test_rows_from_json_returns_same_rows(db_session, each_database):
    rows = [(1, "ភូមិ", datetime(2026, 3, 5, 14, 30)), (2, None, datetime(2026, 3, 6))]
    found = rows_from_json(dialect_name(db_session), "asked", number=Integer, place=String, at=DateTime)
    assert db_session.execute(select(found), {"asked": to_json_rows(rows)}).all() == rows
