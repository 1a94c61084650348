"""API actions: the buttons of a record's page, with its rights, rules and states."""

import io

import pytest

from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.text import dates
from app.people.models import Person
from tests.court_orders.sample_orders import make_active_order, make_order
from tests.custody import form_data as held
from tests.prepared import prepared
from tests.sample_files import PDF
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case
from tests.sql_calls import Program

EXECUTION = {"officer": "កែវ វណ្ណា", "place": BATTAMBANG, "document_no": "45/26"}


def current_time():
    return dates.now().isoformat(timespec="minutes")


@prepared
def order(db_session):
    order = make_active_order(kind="search")  # an arrest would execute an arrest warrant automatically
    db_session.commit()
    return order.id


@pytest.fixture
def program(client_as):
    return Program(client_as("investigator.bb"))


def test_execute_order_returns_event(program, order, db_session, each_database):
    result = program.post(f"court-orders/{order}/execute", EXECUTION | {"at": current_time()})["result"]
    assert (result["kind"], result["order"]["id"], result["officer"]) == (
        "executed",
        order,
        EXECUTION["officer"],
    )
    assert db_session.get(CourtOrder, order).status == "executed"
    assert program.get(f"order-events/{result['id']}")["result"] == result


def test_action_invalid_for_status_is_rejected(program, order, db_session):
    body = {"at": current_time(), "document_no": "45/26", "document_date": dates.now().date().isoformat()}
    errors = program.post(f"court-orders/{order}/return", body, expect=422)["errors"]
    assert [one["severity"] for one in errors["record"]] == ["error"]
    errors = program.post(f"court-orders/{order}/recall", {"at": current_time()}, expect=422)["errors"]
    assert errors and db_session.get(CourtOrder, order).status == "active"


def test_action_needs_right_of_screen(client_as, order):
    for who in ("clerk.bb", "manager"):
        Program(client_as(who)).post(
            f"court-orders/{order}/execute", EXECUTION | {"at": current_time()}, expect=403
        )


def test_action_on_order_of_other_province_returns_404(client_as, order):
    Program(client_as("warrant.pp")).post(f"court-orders/{order}/execute", EXECUTION, expect=404)


def test_action_with_unknown_field_is_rejected(program, order):
    for more in ({"kind": "recalled"}, {"order": order}, {"by_order": order}):
        body = EXECUTION | {"at": current_time()} | more
        assert list(program.post(f"court-orders/{order}/execute", body, expect=422)["errors"]) == list(more)


def test_idempotency_key_creates_one_action(program, order, db_session):
    at = current_time()

    def send(act, key="one-key-of-a-program"):
        headers = {"Idempotency-Key": key, "X-CSRFToken": program.client.token}
        body = {"at": at, "place": BATTAMBANG, "officer": "កែវ", "result": "not_found"}
        return program.client.post(f"/api/v1/court-orders/{order}/{act}", json=body, headers=headers)

    first, second = send("attempt"), send("attempt")
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json == second.json
    assert db_session.query(OrderEvent).filter_by(kind="attempt").count() == 1
    assert send("seen").status_code == 422


def test_check_order_registers_named_person(program, db_session):
    order = make_order()
    db_session.commit()
    before = db_session.query(Person).count()
    body = {"new": True, "version": order.version, "record__reason": "checked", "person__reason": "checked"}
    result = program.post(f"court-orders/{order.id}/check", body)["result"]
    assert result["kind"] == "checked" and db_session.query(Person).count() == before + 1
    assert db_session.get(CourtOrder, order.id).status == "active"


def test_check_of_own_order_is_rejected(client_as, db_session):
    order = make_order()
    db_session.commit()
    errors = Program(client_as("warrant.bb")).post(
        f"court-orders/{order.id}/check", {"new": True, "version": order.version}, expect=422
    )
    assert "V077" in {one["rule"] for one in errors["errors"]["person"]}


def test_custody_step_is_action_with_fields_of_its_kind(client_as, db_session):
    browser = client_as("clerk.bb")
    custody = held.enter_custody(browser, held.enter_arrest(browser, held.make_suspect()))
    program = Program(browser)
    number = program.get(f"custodies/{custody}")["result"]["number"]
    result = program.post(f"custodies/{number}/lawyer", {"at": held.format_ago(hours=1), "who": "មេធាវី សុខ"})[
        "result"
    ]
    assert (result["kind"], result["custody"]["id"]) == ("lawyer", custody)
    assert program.post(f"custodies/{custody}/rights", {"who": "មេធាវី"}, expect=422)["errors"].keys() >= {
        "who"
    }
    program.post(f"custodies/{number.replace('K', 'D')}/lawyer", {"at": held.format_ago(hours=1)}, expect=404)


def test_add_supplement_by_case_number(client_as, db_session):
    with acting_as("clerk.bb"):
        number = add_registered_case().number
        db_session.commit()
    body = {"learned_on": dates.now().date().isoformat(), "text": "សាក្សីបានឃើញម៉ូតូនៅផ្សារ។"}
    result = Program(client_as("clerk.bb")).post(f"cases/{number}/supplement", body)["result"]
    assert result["case"]["name"] == number


def upload_file(browser, content=PDF):
    """Return the response to a file upload by a program."""
    headers = {"X-CSRFToken": browser.token}
    return browser.post("/api/v1/uploads/", data={"file": (io.BytesIO(content), "scan.pdf")}, headers=headers)


def test_scan_accepts_only_own_upload(program, client_as, order, db_session):
    mine = upload_file(program.client).json["result"]["token"]
    theirs = upload_file(client_as("warrant.bb")).json["result"]["token"]
    for word in (theirs, "", "no word"):
        assert "file" in program.post(f"court-orders/{order}/scan", {"file": word}, expect=422)["errors"]
    result = program.post(f"court-orders/{order}/scan", {"file": mine})["result"]
    assert (result["mime"], result["order"]["id"]) == ("application/pdf", order)
    assert [one.id for one in db_session.get(CourtOrder, order).files] == [result["id"]]


def test_upload_of_wrong_type_is_rejected_at_field(program):
    answer = upload_file(program.client, b"MZ")
    assert answer.status_code == 422 and "file" in answer.json["errors"]
