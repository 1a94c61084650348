"""Derived values of people in a case follow corrections."""

from datetime import date, timedelta

from sqlalchemy import select

from app.cases.models import CaseOffence, Involvement
from app.kernel.text import dates
from app.reference.models import Offence
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def add_involvement(role, db_session):
    """Return the involvement of an adult in a registered case."""
    with acting_as("clerk.bb"):
        somebody = make_registered_person()
        add_registered_case(people=[(somebody, role)], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    return db_session.scalars(select(Involvement)).one()


def test_corrected_birth_marks_and_protects_a_minor(db_session, each_database):
    row = add_involvement("suspect", db_session)
    assert (row.minor, row.protection) == (False, None)
    row.person.born_on = date(dates.now().year - 16, 1, 1)
    db_session.commit()
    assert (row.minor, row.protection) == (True, "minor")
    assert row.age in (15, 16)


def test_change_to_sexual_offence_protects_the_victim(db_session, each_database):
    row = add_involvement("victim", db_session)
    assert row.protection is None
    offence = db_session.scalars(select(CaseOffence)).one()
    offence.offence = db_session.scalars(select(Offence).where(Offence.family == "sexual")).first()
    db_session.commit()
    assert row.protection == "victim"
