"""Who counts as charged by an order: not in another matter, and not after a final acquittal."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from app.cases import court_findings
from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.reference.models import Offence
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import FELONY, make_suspect
from tests.prepared import prepared
from tests.sample_rows import THEFT


@prepared
def suspect(db_session):
    suspect = make_suspect(felony=False, hours=24 * 60)
    suspect.role = "charged"
    return suspect


def check_filter(db_session, suspect):
    """Compare the filter of lists with the function of pages, for the suspect in each role that an officer can enter."""
    for entered in SUSPECT_ROLES:
        db_session.execute(update(Involvement.__table__).values(role=entered))
        db_session.refresh(suspect)
        shown = court_findings.find_current_roles([suspect])[suspect.id].role
        found = [
            role
            for role in (*SUSPECT_ROLES, "victim")
            if db_session.scalars(select(Involvement.id).where(court_findings.has_current_role(role))).all()
        ]
        assert found == [shown], entered
    db_session.rollback()


def is_charged(db_session, suspect):
    db_session.flush()
    db_session.commit()
    check_filter(db_session, suspect)
    return suspect.person_id in court_findings.find_for_case(suspect.case)[court_findings.CHARGED]


def test_order_in_the_case_charges_until_the_acquittal(db_session, suspect, each_database):
    order = make_active_order(person=suspect.person, case=suspect.case)
    assert is_charged(db_session, suspect)
    add_event(order, "acquitted", **make_document(order))
    assert not is_charged(db_session, suspect)


@pytest.mark.parametrize(("offence", "charges"), [(THEFT, True), (FELONY, False)])
def test_order_without_a_case_charges_for_its_own_offence(
    db_session, suspect, offence, charges, each_database
):
    make_active_order(person=suspect.person, offence=db_session.get(Offence, offence))
    assert is_charged(db_session, suspect) is charges


def test_row_of_a_case_that_the_reader_does_not_see_has_no_current_role(db_session):
    row = SimpleNamespace(id=1, role="suspect", case=None, case_id=1, person_id=1)
    assert court_findings.find_current_roles([row]) == {}


def test_order_older_than_the_offence_charges_no_one(db_session, suspect):
    day = suspect.case.occurred_from.date().replace(year=2020)
    make_active_order(person=suspect.person, issued_on=day, received_on=day)
    assert not is_charged(db_session, suspect)
