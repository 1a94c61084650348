"""Between custody and the orders of the courts: an arrest executes its order, an acquittal holds the others."""

import pytest
from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, Hit
from app.custody.models import Arrest, Judgment, JudgmentStep
from app.inbox.models import Message
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Court
from tests.corrections.steps import asked, carry_out, decide
from tests.court_orders.sample_orders import act, an_active_order, an_order, paper_of
from tests.custody.form_data import a_suspect, ago, arrest, day, judgment, rules_said, send
from tests.locked_records import SHUT, registered
from tests.sample_rows import BATTAMBANG, written_by


@pytest.fixture
def suspect(db_session):
    return a_suspect(hours=24 * 400)


@pytest.fixture
def order(db_session, suspect):
    """An active warrant against the suspect, in his case."""
    made = an_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    return made


@pytest.fixture
def on_order(clerk, suspect, order):
    """Sends the form of an arrest on the order."""

    def sent(status=302, **over):
        typed = {"ground": "warrant", "order": order.id, "place": BATTAMBANG, "hit_reason": "ភាពបន្ទាន់"}
        return arrest(clerk, suspect, status, **typed | over)

    return sent


def status_of(db_session, person_id):
    db_session.expire_all()
    row = db_session.get(PersonStatus, person_id)
    return row.status if row is not None else None


def test_an_arrest_executes_its_order_in_the_same_transaction(
    db_session, suspect, order, on_order, each_database
):
    assert status_of(db_session, suspect.person_id) == "wanted"
    pk = on_order()
    db_session.expire_all()
    assert order.status == state_machine.EXECUTED
    done = order.acts[-1]
    assert (done.kind, done.arrest_id, done.to_unit_code) == ("executed", pk, "PC-02")
    assert db_session.get(Arrest, pk).order_id == order.id
    assert status_of(db_session, suspect.person_id) is None


@pytest.mark.parametrize(("rule", "box", "typed"), [
    ("V058", "ground", {"ground": "flagrant"}),
    ("V058", "at", {"at": ago(hours=24 * 12)}),
    ("V080", "officers", {"officers": None}),
    ("V080", "place", {"place": None}),
])  # fmt: skip
def test_an_execution_that_breaks_a_rule_is_refused_beside_its_box(on_order, rule, box, typed):
    assert (rule, box) in rules_said(on_order(422, **typed))


def test_nobody_is_arrested_on_an_order_that_is_not_active(db_session, order, on_order):
    act(order, "recalled", **paper_of(order))
    db_session.commit()
    assert ("V058", "order") in rules_said(on_order(422))


def test_nobody_is_arrested_on_a_summons_or_for_somebody_else(db_session, suspect, on_order):
    summons = an_order(kind="summons", issuer="prosecutor", number="7/26")
    act(summons, "checked", person=suspect.person)
    other = an_active_order(number="8/26")
    db_session.commit()
    for wrong in (summons, other):
        assert ("V058", "order") in rules_said(on_order(422, order=wrong.id))


@pytest.mark.parametrize("state", ["waiting", "longer", "denied"])
def test_an_arrest_on_a_hit_that_nobody_has_confirmed_needs_its_reason(
    db_session, suspect, order, on_order, state
):
    waits = select(Hit).where(Hit.order_id == order.id)
    hit = db_session.scalars(waits).first()
    if hit is None:
        hit = Hit(
            order_id=order.id, person_id=suspect.person_id, met_as="suspect", urgent=False,
            raised_at=order.recorded_at, due_at=order.recorded_at, state="waiting", owner_unit_code="PC-02",
        )  # fmt: skip
        db_session.add(hit)
    hit.state = state
    db_session.commit()
    assert ("V086", "hit_reason") in rules_said(on_order(422, hit_reason=None))
    by_paper = {"order": None, "paper_no": order.number, "hit_reason": None}
    assert ("V086", "hit_reason") in rules_said(on_order(422, **by_paper))
    hit.state = "confirmed"
    db_session.commit()
    assert on_order(302, **by_paper)


def test_a_final_acquittal_holds_the_orders_of_the_case_alone(
    db_session, clerk, suspect, order, each_database
):
    elsewhere = an_active_order(person=suspect.person, number="9/26")
    db_session.commit()
    pk = judgment(clerk, suspect, verdict="acquitted")
    send(clerk, "judgmentstep", judgment=pk, kind="final", done_on=day(), paper_no="5/26")
    db_session.expire_all()
    assert db_session.get(CourtOrder, order.id).status == state_machine.HELD
    assert db_session.get(CourtOrder, elsewhere.id).status == state_machine.ACTIVE
    assert status_of(db_session, suspect.person_id) == "wanted"


@pytest.fixture
def acquitted(db_session, suspect, order):
    """The final acquittal that holds the order, entered long ago."""
    then, court = dates.now() - SHUT, db_session.get(Court, "CFI-02")
    with registered(SHUT), written_by("clerk.bb"):
        made = Judgment(
            involvement=suspect, court=court, court_no="301/26", decided_on=then.date(), verdict="acquitted"
        )
        made.steps.append(JudgmentStep(kind="final", done_on=then.date(), paper_no="5/26"))
        db_session.add(made)
        db_session.commit()
    assert status_of(db_session, suspect.person_id) == "cleared"
    assert db_session.get(CourtOrder, order.id).status == state_machine.HELD
    return made


def test_an_acquittal_that_is_struck_out_gives_its_orders_back(
    db_session, client_as, suspect, order, acquitted, each_database
):
    by_hand = an_active_order(person=suspect.person, case=suspect.case, number="33/26")
    act(by_hand, "acquitted", **paper_of(by_hand))
    db_session.commit()
    orders = order.id, by_hand.id
    number = asked(client_as("chief.bb"), acquitted, kind="void")
    decide(client_as("planning"), number)
    carry_out(client_as("twg"), number)
    db_session.expire_all()
    held, other = (db_session.get(CourtOrder, one) for one in orders)
    assert [one.kind for one in held.acts] == ["checked", "acquitted", "restored"]
    assert held.status == state_machine.ACTIVE and suspect.ended_on is None
    assert status_of(db_session, suspect.person_id) == "wanted"
    told = db_session.scalars(select(Message).where(Message.text_key == "order.restored")).one()
    assert (told.to_unit_code, told.facts["order"]) == ("PC-02", held.number)
    assert other.status == state_machine.HELD  # by another paper


def test_an_acquittal_that_a_higher_court_sets_aside_gives_its_orders_back(
    db_session, clerk, suspect, order, acquitted
):
    send(clerk, "judgmentstep", judgment=acquitted.id, kind="set_aside", done_on=day(), paper_no="9/26")
    assert status_of(db_session, suspect.person_id) == "wanted"
