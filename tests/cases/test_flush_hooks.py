"""Derived values of people in a case follow corrections."""

from datetime import date, timedelta

from sqlalchemy import select

from app.cases.models import Case, CaseOffence, Involvement
from app.kernel.access.access_grants import AccessGrant
from app.kernel.actor import UNRESTRICTED, Actor, act_as
from app.kernel.text import dates
from app.reference.models import Offence, Place
from tests.cases.test_row_filter import session_as
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


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


def test_case_moved_out_of_area_stays_shared_with_its_unit(db_session, each_database):
    """A commissariat corrects the place of an inspectorate's case to another province."""
    with acting_as("clerk.bb") as writer:
        act_as(db_session, Actor(writer.id, "DI-0203", scope=UNRESTRICTED))
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
        db_session.commit()
    with session_as("clerk.bb") as session:
        session.get(Case, case.id).place = session.get(Place, PHNOM_PENH)
        session.commit()
        assert session.get(Case, case.id, populate_existing=True).province_code == "12"
        assert set(session.scalars(select(AccessGrant.unit_code))) == {
            "PC-02",
            "DI-0203",
        }  # and the owning unit
    with session_as("clerk.pp") as session:
        assert session.get(Case, case.id) is not None
