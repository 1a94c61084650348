"""What a case keeps of its people follows when something is corrected."""

from datetime import date, timedelta

from sqlalchemy import select

from app.cases.models import Case, CaseOffence, Involvement
from app.kernel.access.access_grants import Opening
from app.kernel.actor import EVERYTHING, Actor, act_as
from app.kernel.text import dates
from app.reference.models import Offence, Place
from tests.cases.test_row_filter import seen_by
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by


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


def test_whoever_moves_a_case_beyond_his_area_may_and_keeps_it(db_session, each_database):
    """A commissariat puts the place of an inspectorate's case right: it lay in another province."""
    with written_by("clerk.bb") as writer:
        act_as(db_session, Actor(writer.id, "DI-0203", scope=EVERYTHING))
        case = a_registered_case(people=[(a_registered_person(), "suspect")])
        db_session.commit()
    with seen_by("clerk.bb") as session:
        session.get(Case, case.id).place = session.get(Place, PHNOM_PENH)
        session.commit()
        assert session.get(Case, case.id, populate_existing=True).province_code == "12"
        assert set(session.scalars(select(Opening.unit_code))) == {"PC-02", "DI-0203"}  # and whose it is
    with seen_by("clerk.pp") as session:
        assert session.get(Case, case.id) is not None
