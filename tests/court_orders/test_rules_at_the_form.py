"""Each rule of an order, broken once through the form and the API. The form keeps all entered values."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from app.court_orders.models import CourtOrder
from app.court_orders.rules import OrderFacts
from app.court_orders.rules.order import law_was_in_force
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.form_data import days_ago, find_refusals, order_form, receive_order
from tests.court_orders.rule_examples import make_order
from tests.court_orders.sample_orders import add_event
from tests.court_orders.sample_orders import make_order as make_stored_order
from tests.factories import make_law
from tests.sample_rows import acting_as
from tests.sql_calls import Program


def test_complete_warrant_waits_for_its_check(officer, db_session):
    order = receive_order(officer, db_session)
    assert (order.status, order.next_step, order.unit_code, order.family) == (
        "received",
        "check",
        "PC-02",
        "property",
    )
    assert order.law_code == "PC2009" and order.person_id is None


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"received_on": days_ago(11)}, "received_on", "V071"),
        ({"issued_on": "05-03-2099", "received_on": "05-03-2099"}, "issued_on", "V071"),
        ({"issued_on": "05-03-1999"}, "issued_on", "V072"),
        ({"issuer": "prosecutor"}, "issuer", "V073"),
        ({"offence": "", "offence_class": "misdemeanour"}, "offence", "V074"),
        ({"issuer_name": ""}, "issuer_name", "V074"),
        ({"signed": None}, "signed", "V074"),
        ({"sealed": None}, "sealed", "V074"),
        ({"surname_km": "", "given_km": "", "surname_latin": "", "given_latin": ""}, "surname_km", "V074"),
        ({"kind": "detention_warrant"}, "basis_order", "V075"),
        ({"born_on": days_ago(13 * 365)}, "born_on", "V049"),
        ({"born_on": "", "age_stated": "12"}, "age_stated", "V049"),
        ({"born_on": days_ago(29)}, "born_on", "V032"),
        ({"kind": "release", "issuer": "court", "born_on": days_ago(5)}, "born_on", "V032"),
        ({"offence": "", "offence_text": "លួច", "law": "UNTAC1992"}, "law", "V013"),
    ],
)  # fmt: skip
def test_invalid_order_shows_error_at_the_field(officer, changes, field, rule):
    found = find_refusals(officer, "/courtorder/add", order_form(**changes))
    assert rule in found.get(field, ()), found


def test_buddhist_year_is_refused(officer):
    assert find_refusals(officer, "/courtorder/add", order_form(issued_on="05-03-2569"))["issued_on"] == {
        "V004"
    }


def test_order_of_2003_follows_the_law_of_its_day(officer, db_session):
    """A missing judge's name only warns for an old order, and a reason overrides the warning."""
    old = {"issued_on": "05-03-2003", "received_on": "06-03-2003", "occurred_on": "01-03-2003", "issuer_name": "",
           "offence": "", "offence_text": "លួច", "law": "UNTAC1992", "born_on": "20-01-1970"}  # fmt: skip
    found = find_refusals(officer, "/courtorder/add", order_form(**old))
    assert found == {"issuer_name": {"V074"}}
    order = receive_order(officer, db_session, **old, issuer_name__reason="other")
    assert order.law_code == "UNTAC1992"


@pytest.mark.parametrize(("born", "passed"), [("01-06-1989", True), ("01-06-1991", False)])
def test_child_in_order_of_2003_follows_law_of_1992(officer, db_session, born, passed):
    """Age 13 gives a warning and age 11 an error."""
    old = {"issued_on": "05-03-2003", "received_on": "06-03-2003", "occurred_on": "01-03-2003", "born_on": born,
           "offence": "", "offence_text": "លួច", "law": "UNTAC1992", "born_on__reason": "other"}  # fmt: skip
    response = officer.send("/courtorder/add", order_form(**old))
    assert response.status_code == (302 if passed else 422)
    if passed:
        without = {name: value for name, value in old.items() if name != "born_on__reason"}
        found = find_refusals(officer, "/courtorder/add", order_form(**without, number="119/26"))
        assert found == {"born_on": {"V049"}}


def test_duplicate_order_in_another_province_is_refused(officer, client_as, db_session, each_database):
    receive_order(officer, db_session)
    same = order_form(number="១១៨ / ២៦".replace(" ", ""))
    assert find_refusals(client_as("warrant.pp"), "/courtorder/add", same) == {"number": {"V070"}}


def test_void_order_is_entered_again(officer, client_as, db_session, each_database):
    """An order with the wrong case is voided; its paper is then entered, and verified, with the right one."""
    order = receive_order(officer, db_session)
    number = request_correction(client_as("chief.bb"), order, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    again = receive_order(officer, db_session)
    assert again.id != order.id and (again.number_key, again.status) == (order.number_key, "received")
    assert find_refusals(officer, "/courtorder/add", order_form()) == {"number": {"V070"}}
    with pytest.raises(IntegrityError), acting_as("warrant.bb"):  # two officers at the same moment
        make_stored_order(number=order.number, court=order.court_code, issued_on=order.issued_on)
    db_session.rollback()


def test_rejected_order_does_not_block_its_paper(officer, client_as, db_session, each_database):
    """An invented order has the paper of a real one: the message names its unit, which rejects it."""
    fake = receive_order(client_as("warrant.pp"), db_session, kind="search", issuer="prosecutor")
    fake.owner_unit.phone = "012 345 678"
    db_session.commit()
    page = officer.send("/courtorder/add", order_form())
    assert page.status_code == 422 and f"{fake.owner_unit.name_km} · 012 345 678" in page.text
    add_event(fake, "rejected", "clerk.pp", reason="លិខិតក្លែង")
    db_session.commit()
    assert receive_order(officer, db_session).number_key == fake.number_key


def test_api_reports_the_same_rules_as_the_form(officer, db_session):
    body = {name: value for name, value in order_form().items() if not name.endswith("__shown")}
    body |= {"issued_on": days_ago(10), "signed": True, "sealed": True}
    wrong = body | {"issuer": "prosecutor"}
    errors = Program(officer).post("court-orders/", wrong, 422)["errors"]
    assert {one["rule"] for one in errors["issuer"]} == {"V073"}
    created = Program(officer).post("court-orders/", body)["result"]
    assert db_session.get(CourtOrder, created["id"]).status == "received"


def test_api_cannot_set_the_status(officer, db_session):
    order = receive_order(officer, db_session)
    program, path = Program(officer), f"court-orders/{order.id}"
    program.put(path, {"version": 1, "status": "active"}, 422)
    db_session.expire_all()
    assert order.status == "received"


@pytest.mark.parametrize(
    ("first", "last", "day", "warned"),
    [
        (date(2010, 12, 10), None, date(2010, 12, 9), True),
        (date(2010, 12, 10), None, date(2010, 12, 10), False),
        (None, date(2010, 12, 9), date(2010, 12, 9), False),
        (None, date(2010, 12, 9), date(2010, 12, 10), True),
        (None, date(2010, 12, 9), None, False),
    ],
)
def test_law_of_the_order_was_in_force_on_the_day_of_the_facts(first, last, day, warned):
    """Without that day the date of issue says only that the law had begun."""
    order = make_order(law=make_law(valid_from=first, valid_to=last), occurred_on=day)
    assert [one.rule for one in law_was_in_force(order, OrderFacts())] == ["V013"] * warned
