"""Effects on court orders: an arrest executes its order, and an acquittal suspends orders."""

import pytest
from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Arrest, Judgment, JudgmentStep
from app.inbox.models import Message
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Court
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import add_event, make_active_order, make_document, make_order
from tests.custody.form_data import (
    enter_arrest,
    enter_judgment,
    find_shown_rules,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sample_rows import BATTAMBANG, acting_as


@pytest.fixture
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def order(db_session, suspect):
    """An active warrant against the suspect in the same case."""
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    return order


@pytest.fixture
def on_order(clerk, suspect, order):
    """A function that sends the form of an arrest on the order."""

    def enter(status=302, **over):
        fields = {"ground": "warrant", "order": order.id, "place": BATTAMBANG, "match_reason": "ភាពបន្ទាន់"}
        return enter_arrest(clerk, suspect, status, **fields | over)

    return enter


def read_status(db_session, person_id):
    db_session.expire_all()
    row = db_session.get(PersonStatus, person_id)
    return row.status if row is not None else None


def test_arrest_executes_its_order(db_session, suspect, order, on_order, each_database):
    assert read_status(db_session, suspect.person_id) == "wanted"
    pk = on_order()
    db_session.expire_all()
    assert order.status == state_machine.EXECUTED
    done = order.acts[-1]
    assert (done.kind, done.arrest_id, done.to_unit_code) == ("executed", pk, "PC-02")
    assert db_session.get(Arrest, pk).order_id == order.id
    assert read_status(db_session, suspect.person_id) is None


@pytest.mark.parametrize(("rule", "field", "fields"), [
    ("V058", "ground", {"ground": "flagrant"}),
    ("V058", "at", {"at": format_ago(hours=24 * 12)}),
    ("V080", "officers", {"officers": None}),
    ("V080", "place", {"place": None}),
])  # fmt: skip
def test_invalid_execution_shows_rule_at_the_field(on_order, rule, field, fields):
    assert (rule, field) in find_shown_rules(on_order(422, **fields))


def test_arrest_on_recalled_order_is_refused(db_session, order, on_order):
    add_event(order, "recalled", **make_document(order))
    db_session.commit()
    assert ("V058", "order") in find_shown_rules(on_order(422))


def test_arrest_on_summons_or_foreign_order_is_refused(db_session, suspect, on_order):
    summons = make_order(kind="summons", issuer="prosecutor", number="7/26")
    add_event(summons, "checked", person=suspect.person)
    other = make_active_order(number="8/26")
    db_session.commit()
    for wrong in (summons, other):
        assert ("V058", "order") in find_shown_rules(on_order(422, order=wrong.id))


@pytest.mark.parametrize("state", ["waiting", "extended", "denied"])
def test_arrest_on_unconfirmed_match_needs_a_reason(db_session, suspect, order, on_order, state):
    statement = select(OrderMatch).where(OrderMatch.order_id == order.id)
    match = db_session.scalars(statement).first()
    if match is None:
        match = OrderMatch(
            order_id=order.id, person_id=suspect.person_id, matched_as="suspect", urgent=False,
            raised_at=order.recorded_at, due_at=order.recorded_at, state="waiting", owner_unit_code="PC-02",
        )  # fmt: skip
        db_session.add(match)
    match.state = state
    db_session.commit()
    assert ("V086", "match_reason") in find_shown_rules(on_order(422, match_reason=None))
    by_number = {"order": None, "document_no": order.number, "match_reason": None}
    assert ("V086", "match_reason") in find_shown_rules(on_order(422, **by_number))
    match.state = "confirmed"
    db_session.commit()
    assert on_order(302, **by_number)


def test_final_acquittal_suspends_orders_of_its_case(db_session, clerk, suspect, order, each_database):
    elsewhere = make_active_order(person=suspect.person, number="9/26")
    db_session.commit()
    pk = enter_judgment(clerk, suspect, verdict="acquitted")
    send_form(clerk, "judgmentstep", judgment=pk, kind="final", done_on=format_day(), document_no="5/26")
    db_session.expire_all()
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED
    assert db_session.get(CourtOrder, elsewhere.id).status == state_machine.ACTIVE
    assert read_status(db_session, suspect.person_id) == "wanted"


@pytest.fixture
def acquitted(db_session, suspect, order):
    """The final acquittal that suspends the order, entered long ago."""
    then, court = dates.now() - LOCKED_AGE, db_session.get(Court, "CFI-02")
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        acquittal = Judgment(
            involvement=suspect, court=court, court_no="301/26", decided_on=then.date(), verdict="acquitted"
        )
        acquittal.steps.append(JudgmentStep(kind="final", done_on=then.date(), document_no="5/26"))
        db_session.add(acquittal)
        db_session.commit()
    assert read_status(db_session, suspect.person_id) == "cleared"
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED
    return acquittal


def test_voided_acquittal_reinstates_its_orders(
    db_session, client_as, suspect, order, acquitted, each_database
):
    manual = make_active_order(person=suspect.person, case=suspect.case, number="33/26")
    add_event(manual, "acquitted", **make_document(manual))
    db_session.commit()
    orders = order.id, manual.id
    number = request_correction(client_as("chief.bb"), acquitted, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    restored, other = (db_session.get(CourtOrder, one) for one in orders)
    assert [one.kind for one in restored.acts] == ["checked", "acquitted", "restored"]
    assert restored.status == state_machine.ACTIVE and suspect.ended_on is None
    assert read_status(db_session, suspect.person_id) == "wanted"
    message = db_session.scalars(select(Message).where(Message.text_key == "order.restored")).one()
    assert (message.to_unit_code, message.facts["order"]) == ("PC-02", restored.number)
    assert other.status == state_machine.SUSPENDED  # suspended by another document


def test_acquittal_set_aside_reinstates_its_orders(db_session, clerk, suspect, order, acquitted):
    send_form(
        clerk,
        "judgmentstep",
        judgment=acquitted.id,
        kind="set_aside",
        done_on=format_day(),
        document_no="9/26",
    )
    assert read_status(db_session, suspect.person_id) == "wanted"
