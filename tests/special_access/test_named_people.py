"""A person named from outside the scope: the case and the card open, and nothing else of the person."""

import secrets

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.custody.models import Arrest
from app.extensions import db
from app.inbox.models import Message
from app.kernel.text import dates
from app.reference.models import Unit
from tests.cases.form_data import hours_ago, make_theft
from tests.cases.test_entry import find_saved_id
from tests.cases.test_entry_api import make_body
from tests.cases.test_row_filter import session_as
from tests.court_orders.form_data import receive_order
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import enter_arrest
from tests.sample_rows import acting_as, make_registered_person
from tests.special_access.sample_cases import FOREIGN_SURNAME, load_grants, open_by_break_glass
from tests.sql_calls import Program


@pytest.fixture
def suspect(foreign):
    return foreign.involvements[0].person


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


def find_token(browser):
    return browser.send("/lookup/card", {"q": FOREIGN_SURNAME}).json["items"][0]["id"]


def name_in_case(browser, key=None, **changed_values):
    """Enter an invented theft that names the person of the card, and return the case."""
    known = {
        "people-0-known-known": key or find_token(browser),
        "people-0-known-known__text": FOREIGN_SURNAME,
    }
    answer = browser.send(f"/entry/{secrets.token_urlsafe(12)}", make_theft(known | changed_values))
    return db.session.get(Case, find_saved_id(answer))


def assert_only_the_card_is_open(browser, case, suspect):
    assert browser.get(f"/person/show/{suspect.id}").status_code == 404
    assert browser.get(f"/api/v1/persons/{suspect.id}").status_code == 404
    assert browser.send("/lookup/person", {"q": FOREIGN_SURNAME}).json["items"] == []
    page = browser.page(f"/case/show/{case.id}")
    assert FOREIGN_SURNAME in page.text and f"/person/show/{suspect.id}" not in page.html
    involvement = next(one.id for one in case.involvements if one.person_id == suspect.id)
    page = browser.page(f"/involvement/show/{involvement}")
    assert FOREIGN_SURNAME in page.text and suspect.number not in page.html


@pytest.mark.parametrize("role", ["suspect", "complainant"])
def test_invented_case_opens_only_the_card(each_database, clerk, client_as, suspect, role):
    case = name_in_case(clerk, **{"people-0-role": role})
    for browser in (clerk, client_as("chief.bb"), client_as("investigator.bb")):
        assert_only_the_card_is_open(browser, case, suspect)
    with session_as("clerk.bb") as session:
        assert session.get(type(suspect), suspect.id) is None
        names = select(type(suspect.names[0])).where(type(suspect.names[0]).person_id == suspect.id)
        assert session.scalars(names).all() == []


def test_second_naming_opens_no_more(clerk, suspect):
    name_in_case(clerk)
    others = {
        "people-1-person-given_km": "សុភី",
        "people-1-person-father_name": "កែវ សំណាង",
        "people-1-document-number": "",
        "people-1-document-kind": "",
    }
    case = name_in_case(
        clerk, **others, **{"case-occurred_from": hours_ago(30), "case-occurred_to": hours_ago(29)}
    )
    assert_only_the_card_is_open(clerk, case, suspect)


def test_case_entered_by_the_api_opens_only_the_card(each_database, clerk, suspect):
    body, known = (
        make_body(),
        {"injury": "none", "photo_missing": "not_available", "known": find_token(clerk)},
    )
    body["people"][0] = {"role": "suspect"} | known
    told = Program(clerk).post("cases/", body)
    assert suspect.documents[0].number not in str(told)
    case = db.session.scalars(select(Case).where(Case.number == told["result"]["number"])).one()
    assert_only_the_card_is_open(clerk, case, suspect)


def test_owning_unit_is_notified_at_the_save(each_database, clerk, client_as, suspect):
    case = name_in_case(clerk)
    (message,) = db.session.scalars(select(Message).where(Message.text_key == "person.named")).all()
    assert (message.to_unit_code, message.entity, message.entity_id) == ("PC-12", "person", suspect.id)
    assert (message.facts["case"], message.facts["person"]) == (case.number, suspect.number)


