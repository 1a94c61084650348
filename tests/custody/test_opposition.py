"""A judgment in absence, its opposition and what follows: person, case, role and order after each act."""

import pytest
from sqlalchemy import select

from app.cases import court_findings
from app.cases.models import Case
from app.court_orders.models import CourtOrder
from app.custody.models import Judgment, JudgmentStep
from app.people import status
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import enter_judgment, find_shown_rules, format_day, make_suspect, send_form


@pytest.fixture
def wanted(db_session):
    """The suspect of a case. The court judges the suspect in absence and issues a warrant."""
    suspect = make_suspect(hours=24 * 200)
    suspect.order_id = make_active_order(person=suspect.person, case=suspect.case).id
    db_session.commit()
    return suspect


@pytest.fixture
def say(db_session, wanted):
    """A function that returns the status of the person, the status of the case, the role and the status of the order."""
    person_id, case_id, pk, order_id = wanted.person_id, wanted.case_id, wanted.id, wanted.order_id

    def load():
        db_session.expire_all()
        row = status.get_statuses(db_session, [person_id]).get(person_id)
        role = court_findings.load_current_roles([pk])[pk]
        order = db_session.get(CourtOrder, order_id).status
        return row and row.status, db_session.get(Case, case_id).status, role, order

    return load


def add_step(browser, judged, kind, day, status=302, **over):
    fields = {"judgment": judged, "kind": kind, "done_on": format_day(day), "document_no": "5/26"}
    return send_form(browser, "judgmentstep", status, **fields | over)


def judge_and_oppose(browser, suspect):
    """Enter a conviction in absence, its notification and the opposition; return the id of the judgment."""
    judged = enter_judgment(browser, suspect, decided_on=format_day(-120), in_absence="y")
    add_step(browser, judged, "notified", -110)
    add_step(browser, judged, "opposition", -100)
    return judged


def judge_again(browser, suspect, day, **over):
    return enter_judgment(browser, suspect, decided_on=format_day(day), court_no=f"{-day}/26", **over)


def void(session, record):
    void_record(record)
    session.commit()


def void_opposition(session, judged):
    found = select(JudgmentStep).where(JudgmentStep.judgment_id == judged, JudgmentStep.kind == "opposition")
    void(session, session.scalars(found).one())


GUILTY, FINAL = "convicted_not_final", "convicted"
CLEARED = ("cleared", "final", "suspect", "suspended")


@pytest.mark.parametrize("verdict", ["convicted", "acquitted"])
def test_opposition_new_judgment_and_appeal(db_session, clerk, wanted, say, verdict, each_database):
    assert say() == ("wanted", "open", "charged", "active")
    judged = enter_judgment(clerk, wanted, decided_on=format_day(-120), in_absence="y")
    assert say() == ("wanted", "judged", GUILTY, "active")
    assert ("V088", "kind") in find_shown_rules(add_step(clerk, judged, "final", -100, 422)), "not notified"
    add_step(clerk, judged, "notified", -110)
    assert ("V088", "done_on") in find_shown_rules(add_step(clerk, judged, "final", -100, 422)), "too early"
    add_step(clerk, judged, "opposition", -100)
    assert say() == ("wanted", "at_court", GUILTY, "active")
    again = judge_again(clerk, wanted, -90)
    assert say() == ("wanted", "judged", GUILTY, "active")
    add_step(clerk, again, "appeal", -80)
    assert say() == ("wanted", "at_court", GUILTY, "active")
    last = judge_again(clerk, wanted, -60, court="CA-02", verdict=verdict)
    assert say() == ("wanted", "judged", GUILTY, "active"), "no judgment is final"
    add_step(clerk, last, "final", -10)
    assert say() == (CLEARED if verdict == "acquitted" else ("wanted", "final", FINAL, "active"))
    assert [bool(db_session.get(Judgment, pk).replaced_on) for pk in (judged, again, last)] == [
        True,
        True,
        False,
    ]
    void(db_session, db_session.get(Judgment, last))
    assert say() == ("wanted", "at_court", GUILTY, "active"), "the appeal waits again"


def test_withdrawn_opposition_makes_the_judgment_final_with_a_reason(
    db_session, clerk, wanted, say, each_database
):
    judged = judge_and_oppose(clerk, wanted)
    assert ("V088", "done_on") in find_shown_rules(add_step(clerk, judged, "final", -50, 422))
    add_step(clerk, judged, "final", -50, done_on__V088__reason="checked")
    assert say() == ("wanted", "final", FINAL, "active")
    void_opposition(db_session, judged)
    assert say() == ("wanted", "final", FINAL, "active")


def test_void_opposition_leaves_the_judgment_as_it_was(db_session, clerk, wanted, say, each_database):
    judged = judge_and_oppose(clerk, wanted)
    void_opposition(db_session, judged)
    assert say() == ("wanted", "judged", GUILTY, "active")
    add_step(clerk, judged, "final", -50)
    assert say() == ("wanted", "final", FINAL, "active")


def test_final_acquittal_counts_also_after_a_void_opposition(db_session, clerk, wanted, say, each_database):
    judged = judge_and_oppose(clerk, wanted)
    again = judge_again(clerk, wanted, -80, verdict="acquitted")
    assert say() == ("wanted", "judged", GUILTY, "active"), "the acquittal can be appealed"
    add_step(clerk, again, "final", -40)
    assert say() == CLEARED
    void_opposition(db_session, judged)
    assert say() == CLEARED


def test_opposition_to_a_final_judgment_asks(db_session, clerk, wanted, say, each_database):
    judged = enter_judgment(clerk, wanted, decided_on=format_day(-120), in_absence="y")
    add_step(clerk, judged, "notified", -110)
    add_step(clerk, judged, "final", -60)
    for day in (-70, -40):
        page = add_step(clerk, judged, "opposition", day, 422)
        assert ("V088", "done_on") in find_shown_rules(page), day
    add_step(clerk, judged, "opposition", -40, done_on__V088__reason="checked")
    assert say() == ("wanted", "at_court", FINAL, "active"), (
        "the judgment is final until it is set aside or replaced"
    )
    add_step(clerk, judge_again(clerk, wanted, -39, verdict="acquitted"), "final", -5)
    assert say() == CLEARED
