"""A row that its author may not see is refused, and no row of the same save is kept."""

import pytest
from sqlalchemy import func, select

from app.kernel.access.row_filter import OUTSIDE_SCOPE
from app.kernel.actor import ANONYMOUS, act_as
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema import bulk_save
from app.people.models import Person, PersonName
from app.prevention.models import PreventionProgramme
from tests.cases.test_row_filter import session_as
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case, make_sample_row
from tests.statement_counts import counted

pytestmark = pytest.mark.database

PERSON = {"surname_km": "សុខ", "given_km": "ដារ៉ា", "sex": "M"}


def save_by_session(session, **values):
    session.add(Person(**PERSON | values))


def save_in_bulk(session, **values):
    bulk_save.save_new(session, [bulk_save.new_record(Person, **PERSON | values)])


@pytest.mark.parametrize("save", [save_by_session, save_in_bulk])
def test_row_of_another_unit_is_refused(each_database, db_session, save):
    with session_as("clerk.bb") as session, pytest.raises(SaveRejected) as refusal, unit_of_work(session):
        save(session)
        save(session, unit_code="PC-12")
    assert refusal.value.status == 422 and str(refusal.value.problems[0].text) == str(OUTSIDE_SCOPE)
    assert db_session.scalar(select(func.count()).select_from(Person)) == 0


def test_row_moved_out_of_scope_is_refused(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case(place=BATTAMBANG)
        db_session.commit()
        person_id = case.involvements[0].person_id
    with session_as("clerk.bb") as session, pytest.raises(SaveRejected):
        other = _add_invisible_person(db_session)
        with unit_of_work(session):
            name = session.scalars(select(PersonName).where(PersonName.person_id == person_id)).first()
            name.person_id = other
    assert db_session.scalar(select(func.count()).where(PersonName.person_id == other)) == 0


def _add_invisible_person(db_session):
    person = Person(**PERSON)
    db_session.add(person)
    db_session.commit()
    return person.id


def test_row_given_to_another_unit_is_refused(each_database, db_session):
    with acting_as("clerk.bb"):
        db_session.add(make_sample_row(PreventionProgramme, add_registered_case(place=BATTAMBANG)))
        db_session.commit()
    with session_as("clerk.bb") as session, pytest.raises(SaveRejected) as refusal:
        programme = session.scalars(select(PreventionProgramme)).one()
        with unit_of_work(session):
            programme.unit_code = "PC-12"
    assert refusal.value.message == str(OUTSIDE_SCOPE)
    assert db_session.scalar(select(PreventionProgramme.unit_code)) == "PC-02"


def test_session_without_actor_writes_no_record(db_session):
    with session_as("clerk.bb") as session, pytest.raises(SaveRejected):
        act_as(session, ANONYMOUS)
        with unit_of_work(session):
            save_by_session(session)
    assert db_session.scalar(select(func.count()).select_from(Person)) == 0


def test_proven_row_needs_no_statement(register, db_session):
    with session_as("clerk.bb") as session, counted(register) as statements, unit_of_work(session):
        save_by_session(session)
    assert not [one for one in statements if one.startswith("SELECT person.id \nFROM person")]
