"""Effects on court orders: an arrest executes its order, and an acquittal suspends orders."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from app.cases.models import Case, CaseOffence
from app.court_orders import consistency_check, state_machine
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    Judgment,
    JudgmentStep,
    Release,
    SupervisionStep,
)
from app.inbox.models import Message
from app.kernel.schema.record_lock import exempt_changes
from app.kernel.text import dates
from app.people.models import Person
from app.people.status import PersonStatus
from app.reference.models import Court, Offence
from tests.corrections.steps import apply_correction, decide, request_correction, void_record
from tests.court_orders.sample_orders import add_event, make_active_order, make_document, make_order
from tests.custody.form_data import (
    FELONY,
    enter_arrest,
    enter_custody,
    enter_judgment,
    find_shown_rules,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.custody.sample_rows import add_one_of_each, imprison
from tests.locked_records import LOCKED_AGE, registered_before
from tests.prepared import prepared
from tests.same_answers import submit_refused
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case


@prepared
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
    assert read_status(db_session, suspect.person_id) == "in_custody"


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
    send_form(
        clerk,
        "judgmentstep",
        judgment=pk,
        kind="final",
        done_on=format_day(),
        document_no="5/26",
        done_on__V088__reason="checked",
    )
    db_session.expire_all()
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED
    assert db_session.get(CourtOrder, elsewhere.id).status == state_machine.ACTIVE
    assert read_status(db_session, suspect.person_id) == "wanted"
    tasks = select(Message).where(Message.entity == "court_order", Message.entity_id == order.id)
    tasks = {one.text_key: one for one in db_session.scalars(tasks)}
    assert tasks["order.suspended"].to_unit_code == "PC-02"
    verify = tasks["order.suspension_entered"]
    assert (verify.kind, verify.to_role, verify.to_unit_code) == ("task", "Provincial chief", "PC-02")
    assert verify.facts["order"] == order.number and verify.facts["document"]


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


def test_judgment_is_set_aside_by_a_document_and_the_chief_is_notified(
    db_session, client_as, order, acquitted, each_database
):
    clerk = client_as("clerk.bb")
    step = {"judgment": acquitted.id, "kind": "set_aside", "done_on": format_day()}
    refused = submit_refused(clerk, "/judgmentstep/add", "judgment-steps/", step)
    assert ("V088", "document_no") in find_shown_rules(refused)
    assert read_status(db_session, order.person_id) != "wanted"
    assert clerk.send("/judgmentstep/add", step | {"document_no": "9/26"}).status_code == 302
    assert read_status(db_session, order.person_id) == "wanted"
    assert not find_open_tasks(db_session, order.id)
    notice = db_session.scalars(select(Message).where(Message.text_key == "order.resumption_entered")).one()
    assert (notice.to_role, notice.to_unit_code) == ("Provincial chief", "PC-02")


def find_open_tasks(session, order_id):
    tasks = select(Message.text_key).where(
        Message.entity == "court_order", Message.entity_id == order_id, Message.done_at.is_(None)
    )
    return set(session.scalars(tasks.where(Message.kind == "task")))


def test_recall_of_a_suspended_order_waits_for_a_second_officer(db_session, order, acquitted, each_database):
    """One officer enters the acquittal. The same officer cannot end the search with a recall."""
    assert find_open_tasks(db_session, order.id) == {"order.suspended", "order.suspension_entered"}
    recall = add_event(order, "recalled", "clerk.bb", second=None, **make_document(order))
    db_session.commit()
    assert (recall.confirmation, order.status) == ("awaiting", state_machine.SUSPENDED)
    with acting_as("warrant.bb"):
        recall.confirmation = "confirmed"
        db_session.commit()
    assert order.status == state_machine.RECALLED
    assert not find_open_tasks(db_session, order.id)


def correct(client_as, record, **values):
    number = request_correction(client_as("chief.bb"), record, **values)
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)


def test_acquittal_with_a_corrected_number_reinstates_its_orders(
    db_session, client_as, clerk, order, acquitted, each_database
):
    correct(client_as, acquitted, court_no="302/26")
    send_form(
        clerk, "judgmentstep", judgment=acquitted.id, kind="set_aside", done_on=format_day(), document_no="9/26"
    )  # fmt: skip
    db_session.expire_all()
    assert db_session.get(CourtOrder, order.id).status == state_machine.ACTIVE
    assert read_status(db_session, order.person_id) == "wanted"


def test_owner_decides_about_an_order_without_a_case_after_the_acquittal_is_set_aside(
    db_session, clerk, suspect, order, acquitted
):
    unlinked = make_active_order(person=suspect.person, number="77/26")
    add_event(unlinked, "acquitted", **make_document(unlinked))
    db_session.commit()
    send_form(
        clerk, "judgmentstep", judgment=acquitted.id, kind="set_aside", done_on=format_day(), document_no="9/26"
    )  # fmt: skip
    assert "order.accused_elsewhere" in find_open_tasks(db_session, unlinked.id)
    assert "order.accused_elsewhere" not in find_open_tasks(db_session, order.id)


def test_acquittal_by_an_officer_outlives_the_judgment_of_the_case_to_which_its_order_moves(
    db_session, clerk, suspect, order, acquitted, each_database
):
    """The owner decides whether both documents are the same decision."""
    moved = make_active_order(person=suspect.person, number="77/26")
    add_event(moved, "acquitted", **make_document(moved))
    with acting_as("warrant.bb"):
        moved.case = suspect.case
        db_session.commit()
    assert moved.status == state_machine.SUSPENDED
    send_form(
        clerk, "judgmentstep", judgment=acquitted.id, kind="set_aside", done_on=format_day(), document_no="9/26"
    )  # fmt: skip
    db_session.expire_all()
    states = [db_session.get(CourtOrder, one).status for one in (moved.id, order.id)]
    assert states == [state_machine.SUSPENDED, state_machine.ACTIVE]
    assert "order.accused_elsewhere" in find_open_tasks(db_session, moved.id)


def test_order_that_moves_to_another_case_follows_the_decisions_there(
    db_session, client_as, suspect, order, acquitted, each_database
):
    """The author chose the wrong case, and changes it; later a correction moves the order back."""
    with acting_as("clerk.bb"):
        other = add_registered_case(people=[(suspect.person, "suspect")])
    cases = suspect.case_id, other.id
    with acting_as("warrant.bb"):
        db_session.get(CourtOrder, order.id).case = other
        db_session.commit()
    assert read_status(db_session, order.person_id) == "wanted"
    assert db_session.get(CourtOrder, order.id).status == state_machine.ACTIVE
    assert find_notices(db_session, "order.restored") == ["PC-02"]
    with registered_before(LOCKED_AGE):
        late = make_active_order(person=suspect.person, case=db_session.get(Case, cases[1]), number="8/26")
        db_session.commit()
    correct(client_as, late, case=str(cases[0]))
    db_session.expire_all()
    assert db_session.get(CourtOrder, late.id).status == state_machine.SUSPENDED
    correct(client_as, late, case=str(cases[1]))
    db_session.expire_all()
    assert db_session.get(CourtOrder, late.id).status == state_machine.ACTIVE


# A person wanted in Battambang is met in Phnom Penh.


@pytest.fixture
def met(db_session, order):
    """The involvement that Phnom Penh entered, and its match for the owner in Battambang."""
    with acting_as("clerk.pp"):
        case = add_registered_case(place=PHNOM_PENH, people=[(order.person, "suspect")])
    db_session.commit()
    return case.involvements[0]


def confirm_match(db_session, client_as):
    pk = db_session.scalars(select(OrderMatch.id).order_by(OrderMatch.id)).first()
    answer = {"kind": "match_confirmed", "reason": "ដីកានៅមានសុពលភាព", "compared": "y"}
    assert client_as("warrant.bb").send(f"/matches/{pk}/answer", answer).status_code == 302


ELSEWHERE = {"ground": "warrant", "by_unit": "PC-12", "place": PHNOM_PENH}


def find_notices(db_session, text_key):
    return db_session.scalars(select(Message.to_unit_code).where(Message.text_key == text_key)).all()


def test_confirmed_match_opens_the_order_to_the_unit_that_met_the_person(
    db_session, client_as, order, met, each_database
):
    clerk, url = client_as("clerk.pp"), f"/courtorder/show/{order.id}"
    assert clerk.get(url).status_code == 404
    confirm_match(db_session, client_as)
    clerk = client_as("clerk.pp")
    assert clerk.get(url).status_code == 200
    assert clerk.get(f"/person/show/{order.person_id}").status_code == 200
    enter_arrest(clerk, met, order=order.id, **ELSEWHERE)
    assert read_status(db_session, order.person_id) == "in_custody"
    assert db_session.get(CourtOrder, order.id).status == state_machine.EXECUTED
    assert find_notices(db_session, "order.executed") == ["PC-02"] * 2, "the unit and its chief"
    assert consistency_check.find_drift(db_session.connection()) == []


def test_arrest_that_names_the_number_of_a_confirmed_order_executes_it(
    db_session, client_as, order, met, each_database
):
    confirm_match(db_session, client_as)
    pk = enter_arrest(client_as("clerk.pp"), met, document_no="១១៨/២៦", **ELSEWHERE)
    assert read_status(db_session, order.person_id) == "in_custody"
    executed = db_session.get(CourtOrder, order.id).acts[-1]
    assert (executed.kind, executed.arrest_id, executed.to_unit_code) == ("executed", pk, "PC-12")
    assert find_notices(db_session, "order.executed") == ["PC-02"] * 2, "the unit and its chief"


def test_saved_arrest_on_another_ground_executes_no_order_of_the_same_number(
    db_session, client_as, order, met
):
    paper = {"ground": "authorisation", "document_no": order.number, "match_reason": "ភាពបន្ទាន់"}
    enter_arrest(client_as("clerk.pp"), met, **ELSEWHERE | paper)
    confirm_match(db_session, client_as)
    db_session.expire_all()
    assert db_session.get(CourtOrder, order.id).status == state_machine.ACTIVE


def test_saved_arrest_executes_the_order_as_soon_as_its_match_is_confirmed(
    db_session, client_as, order, met, each_database
):
    reason = {"document_no": order.number, "match_reason": "ភាពបន្ទាន់"}
    enter_arrest(client_as("clerk.pp"), met, **ELSEWHERE | reason)
    assert read_status(db_session, order.person_id) == "wanted", "the owner has not answered"
    confirm_match(db_session, client_as)
    assert read_status(db_session, order.person_id) == "in_custody"
    assert db_session.get(CourtOrder, order.id).status == state_machine.EXECUTED
    assert find_notices(db_session, "order.executed") == ["PC-02"] * 2, "the unit and its chief"


def test_flagrant_arrest_can_be_linked_to_the_order_later(db_session, client_as, order, met, each_database):
    pk = enter_arrest(client_as("clerk.pp"), met, by_unit="PC-12")
    confirm_match(db_session, client_as)
    clerk = client_as("warrant.pp")
    page = clerk.page(f"/courtorder/show/{order.id}")
    assert page.all("form", action=f"/order-arrest/{order.id}/{pk}")
    assert clerk.send(f"/order-arrest/{order.id}/{pk}", {}).status_code == 302
    assert read_status(db_session, order.person_id) == "in_custody"
    assert db_session.get(CourtOrder, order.id).acts[-1].arrest_id == pk
    assert clerk.send(f"/order-arrest/{order.id}/{pk}", {}).status_code == 404, "it is linked already"


def test_arrest_of_another_person_cannot_be_linked(db_session, clerk, client_as, order):
    other = enter_arrest(clerk, make_suspect(number=7))
    assert client_as("warrant.bb").send(f"/order-arrest/{order.id}/{other}", {}).status_code == 404


def test_denied_match_links_no_arrest(db_session, client_as, order, met):
    reason = {"document_no": order.number, "match_reason": "ភាពបន្ទាន់"}
    enter_arrest(client_as("clerk.pp"), met, **ELSEWHERE | reason)
    for pk in db_session.scalars(select(OrderMatch.id)):
        answer = {"kind": "match_denied", "reason": "ឈ្មោះដូចគ្នា"}
        assert client_as("warrant.bb").send(f"/matches/{pk}/answer", answer).status_code == 302
    assert read_status(db_session, order.person_id) == "wanted"


# Voided acts restore what they ended.


def void(client_as, record):
    number = request_correction(client_as("chief.bb"), record, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)


def test_voided_arrest_reopens_its_order(db_session, client_as, suspect, order, on_order, each_database):
    pk = on_order()
    void(client_as, db_session.get(Arrest, pk))
    assert read_status(db_session, suspect.person_id) == "wanted"
    again = db_session.get(CourtOrder, order.id)
    assert again.status == state_machine.ACTIVE and again.acts[-1].is_void
    assert consistency_check.find_drift(db_session.connection()) == []


def test_corrected_time_of_an_arrest_is_that_of_its_execution(
    db_session, client_as, suspect, order, on_order, each_database
):
    """A recall of the day between the two times decides differently."""
    with registered_before(LOCKED_AGE):
        pk = on_order(at=format_ago(hours=24 * 3))
    day = dates.now().date()
    add_event(order, "recalled", document_no="9/26", document_date=day - timedelta(days=5))
    db_session.commit()
    assert db_session.get(CourtOrder, order.id).status == state_machine.RECALLED
    at = datetime.combine(day - timedelta(days=7), time(8))
    number = request_correction(client_as("chief.bb"), db_session.get(Arrest, pk), at=f"{at:%d-%m-%Y %H:%M}")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    again = db_session.get(CourtOrder, order.id)
    assert [one.at for one in again.acts if one.kind == "executed"] == [at]
    assert again.status == state_machine.EXECUTED
    assert consistency_check.find_drift(db_session.connection()) == []


def test_execution_with_another_time_than_its_arrest_is_reported(db_session, order, on_order):
    pk, at = on_order(), datetime(2026, 1, 5, 8)
    wrong = update(OrderEvent).where(OrderEvent.arrest_id == pk).values(at=at)
    db_session.connection().execute(wrong)
    found = consistency_check.find_drift(db_session.connection())
    assert ("order_event", "at", str(at)) in [(one[0], one[2], one[3]) for one in found]
    db_session.rollback()


def test_voided_execution_releases_its_arrest(db_session, client_as, suspect, order, on_order, each_database):
    with registered_before(LOCKED_AGE):
        pk = on_order()
    db_session.expire_all()
    void(client_as, order.acts[-1])
    assert read_status(db_session, suspect.person_id) == "wanted"
    arrest = db_session.get(Arrest, pk)
    assert arrest.order_id is None and not arrest.is_void, "it can be linked to the right order"
    assert consistency_check.find_drift(db_session.connection()) == []


def test_match_ended_by_a_voided_arrest_waits_again(db_session, client_as, suspect, order, met, on_order):
    pk = on_order()
    db_session.expire_all()
    match = db_session.scalars(select(OrderMatch)).one()
    assert match.state == "ended"
    void(client_as, db_session.get(Arrest, pk))
    db_session.expire_all()
    assert match.state == "waiting" and match.due_at > dates.now()


# An acquittal ends wanted, however its documents arrive.


def enter_final_judgment(clerk, suspect, verdict, days=-5, number="301/26"):
    pk = enter_judgment(clerk, suspect, verdict=verdict, decided_on=format_day(days), court_no=number)
    send_form(clerk, "judgmentstep", judgment=pk, kind="final", done_on=format_day(), document_no="5/26")
    return pk


def test_acquittal_on_appeal_replaces_the_first_conviction(db_session, clerk, suspect, order, each_database):
    enter_judgment(clerk, suspect, verdict="convicted", decided_on=format_day(-40), court_no="300/26")
    enter_final_judgment(clerk, suspect, "acquitted")
    assert read_status(db_session, suspect.person_id) == "cleared"
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED
    assert find_notices(db_session, "order.suspended") == ["PC-02"]


def acquit_of_each_offence(clerk, suspect):
    """Enter a final acquittal for each offence of the case, as a court of appeal decides."""
    for number, offence in enumerate(suspect.case.offences):
        pk = enter_judgment(
            clerk, suspect, verdict="acquitted", court_no=f"{number}/26", decided_on=format_day(-5), case_offence=offence.id
        )  # fmt: skip
        send_form(clerk, "judgmentstep", judgment=pk, kind="final", done_on=format_day(), document_no="5/26")


def test_acquittals_of_each_offence_replace_a_conviction_for_all(
    db_session, clerk, suspect, order, each_database
):
    first = enter_judgment(clerk, suspect, verdict="convicted", decided_on=format_day(-40), court_no="300/26")
    offences = suspect.case.offences
    acquit_of_each_offence(clerk, suspect)
    assert read_status(db_session, suspect.person_id) == "cleared"
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED
    assert db_session.get(Judgment, first).replaced_on == dates.now().date()
    with acting_as("clerk.bb"):
        suspect.case.offences.append(
            CaseOffence(offence=offences[0].offence, attempt=True, offence_class="felony")
        )
        db_session.commit()
    assert read_status(db_session, suspect.person_id) == "cleared", (
        "no court has decided on the added offence"
    )
    assert db_session.get(Judgment, first).replaced_on == dates.now().date()


def test_void_offence_without_a_judgment_keeps_no_one_accused(
    db_session, clerk, client_as, suspect, order, each_database
):
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        wrong = CaseOffence(
            offence=suspect.case.offences[0].offence, attempt=True, offence_class="felony", case=suspect.case
        )
        db_session.add(wrong)
        db_session.commit()
    for one in suspect.case.offences:
        if one is not wrong:
            pk = enter_judgment(
                clerk, suspect, verdict="acquitted", court_no=f"{one.id}/26", case_offence=one.id
            )
            send_form(
                clerk, "judgmentstep", judgment=pk, kind="final", done_on=format_day(), document_no="5/26"
            )
    assert read_status(db_session, suspect.person_id) == "wanted"
    void(client_as, wrong)
    assert read_status(db_session, suspect.person_id) == "cleared"
    assert db_session.get(CourtOrder, order.id).status == state_machine.SUSPENDED


def test_conviction_on_appeal_replaces_the_first_acquittal(db_session, clerk, suspect, order):
    enter_judgment(clerk, suspect, verdict="acquitted", decided_on=format_day(-40), court_no="300/26")
    enter_final_judgment(clerk, suspect, "convicted")
    assert read_status(db_session, suspect.person_id) == "wanted"


def test_order_verified_after_the_acquittal_of_its_case_wants_no_one(
    db_session, clerk, suspect, order, acquitted, each_database
):
    for number, kind in enumerate(("arrest", "supervision", "provisional_detention")):
        later = make_active_order(person=suspect.person, case=suspect.case, number=f"{number}/26", kind=kind)
        db_session.commit()
        assert (later.status, later.next_step) == (state_machine.SUSPENDED, "await_recall"), kind
    assert read_status(db_session, suspect.person_id) == "cleared"


def test_owner_decides_about_an_order_without_a_case(db_session, clerk, suspect, order):
    unlinked = make_active_order(person=suspect.person, number="77/26")
    db_session.commit()
    enter_final_judgment(clerk, suspect, "acquitted")
    assert read_status(db_session, suspect.person_id) == "wanted", "an officer decides, not the system"
    message = db_session.scalars(select(Message).where(Message.text_key == "order.acquitted_elsewhere")).one()
    assert (message.to_unit_code, message.entity_id, message.done_at) == ("PC-02", unlinked.id, None)
    judged = db_session.scalars(select(Judgment.id)).one()
    set_aside = {"judgment": judged, "kind": "set_aside", "done_on": format_day(), "document_no": "6/26"}
    send_form(clerk, "judgmentstep", **set_aside)
    db_session.expire_all()
    assert message.done_at is not None, "nothing is asked about an acquittal that does not count"


def test_suspended_order_is_restored_by_its_judgment_alone(client_as, order, acquitted):
    sent = {
        "order": order.id,
        "at": format_ago(hours=0),
        "document_no": "7/26",
        "document_date": format_day(),
    }
    page = submit_refused(
        client_as("warrant.bb"), "/order-restored/add", "order-events/", sent, {"kind": "restored"}
    )
    assert ("V054", "document_no") in find_shown_rules(page)


# Whatever is recorded about a wanted person reaches the unit in charge.


@pytest.mark.parametrize("status_hidden_by", ["nothing", "escaped"])
def test_every_contact_with_a_wanted_person_raises_a_match(db_session, client_as, suspect, status_hidden_by):
    """V085."""
    order = make_active_order(person=suspect.person, number="55/26")
    if status_hidden_by == "escaped":
        db_session.get(PersonStatus, suspect.person_id).status = "escaped"
    with acting_as("clerk.pp"):
        add_one_of_each(suspect, "PC-12")
    db_session.commit()
    match = db_session.scalars(select(OrderMatch).where(OrderMatch.order_id == order.id)).one()
    assert (match.matched_as, match.unit_code, match.owner_unit_code, match.urgent) == (
        "arrested",
        "PC-12",
        "PC-02",
        True,
    )
    with acting_as("clerk.pp"):
        held = db_session.scalars(select(Custody)).one()
        db_session.add(CustodyStep(custody=held, kind="end", at=dates.now(), outcome="hospital"))
        db_session.commit()
    for kind in ("custody", "detention", "release", "supervision_step"):
        db_session.execute(update(OrderMatch).values(state="denied"))
        rows = {
            "custody": lambda: Custody(arrest=load(Arrest), held_by=load(Custody).held_by, arrived_at=dates.now(), offence_class="felony"),
            "detention": lambda: Detention(
                involvement=suspect, kind="provisional", since=dates.now().date(), offence_class="felony",
                document_date=dates.now().date(), document_no="1", first_prison=load(Detention).first_prison,
            ),
            "release": lambda: Release(detention=load(Detention), released_on=dates.now().date(), kind="order", document_no="1"),
            "supervision_step": lambda: SupervisionStep(release=load(Release), kind="visit", done_on=dates.now().date()),
        }  # fmt: skip

        def load(model):
            return db_session.scalars(select(model)).first()

        with acting_as("clerk.pp"):
            db_session.add(rows[kind]())
            db_session.flush()
        match = db_session.scalars(select(OrderMatch).where(OrderMatch.state == "waiting")).one()
        assert (
            match.matched_as
            == {
                "custody": "in_custody",
                "detention": "detained",
                "release": "released",
                "supervision_step": "visit",
            }[kind]
        )


def test_arrest_on_the_order_itself_raises_no_match(db_session, order, on_order):
    on_order()
    assert db_session.scalars(select(OrderMatch)).all() == []


def test_arrest_form_is_prefilled_from_the_order(client_as, clerk, suspect, order):
    typed = clerk.page(f"/arrest/add?order={order.id}").typed()
    assert typed["ground"] == ["warrant"] and typed["document_no"] == [order.number]
    assert typed["involvement"] == [str(suspect.id)] and typed["by_unit"] == ["PC-02"]


def add_offence(db_session, case):
    with acting_as("clerk.bb"):
        felony = db_session.get(Offence, FELONY)
        case.offences.append(CaseOffence(offence=felony, attempt=True, offence_class="felony"))
        db_session.commit()
    return case.offences[-1]


def acquit_of(clerk, suspect, offence):
    pk = enter_judgment(clerk, suspect, verdict="acquitted", case_offence=offence.id)
    send_form(clerk, "judgmentstep", judgment=pk, kind="final", done_on=format_day(), document_no="5/26")


def test_offence_added_after_the_acquittal_restores_no_order(db_session, clerk, each_database):
    suspect = make_suspect(hours=24 * 400, felony=False)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    acquit_of(clerk, suspect, suspect.case.offences[0])
    assert read_status(db_session, suspect.person_id) == "cleared"
    added = add_offence(db_session, suspect.case)
    assert read_status(db_session, suspect.person_id) == "cleared"
    assert order.status == state_machine.SUSPENDED
    enter_judgment(clerk, suspect, court_no="៣០២/២៦", case_offence=added.id)
    assert read_status(db_session, suspect.person_id) == "wanted", "a court has decided on the added offence"


def test_offence_of_a_judged_case_is_not_withdrawn(db_session, clerk, each_database):
    suspect = make_suspect(hours=24 * 400, felony=False)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    added = add_offence(db_session, suspect.case)
    acquit_of(clerk, suspect, suspect.case.offences[0])
    answer = clerk.send(f"/caseoffence/withdraw/{added.id}", {"reason": "បញ្ចូលច្រឡំ"})
    assert answer.status_code == 422 and "សំណុំរឿងនេះមានសាលក្រមហើយ" in answer.text
    assert read_status(db_session, suspect.person_id) == "wanted"
    assert (order.status, added.is_void) == (state_machine.ACTIVE, False)


def test_order_in_force_again_asks_who_holds_the_person(db_session, clerk, client_as, each_database):
    suspect = make_suspect(hours=24 * 400)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    recall = add_event(order, "recalled", **make_document(order))
    db_session.commit()
    enter_custody(clerk, enter_arrest(clerk, suspect))
    assert db_session.scalars(select(OrderMatch)).all() == []
    void_record(db_session.get(OrderEvent, recall.id))
    matches = db_session.scalars(select(OrderMatch)).all()
    assert {(one.order_id, one.matched_as, one.unit_code, one.state) for one in matches} == {
        (order.id, "in_custody", "PC-02", "waiting")
    }


def test_prisoner_who_was_no_child_raises_a_match(db_session, suspect):
    """When the prison admitted the person, the birth in E-Crime said that the person was a child."""
    make_active_order(person=suspect.person, number="9/26")
    db_session.commit()
    person_id, born_on = suspect.person_id, suspect.person.born_on

    def correct_birth(day):
        with exempt_changes(db_session, {}):
            db_session.get(Person, person_id).born_on = day
            db_session.flush()
        db_session.commit()

    correct_birth(dates.now().date() - timedelta(days=12 * 366))
    imprison(db_session.get(Person, person_id), dates.now().date())
    db_session.commit()
    assert db_session.scalars(select(OrderMatch)).all() == []
    correct_birth(born_on)
    assert db_session.scalars(select(OrderMatch.matched_as)).all() == ["detained"]
    assert read_status(db_session, person_id) == "wanted"
