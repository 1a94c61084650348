"""Hits by the API: read with a purpose, answered once, by whoever serves where the order is searched for."""

import pytest
from sqlalchemy import select

from app.court_orders.models import Hit, OrderEvent
from tests.court_orders.sample_orders import an_active_order
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.sql_calls import Program


@pytest.fixture
def hit(db_session):
    person = a_registered_person()
    db_session.add(person)
    db_session.flush()
    an_active_order(person)
    with written_by("clerk.bb"):
        a_registered_case(people=[(person, "victim")])
    db_session.commit()
    return db_session.scalar(select(Hit.id))


@pytest.fixture
def program(client_as):
    return Program(client_as("warrant.bb"))


def test_a_hit_is_read_and_confirmed_and_its_order_tells_so(program, hit, db_session, each_database):
    assert [one["id"] for one in program.get("hits/", state="waiting")["result"]] == [hit]
    told = program.post(f"hits/{hit}/confirm", {"reason": "រូបថតដូចគ្នា"}, expect=200)["result"]
    assert (told["state"], told["reason"]) == ("confirmed", "រូបថតដូចគ្នា")
    assert db_session.query(OrderEvent).filter_by(kind="hit_confirmed").count() == 1
    program.post(
        f"hits/{hit}/deny", {"reason": "មិនមែនទេ"}, expect=403
    )  # it is answered, as the page would say
    assert db_session.get(Hit, hit).state == "confirmed"


def test_more_time_says_how_much(program, hit, db_session):
    for minutes in (None, 0, 100_000):
        body = {"reason": "សុំពិនិត្យ", "minutes": minutes}
        assert "minutes" in program.post(f"hits/{hit}/take-longer", body, expect=422)["errors"]
    program.post(f"hits/{hit}/take-longer", {"reason": "សុំពិនិត្យ", "minutes": 30}, expect=200)
    assert db_session.get(Hit, hit).state == "longer"


def test_an_answer_needs_its_reason_and_its_right(program, hit, client_as):
    assert "reason" in program.post(f"hits/{hit}/deny", {}, expect=422)["errors"]
    Program(client_as("clerk.bb")).post(f"hits/{hit}/deny", {"reason": "មិនមែនទេ"}, expect=403)


def test_a_hit_names_nobody(program, hit):
    told = program.get(f"hits/{hit}")["result"]
    assert "person_id" not in told and {"order_id", "case_id"} <= told.keys()
