"""Who counts as charged by an order: not in another matter, and not after a final acquittal."""

import pytest

from app.cases import court_findings
from app.reference.models import Offence
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import FELONY, make_suspect
from tests.sample_rows import THEFT


@pytest.fixture
def suspect(db_session):
    suspect = make_suspect(felony=False, hours=24 * 60)
    suspect.role = "charged"
    return suspect


def is_charged(db_session, suspect):
    db_session.flush()
    db_session.commit()
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


def test_order_older_than_the_offence_charges_nobody(db_session, suspect):
    day = suspect.case.occurred_from.date().replace(year=2020)
    make_active_order(person=suspect.person, issued_on=day, received_on=day)
    assert not is_charged(db_session, suspect)
