"""A sealed person is unknown to every reader, comparison and list. Two officers seal and unseal, with a document."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.user_scope import build_user_scope
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import Actor, act_as
from app.kernel.audit.verify_rows import tampered_rows
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import comparison, nationwide
from app.people.models import Person
from app.people.visibility import SealedPerson, Visibility
from app.retention.models import RetentionAct
from tests.accounts.sample_staff import find_user
from tests.court_orders.sample_orders import PAPER, add_event, make_active_order, make_order
from tests.custody.sample_rows import add_one_of_each
from tests.people.sample_deaths import report_death
from tests.retention.sample_acts import add_act, confirm
from tests.sample_rows import (
    PHNOM_PENH,
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
    take_step,
)
from tests.sql_calls import Program

NAME, LATIN = "ហ្សិញ", "Zqxvname"
READERS = (
    "clerk.bb",
    "investigator.bb",
    "chief.bb",
    "warrant.bb",
    "manager",
    "monitor",
    "planning",
    "twg",
    "quality",
)


def close(case):
    for kind in ("at_prosecutor", "filed"):
        take_step(case, kind, "chief.bb")


def make_person(number=1):
    names = {"surname_km": NAME, "given_km": NAME, "surname_latin": LATIN, "given_latin": LATIN}
    person = add_photo(make_registered_person(number, **names))
    person.names[0].text_km, person.names[0].text_latin = NAME, LATIN
    return person


@pytest.fixture
def case(db_session, each_database):
    """A case that the prosecutor filed, with a suspect of a telling name, and a recalled order against the suspect."""
    with acting_as("clerk.bb"):
        added = add_registered_case(
            people=[(make_person(), "suspect"), (make_registered_person(2), "victim")]
        )
    order = make_active_order(person=added.involvements[0].person, surname_km=NAME, given_latin=LATIN)
    add_event(order, "recalled", **PAPER)
    close(added)
    db_session.commit()
    return added


@pytest.fixture
def person(case):
    return case.involvements[0].person


def seal(person):
    act = confirm(add_act("seal", person=person))
    db.session.commit()
    return act


def unseal(act):
    confirm(add_act("unseal", ends=act))
    db.session.commit()


def search(browser):
    found = browser.send("/find/", {"q": LATIN})
    return browser.get(found.location).text if found.status_code == 302 else found.text


def rows_of(person_id):
    names = [one.name for one in Visibility.__table__.c if one.name != "id"]
    found = select(*(Visibility.__table__.c[name] for name in names)).where(Visibility.person_id == person_id)
    return sorted(map(repr, db.session.execute(found)))


def test_sealed_person_is_unknown_to_every_reader(case, person, client_as, db_session):
    pk, case_id, order_id = person.id, case.id, db_session.scalar(select(CourtOrder.id))
    rows = {
        "person": pk,
        "personname": person.names[0].id,
        "personphoto": person.photos[0].id,
        "courtorder": order_id,
    }
    before = rows_of(pk)
    assert f"P-{pk:07d}" in search(client_as("clerk.bb"))
    act = seal(person)
    assert db_session.scalar(select(SealedPerson.act_id)) == act.id
    for username in READERS:
        browser = client_as(username)
        for kind, key in rows.items():
            assert browser.get(f"/{kind}/show/{key}").status_code in (302, 403, 404), (username, kind)
        for url in (
            f"/case/show/{case_id}", "/person/list/", "/courtorder/list/", "/involvement/list/", f"/retentionact/show/{act.id}",
            f"/involvement/show/{case.involvements[0].id}", "/duplicate/list/",
        ):  # fmt: skip
            shown = browser.get(url).text.casefold()
            assert NAME not in shown and LATIN.casefold() not in shown, (username, url)
        assert f"P-{pk:07d}" not in search(browser), username
    assert LATIN not in str(Program(client_as("chief.bb")).get("persons/"))
    unseal(act)
    db_session.expire_all()
    assert rows_of(pk) == before
    assert LATIN in client_as("clerk.bb").get(f"/person/show/{pk}").text


def test_comparison_answers_as_for_an_unknown_person(person, db_session):
    again = make_person()
    with acting_as("clerk.pp"):
        assert comparison.compare_people([again], again.documents).same_people
        pk = person.id
        seal(person)
        found = comparison.compare_people([again], again.documents)
        assert not found.same_people and not found.alike_people and not found.documents_elsewhere
        assert nationwide.find_cards([pk]) == {} and nationwide.find_initials([pk]) == {}
    db_session.rollback()


def test_new_visibility_of_a_sealed_person_is_hidden(case, person, db_session):
    seal(person)
    db_session.add(Visibility(person_id=person.id, province_code="12", hidden=False))
    db_session.flush()
    db_session.execute(text("UPDATE visibility SET hidden = :no"), {"no": False})
    shown = select(Visibility.id).where(Visibility.person_id == person.id, Visibility.hidden.is_(False))
    db_session.expire_all()
    assert db_session.scalar(shown) is None
    db_session.rollback()


def test_database_refuses_a_seal_without_two_officers(person, db_session):
    act = add_act("seal", person=person)
    db_session.commit()
    values = {"person": person.id, "act": act.id}
    with pytest.raises(DBAPIError):
        db_session.execute(
            text("INSERT INTO sealed_person (person_id, act_id) VALUES (:person, :act)"), values
        )
    db_session.rollback()
    confirm(act)
    db_session.commit()
    for change in ("DELETE FROM sealed_person", "UPDATE sealed_person SET act_id = act_id + 0"):
        with pytest.raises(DBAPIError):
            db_session.execute(text(change))
        db_session.rollback()
    assert db_session.scalar(select(SealedPerson.person_id)) == person.id


def test_no_new_row_names_a_sealed_person(case, person, db_session):
    pk, involvement = person.id, case.involvements[1].id
    seal(person)
    for table in ("involvement", "court_order"):
        with pytest.raises(DBAPIError, match="lock: sealed"):
            db_session.execute(
                text(f"UPDATE {table} SET person_id = :person WHERE id = :key"),  # noqa: S608
                {"person": pk, "key": involvement if table == "involvement" else _make_other_order()},
            )
        db_session.rollback()


def _make_other_order():
    return make_order(number="9/26").id


@pytest.mark.database
def test_statement_beside_the_session_finds_no_order_of_a_sealed_person(person, db_session, each_database):
    seal(person)
    chief = find_user("chief.bb")
    act_as(db_session, Actor(chief.id, chief.unit_code, scope=build_user_scope(chief)))
    found = db_session.scalar(text("SELECT count(*) FROM court_order"))
    assert found == (0 if each_database == "postgresql" else 1)
    assert db_session.scalars(select(CourtOrder)).unique().all() == []


def test_named_role_opens_the_record_for_a_reason(person, client_as, db_session):
    pk = person.id
    act = seal(person)
    chief, url = client_as("chief.bb"), f"/retentionact/open/{act.id}"
    assert chief.send(url, {"reason": " "}).status_code == 422
    assert client_as("investigator.bb").send(url, {"reason": "ខ"}).status_code == 403
    assert chief.get(f"/person/show/{pk}").status_code == 404
    assert chief.send(url, {"reason": "តុលាការស្នើសុំ"}).status_code == 302
    assert LATIN in chief.get(f"/person/show/{pk}").text
    assert client_as("monitor").get(f"/person/show/{pk}").status_code == 404
    assert "retention.opened" in set(
        db_session.scalars(select(Message.text_key).where(Message.to_role == "Auditor"))
    )
    db_session.execute(text("UPDATE access_grant SET expires_at = '2026-01-01 00:00:00'"))
    db_session.commit()
    assert chief.get(f"/person/show/{pk}").status_code == 404


def wanted(case, person):
    make_active_order(person=person, number="77/26")


def received(case, person):
    with acting_as("clerk.bb"):
        order = make_active_order(person=person, number="78/26", kind="summons")
    assert order.status == "active"


def detained(case, person):
    with acting_as("clerk.bb"):
        add_one_of_each(case.involvements[0], "PC-02")


def open_case(case, person):
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(person, "witness")])


def held(case, person):
    add_act("hold", case=case)


def reported_dead(case, person):
    report_death(person)


def asked_already(case, person):
    add_act("seal", person=person)


@pytest.mark.parametrize(
    "obstacle",
    [wanted, received, open_case, held, reported_dead, asked_already, detained],
    ids=lambda one: one.__name__,
)
def test_person_with_open_duties_is_not_sealed(case, person, db_session, obstacle):
    obstacle(case, person)
    with pytest.raises(RuleViolation) as refused:
        add_act("seal", person=person)
    assert {one.rule for one in refused.value.problems} == {"V165"}
    db_session.rollback()


def test_what_opens_before_the_confirmation_refuses_it(case, person, db_session):
    act = add_act("seal", person=person)
    db_session.commit()
    wanted(case, person)
    db_session.commit()
    with pytest.raises(RuleViolation):
        confirm(act)
    db_session.rollback()
    assert db_session.scalar(select(SealedPerson.person_id)) is None


def test_chief_sees_why_a_person_is_not_sealed(case, person, client_as, db_session):
    wanted(case, person)
    db_session.commit()
    today = dates.now().date().strftime("%d-%m-%Y")
    form = {
        "kind": "seal", "person": str(person.id), "authority": "តុលាការ", "reason": "តាមដីកា", "document_no": "1/26",
        "document_date": today,
    }  # fmt: skip
    answer = client_as("chief.bb", "en").send("/retentionact/add", form)
    assert answer.status_code == 422 and "This person is wanted" in answer.text


def test_rows_of_a_sealed_person_stay_proved(person, db_session, owner):
    act = seal(person)
    unseal(act)
    with owner.connect() as connection:
        for model in (Person, RetentionAct):
            assert list(tampered_rows(connection, model.__table__)) == []
