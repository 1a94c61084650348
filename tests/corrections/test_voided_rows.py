"""A correction that voids a record voids the rows that have no meaning without it."""

from sqlalchemy import select

from app.cases.models import Case, Exhibit, ExhibitMovement
from app.evidence.models import ExhibitSeal, QuantityChange
from app.extensions import db
from app.indices.models import Organisation, Relation
from app.kernel.text import dates
from app.people import deaths
from app.people.deaths import DeathReport
from app.people.models import Person
from tests.corrections.steps import find_user, void_record
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case, make_registered_person

WITHOUT_EXHIBIT = {ExhibitMovement, ExhibitSeal, QuantityChange}


@prepared
def case_id(db_session, each_database):
    """Return the id of a case with a relation, and with an exhibit that was sealed, moved and weighed again."""
    with acting_as("clerk.bb"):
        case = add_registered_case(BATTAMBANG, [(make_registered_person(), "suspect")])
        exhibit = Exhibit(kind="drug", property_role="seized", substance="ice", quantity=10, measure="gram")
        case.exhibits.append(exhibit)
        company = Organisation(name="ក្រុមហ៊ុន មករា", kind="company")
        db_session.add_all([company, make_relation(case, company)])
        db_session.flush()
        row = {"case": case, "exhibit": exhibit}
        db_session.add_all([
            ExhibitSeal(**row, kind="put_on", number="S-1"),
            QuantityChange(**row, cause="weighed", after=9),
        ])  # fmt: skip
        db_session.commit()
        receiver, today = find_user("investigator.bb"), dates.now().date()
        db_session.add(ExhibitMovement(**row, kind="held", moved_on=today, to_user=receiver, seal_no="S-1"))
        db_session.commit()
    return case.id


def make_relation(case, company):
    return Relation(
        case=case, kind="involved", from_organisation=company, to_person=case.involvements[0].person,
        source_grade="b", information_grade="2",
    )  # fmt: skip


def find_void(*models):
    db.session.commit()
    found = (row for model in models for row in db.session.scalars(select(model)).unique())
    return {type(row) for row in found if row.is_void}


def test_void_case_voids_relations_and_rows_of_exhibits(case_id):
    void_record(db.session.get(Case, case_id))
    concerned = WITHOUT_EXHIBIT | {Exhibit, Relation}
    assert find_void(*concerned, Person, Organisation) == concerned


def test_void_exhibit_voids_its_rows_but_no_relation(case_id):
    void_record(db.session.get(Case, case_id).exhibits[-1])
    assert find_void(*WITHOUT_EXHIBIT, Relation) == WITHOUT_EXHIBIT


def test_void_person_voids_the_report_of_the_death(db_session, each_database):
    person = make_registered_person()
    db_session.commit()
    confirm_death(person)
    void_record(person)
    assert find_void(Person, DeathReport) == {Person, DeathReport}
    assert deaths.find_drift(db_session.connection()) == []


def test_void_organisation_voids_its_relations(case_id):
    void_record(db.session.scalars(select(Organisation)).one())
    assert find_void(Relation, Exhibit, Case) == {Relation}
