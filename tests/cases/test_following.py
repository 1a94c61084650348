"""What a case keeps of its people follows when something is corrected."""

from datetime import date, timedelta

from sqlalchemy import select

from app.cases.models import CaseOffence, Involvement
from app.kernel import dates
from app.reference.models import Offence
from tests.rows import a_registered_case, a_registered_person, written_by


def a_case_of(role, db_session):
    """An involvement of a grown-up in a registered case."""
    with written_by("clerk.bb"):
        somebody = a_registered_person()
        a_registered_case(people=[(somebody, role)], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    return db_session.scalars(select(Involvement)).one()


def test_a_corrected_birth_makes_a_minor_and_protects_him(db_session, each_database):
    row = a_case_of("suspect", db_session)
    assert (row.minor, row.restricted) == (False, False)
    row.person.born_on = date(dates.now().year - 16, 1, 1)
    db_session.commit()
    assert (row.minor, row.restricted) == (True, True)
    assert row.age in (15, 16)


def test_an_offence_that_becomes_a_sexual_one_protects_the_victim(db_session, each_database):
    row = a_case_of("victim", db_session)
    assert not row.restricted
    offence = db_session.scalars(select(CaseOffence)).one()
    offence.offence = db_session.scalars(select(Offence).where(Offence.family == "sexual")).first()
    db_session.commit()
    assert row.restricted
