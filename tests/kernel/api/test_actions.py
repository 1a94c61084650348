"""Acts by the API: the buttons of a record's page, with the rights, the rules and the state that the page knows."""

import io

import pytest

from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.text import dates
from app.people.models import Person
from tests.court_orders.sample_orders import an_active_order, an_order
from tests.custody import form_data as held
from tests.sample_rows import BATTAMBANG, a_registered_case, written_by
from tests.sql_calls import Program

DONE = {"officer": "កែវ វណ្ណា", "place": BATTAMBANG, "paper_no": "45/26"}


def now():
    return dates.now().isoformat(timespec="minutes")


@pytest.fixture
def order(db_session):
    made = an_active_order(kind="search")  # an arrest executes a warrant of arrest by itself
    db_session.commit()
    return made.id


@pytest.fixture
def program(client_as):
    return Program(client_as("investigator.bb"))


def test_an_order_is_executed_and_the_act_is_told(program, order, db_session, each_database):
    told = program.post(f"court-orders/{order}/execute", DONE | {"at": now()})["result"]
    assert (told["kind"], told["order"]["id"], told["officer"]) == ("executed", order, DONE["officer"])
    assert db_session.get(CourtOrder, order).status == "executed"
    assert program.get(f"order-acts/{told['id']}")["result"] == told


def test_what_the_state_of_the_order_forbids_is_refused_as_on_the_screen(program, order, db_session):
    body = {"at": now(), "paper_no": "45/26", "paper_on": dates.now().date().isoformat()}
    errors = program.post(f"court-orders/{order}/return", body, expect=422)["errors"]
    assert [said["severity"] for said in errors["record"]] == ["error"]
    errors = program.post(f"court-orders/{order}/recall", {"at": now()}, expect=422)["errors"]
    assert errors and db_session.get(CourtOrder, order).status == "active"


def test_only_who_may_act_on_the_screen_may_act_here(client_as, order):
    for who in ("clerk.bb", "manager"):
        Program(client_as(who)).post(f"court-orders/{order}/execute", DONE | {"at": now()}, expect=403)


def test_an_act_of_another_province_is_not_found(client_as, order):
    Program(client_as("warrant.pp")).post(f"court-orders/{order}/execute", DONE, expect=404)


def test_a_field_that_the_act_does_not_ask_for_is_refused(program, order):
    for more in ({"kind": "recalled"}, {"order": order}, {"by_order": order}):
        body = DONE | {"at": now()} | more
        assert list(program.post(f"court-orders/{order}/execute", body, expect=422)["errors"]) == list(more)


def test_one_key_makes_one_act_and_is_good_for_no_other(program, order, db_session):
    def send(act, key="one-key-of-a-program"):
        headers = {"Idempotency-Key": key, "X-CSRFToken": program.client.token}
        body = {"at": "2026-11-01T08:00", "place": BATTAMBANG, "officer": "កែវ", "result": "not_found"}
        return program.client.post(f"/api/v1/court-orders/{order}/{act}", json=body, headers=headers)

    first, second = send("attempt"), send("attempt")
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json == second.json
    assert db_session.query(OrderEvent).filter_by(kind="attempt").count() == 1
    assert send("seen").status_code == 422


def test_a_second_officer_checks_an_order_and_registers_whom_it_names(program, db_session):
    made = an_order()
    db_session.commit()
    before = db_session.query(Person).count()
    body = {"new": True, "record__reason": "checked", "person__reason": "checked"}
    told = program.post(f"court-orders/{made.id}/check", body)["result"]
    assert told["kind"] == "checked" and db_session.query(Person).count() == before + 1
    assert db_session.get(CourtOrder, made.id).status == "active"


def test_nobody_checks_the_order_that_he_entered(client_as, db_session):
    made = an_order()
    db_session.commit()
    errors = Program(client_as("warrant.bb")).post(f"court-orders/{made.id}/check", {"new": True}, expect=422)
    assert "V077" in {said["rule"] for said in errors["errors"]["person"]}


def test_a_step_of_a_custody_is_an_act_with_the_boxes_of_its_kind(client_as, db_session):
    browser = client_as("clerk.bb")
    custody = held.custody(browser, held.arrest(browser, held.a_suspect()))
    program = Program(browser)
    number = program.get(f"custodies/{custody}")["result"]["number"]
    told = program.post(f"custodies/{number}/lawyer", {"at": held.ago(hours=1), "who": "មេធាវី សុខ"})["result"]
    assert (told["kind"], told["custody"]["id"]) == ("lawyer", custody)
    assert program.post(f"custodies/{custody}/rights", {"who": "មេធាវី"}, expect=422)["errors"].keys() >= {
        "who"
    }
    program.post(f"custodies/{number.replace('K', 'D')}/lawyer", {"at": held.ago(hours=1)}, expect=404)


def test_a_supplement_is_added_to_a_case_by_its_number(client_as, db_session):
    with written_by("clerk.bb"):
        number = a_registered_case().number
        db_session.commit()
    body = {"learned_on": dates.now().date().isoformat(), "text": "សាក្សីបានឃើញម៉ូតូនៅផ្សារ។"}
    told = Program(client_as("clerk.bb")).post(f"cases/{number}/supplement", body)["result"]
    assert told["case"]["name"] == number


def sent_file(browser, content=b"%PDF-1.4\n%%EOF\n"):
    """The answer to a file that a program sends."""
    headers = {"X-CSRFToken": browser.token}
    return browser.post("/api/v1/uploads/", data={"file": (io.BytesIO(content), "scan.pdf")}, headers=headers)


def test_a_scan_is_a_file_of_its_sender_and_of_nobody_else(program, client_as, order, db_session):
    mine = sent_file(program.client).json["result"]["token"]
    theirs = sent_file(client_as("warrant.bb")).json["result"]["token"]
    for word in (theirs, "", "no word"):
        assert "file" in program.post(f"court-orders/{order}/scan", {"file": word}, expect=422)["errors"]
    told = program.post(f"court-orders/{order}/scan", {"file": mine})["result"]
    assert (told["mime"], told["order"]["id"]) == ("application/pdf", order)
    assert [one.id for one in db_session.get(CourtOrder, order).files] == [told["id"]]


def test_a_file_that_is_not_kept_is_refused_at_its_field(program):
    answer = sent_file(program.client, b"MZ")
    assert answer.status_code == 422 and "file" in answer.json["errors"]
