"""An order follows the person of its last identification: acts about the person before do not count for the next one."""

import pytest
from sqlalchemy import select

from app.cases.models import Involvement
from app.court_orders.match_answers import record_answer
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Arrest
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.reference.models import Place, Unit
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import make_suspect
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import BATTAMBANG, acting_as


@pytest.fixture
def first(db_session, each_database):
    """Id of the involvement of a suspect that an order named by mistake."""
    return make_suspect(hours=24 * 40).id


@pytest.fixture
def second(db_session, each_database):
    return make_suspect(hours=24 * 40, number=6).id


@pytest.fixture
def order(db_session, first):
    order = make_active_order(person=get_person(first))
    db_session.commit()
    return order.id


def get_person(suspect):
    return db.session.get(Involvement, suspect).person


def get_order(order):
    db.session.expunge_all()
    return db.session.get(CourtOrder, order)


def arrest(suspect, order=None):
    fields = {"ground": "flagrant"}
    if order is not None:
        place = db.session.get(Place, BATTAMBANG)
        fields = {"ground": "warrant", "order": get_order(order), "match_reason": "ម", "place": place}
    with acting_as("clerk.bb"):
        involvement, unit = db.session.get(Involvement, suspect), db.session.get(Unit, "PC-02")
        db.session.add(Arrest(involvement=involvement, at=dates.now(), by_unit=unit, officers="ម", **fields))
        db.session.commit()


def identify_again(order, suspect):
    """Void the identification by a correction, and identify the person again."""
    found = get_order(order)
    void_record(next(one for one in found.acts if one.kind == "checked" and not one.is_void))
    db.session.commit()
    found = get_order(order)
    assert (found.status, found.person_id) == ("received", None)
    add_event(found, "checked", person=get_person(suspect))
    db.session.commit()


def is_wanted(suspect):
    person = get_person(suspect)
    found = status.get_statuses(db.session, [person.id]).get(person.id)
    return found is not None and found.status == status.WANTED


def test_arrest_of_another_person_does_not_execute_the_order(first, second, order):
    arrest(first, order)
    assert get_order(order).status == "executed"
    identify_again(order, second)
    assert get_order(order).status == "active"
    assert is_wanted(second) and not is_wanted(first)


def test_arrest_executes_the_order_that_is_about_its_person_again(first, order):
    arrest(first, order)
    identify_again(order, first)
    assert get_order(order).status == "executed" and not is_wanted(first)


def test_notice_of_death_is_about_the_person_before(first, second, order):
    confirm_death(get_person(first))
    db.session.commit()
    found = get_order(order)
    add_event(found, "died", **make_document(found))
    db.session.commit()
    assert get_order(order).status == "died"
    identify_again(order, second)
    assert get_order(order).status == "active" and is_wanted(second)


def test_identification_that_contradicts_a_replacement_is_refused(first, second, order):
    other = make_active_order(person=get_person(first), number="119/26")
    found = db.session.get(CourtOrder, order)
    add_event(found, "replaced", by_order=other, **make_document(found))
    db.session.commit()
    assert get_order(order).status == "replaced"
    with pytest.raises(RuleViolation):
        identify_again(order, second)
    db.session.rollback()
    assert get_order(order).status == "received"


def test_unit_in_charge_is_asked_about_a_person_who_is_held_already(first, second, order):
    """The record of the first person was void, so the order stays active: its state does not change."""
    arrest(second)
    assert db.session.scalars(select(OrderMatch)).all() == []
    named = get_person(first).id
    for model, pk in ((Involvement, first), (Person, named)):
        void_record(db.session.get(model, pk))
        db.session.commit()
    add_event(get_order(order), "checked", person=get_person(second))
    db.session.commit()
    match = db.session.scalars(select(OrderMatch)).one()
    assert (match.person_id, match.matched_as, match.state) == (get_person(second).id, "arrested", "waiting")


def test_unit_in_charge_is_asked_again_about_another_person(first, second, order):
    arrest(first)
    match = db.session.scalars(select(OrderMatch)).one()
    record_answer(db.session, match, "match_confirmed", "ម្នាក់", compared=True)
    db.session.commit()
    identify_again(order, second)
    arrest(second)
    people = db.session.scalars(select(OrderMatch.person_id).order_by(OrderMatch.id)).all()
    assert people == [get_person(first).id, get_person(second).id]
