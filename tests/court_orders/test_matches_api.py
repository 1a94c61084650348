"""Matches in the API: they need a purpose, and the unit in charge answers them once."""

import pytest
from sqlalchemy import select

from app.court_orders.models import OrderEvent, OrderMatch
from tests.court_orders.sample_orders import make_active_order
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program


@prepared
def match(db_session):
    person = make_registered_person()
    db_session.add(person)
    db_session.flush()
    make_active_order(person)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(person, "victim")])
    db_session.commit()
    return db_session.scalar(select(OrderMatch.id))


@pytest.fixture
def program(client_as):
    return Program(client_as("warrant.bb"))


def test_confirmed_match_adds_event_to_order(program, match, db_session, each_database):
    assert [one["id"] for one in program.get("matches/", state="waiting")["result"]] == [match]
    result = program.post(f"matches/{match}/confirm", {"reason": "រូបថតដូចគ្នា", "compared": True}, expect=200)[
        "result"
    ]
    assert (result["state"], result["reason"]) == ("confirmed", "រូបថតដូចគ្នា")
    assert db_session.query(OrderEvent).filter_by(kind="match_confirmed").count() == 1
    program.post(f"matches/{match}/reject", {"reason": "មិនមែនទេ"}, expect=403)  # already answered
    assert db_session.get(OrderMatch, match).state == "confirmed"


def test_extension_without_valid_minutes_is_refused(program, match, db_session):
    for minutes in (None, 0, 100_000):
        body = {"reason": "សុំពិនិត្យ", "minutes": minutes}
        assert "minutes" in program.post(f"matches/{match}/extend", body, expect=422)["errors"]
    program.post(f"matches/{match}/extend", {"reason": "សុំពិនិត្យ", "minutes": 30}, expect=200)
    assert db_session.get(OrderMatch, match).state == "extended"
    for minutes, status in ((24 * 60, 422), (23 * 60, 200)):  # with all extensions one day after the match
        program.post(f"matches/{match}/extend", body | {"minutes": minutes}, expect=status)


def test_answer_without_reason_or_permission_is_refused(program, match, client_as):
    assert "reason" in program.post(f"matches/{match}/reject", {}, expect=422)["errors"]
    Program(client_as("clerk.bb")).post(f"matches/{match}/reject", {"reason": "មិនមែនទេ"}, expect=403)


def test_match_does_not_reveal_the_person(program, match):
    result = program.get(f"matches/{match}")["result"]
    assert "person_id" not in result and {"order_id", "case_id"} <= result.keys()