def test_break_glass_opens_a_named_person_for_hours(investigator, clerk, own, suspect):
    case = name_in_case(clerk)
    token = investigator.page(f"/case/show/{case.id}").all("input", name="word")[0]["value"]
    assert open_by_break_glass(investigator, own, word=token).status_code == 302
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 200
    assert clerk.get(f"/person/show/{suspect.id}").status_code == 404


def test_naming_during_break_glass_leaves_nothing_open(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    case = name_in_case(investigator, key=str(suspect.id))
    load_grants()[0].expires_at = dates.now()
    db.session.commit()
    assert_only_the_card_is_open(investigator, case, suspect)


def test_named_person_cannot_be_revealed_in_an_invented_case(investigator, clerk, suspect):
    case = name_in_case(clerk, **{"case-sensitivity": "sexual", "people-0-role": "victim"})
    row = next(one for one in case.involvements if one.person_id == suspect.id)
    assert FOREIGN_SURNAME not in investigator.page(f"/case/show/{case.id}").text
    assert investigator.get(f"/reveal/{row.id}").status_code == 404


def test_arrest_makes_a_named_person_visible(each_database, investigator, clerk, suspect):
    """The unit that holds a person must know who it holds; an arrest has its own clocks, tasks and chief."""
    case = name_in_case(clerk)
    row = next(one for one in case.involvements if one.person_id == suspect.id)
    enter_arrest(investigator, row)
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 200
    (message,) = load_opened()
    assert (message.to_unit_code, message.entity, message.entity_id) == ("PC-12", "person", suspect.id)
    assert message.facts["person"] == suspect.number and FOREIGN_SURNAME not in str(message.facts)


def load_opened():
    return db.session.scalars(select(Message).where(Message.text_key == "person.opened")).all()


def test_arrest_of_an_own_suspect_sends_no_notice(investigator, own):
    enter_arrest(investigator, own.involvements[0])
    assert load_opened() == []


def test_order_that_opens_a_person_notifies_the_owning_unit(each_database, client_as, db_session, suspect):
    identity = {"surname_km": suspect.surname_km, "surname_latin": suspect.surname_latin}
    order = receive_order(client_as("warrant.bb"), db_session, **identity)
    checked = {"person": find_token(client_as("investigator.bb")), "person__reason": "other"}
    checked["version"] = order.version
    client_as("investigator.bb").send(f"/order-verification/{order.id}", checked)
    db_session.refresh(order)
    assert order.person_id == suspect.id
    assert [one.to_unit_code for one in load_opened()] == ["PC-12"]


@pytest.mark.parametrize("known_by", ["order", "arrest"])
def test_unit_that_knows_a_person_without_a_case_is_notified(
    each_database, client_as, db_session, investigator, clerk, own, known_by
):
    """A person is named, arrested and opened by break-glass access: the unit of the order or the arrest hears of each."""
    person = make_registered_person(surname_km=FOREIGN_SURNAME, number=3)
    db_session.add(person)
    order = make_active_order(person=person, writer="warrant.pp", surname_km=FOREIGN_SURNAME)
    if known_by == "arrest":
        with acting_as("warrant.pp"):
            unit, at = db_session.get(Unit, "PC-12"), dates.now().replace(microsecond=0)
            db_session.add(Arrest(order=order, at=at, ground="warrant", by_unit=unit, officers="កែវ"))
    db_session.commit()
    case = name_in_case(clerk)
    row = next(one for one in case.involvements if one.person_id == person.id)
    (named,) = db.session.scalars(select(Message).where(Message.text_key == "person.named")).all()
    assert open_by_break_glass(investigator, own).status_code == 302
    enter_arrest(clerk, row, match_reason="ជនសង្ស័យកំពុងរត់គេច")
    assert [named.to_unit_code, *(one.to_unit_code for one in load_opened())] == ["PC-12", "PC-12"]
    assert {one.owner_unit for one in load_grants()} == {"PC-12"}
