"""The chief assigns the officers of a case; a case has one officer in charge at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.cases.models import Case
from app.custody.models import Arrest
from app.extensions import db
from app.inbox.models import Message
from app.investigation.jobs import remind_of_deadlines
from app.investigation.models import CaseAssignment
from app.kernel.text import dates
from app.reference.models import Unit
from tests import sample_rows
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.html_pages import Page
from tests.prepared import prepared


@prepared
def case_id(db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case()
    db_session.commit()
    return case.id


def build_form(case_id, officer="investigator.bb", kind="lead"):
    due = (dates.now() + timedelta(days=20)).strftime("%d/%m/%Y")
    return {"case": case_id, "officer": find_user_id(officer), "kind": kind, "due_on": due}


def assign(browser, case_id, officer="investigator.bb", kind="lead", **over):
    return browser.send("/caseassignment/add", build_form(case_id, officer, kind) | over)


def lists(browser, key, case_id):
    return f"/case/show/{case_id}" in browser.get(f"/case/list/?_flt_0_team={key}").text


def read_assignments():
    db.session.expire_all()
    return db.session.query(CaseAssignment).order_by(CaseAssignment.id).all()


def test_chief_assigns_and_the_officer_sees_the_case(client_as, case_id, db_session, each_database):
    chief, officer = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    assert assign(chief, case_id).status_code == 302
    (one,) = read_assignments()
    assert (one.kind, one.officer_id, one.until) == ("lead", find_user_id("investigator.bb"), None)
    messages = db.session.query(Message).filter_by(text_key="case.assigned").all()
    assert [message.to_user_id for message in messages] == [find_user_id("investigator.bb")]
    link = f"/case/show/{case_id}"
    mine = officer.get("/my-cases/").text
    assert link in mine and "Officer in charge" in mine
    page = officer.page(link).text
    assert "Officer in charge" in page and "Next deadline" in page
    assert lists(officer, "mine", case_id) and not lists(client_as("clerk.bb"), "mine", case_id)
    assert assign(chief, case_id, "clerk.bb", "support").status_code == 302
    assert "Workload" in chief.page("/my-cases/").text and "Workload" not in officer.page("/my-cases/").text


def test_workload_is_shown_for_a_unit_below(client_as, case_id, db_session):
    chief = client_as("chief.bb", "en")
    assign(chief, case_id)
    (name,) = {cell.text for cell in chief.page("/my-cases/").all("td", css="lead")}
    below = chief.page("/my-cases/").all("option")[1]["value"]
    assert name not in chief.page(f"/my-cases/?unit={below}").text
    assert name in chief.page("/my-cases/?unit=PC-12").text, "a foreign unit is not chosen"


def test_second_lead_is_refused_and_the_first_is_named(client_as, case_id, db_session):
    chief = client_as("chief.bb", "en")
    assign(chief, case_id)
    answer = assign(chief, case_id, "clerk.bb", reason="ច្រើនការងារ")
    assert (
        answer.status_code == 422
        and "is in charge of this case" in answer.text
        and "ច្រើនការងារ" in answer.text
    )
    assert assign(chief, case_id, "investigator.bb", "support").status_code == 422
    (first,) = read_assignments()
    url = f"/caseassignment/edit/{first.id}"
    today = dates.now().strftime("%d/%m/%Y")
    form = chief.page(url).typed()
    assert chief.send(url, form | {"until": today}).status_code == 422, "an end has a reason"
    assert chief.send(url, form | {"until": today, "closing_reason": "ផ្លាស់ប្តូរ"}).status_code == 302
    assert assign(chief, case_id, "clerk.bb").status_code == 302
    assert [one.is_lead for one in read_assignments()] == [False, True]
    answer = chief.send(url, {**chief.page(url).typed(), "until": "", "closing_reason": ""})
    assert answer.status_code == 422 and "has ended" in answer.text


def test_database_refuses_two_leads(case_id, db_session, each_database):
    """Two chiefs who assign at once pass the rules, and the index of the database decides."""
    with sample_rows.acting_as("chief.bb"):
        for officer in ("investigator.bb", "clerk.bb"):
            db.session.add(CaseAssignment(case_id=case_id, officer_id=find_user_id(officer), kind="lead"))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_of_two_chiefs_who_assign_at_once_the_second_is_refused(
    client_as, case_id, db_session, each_database
):
    chiefs = client_as("chief.bb", "en"), client_as("monitor", "en")
    forms = [build_form(case_id, one) | {"reason": "ច្រើនការងារ"} for one in ("investigator.bb", "clerk.bb")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda chief, form: chief.send("/caseassignment/add", form), chiefs, forms))
    done, refused = sorted(answers, key=lambda one: one.status_code)
    assert done.status_code == 302
    assert refused.status_code in (409, 422), "409 if the index of the database decides"
    refused = Page.from_response(refused, refused.status_code)
    errors = str(refused.get_messages("officer"))
    assert "is in charge of this case" in errors or "just assigned" in errors
    assert refused.typed()["reason"] == ["ច្រើនការងារ"] and len(read_assignments()) == 1


def leave():
    find_user("investigator.bb").active = False


@pytest.mark.parametrize(
    ("username", "over", "text", "prepare"),
    [
        ("chief.bb", {}, "has left", leave),
        ("chief.bb", {"due_on": "01/01/2026"}, "in the past", None),
        ("chief.bb", {"kind": "judge"}, "", None),
    ],
)
def test_bad_input_is_refused(client_as, case_id, db_session, username, over, text, prepare):
    if prepare:
        change_as_system(prepare)
    answer = assign(client_as(username, "en"), case_id, **over)
    assert answer.status_code == 422 and text in answer.text
    assert not read_assignments()


def test_others_do_not_assign(client_as, case_id, db_session):
    for username in ("investigator.bb", "clerk.bb", "warrant.bb"):
        assert assign(client_as(username), case_id).status_code == 403
    with sample_rows.acting_as("clerk.pp"):
        foreign = sample_rows.add_registered_case(sample_rows.PHNOM_PENH)
    db_session.commit()
    assert assign(client_as("chief.bb"), foreign.id).status_code == 422, "the case is outside the area"
    monitor = client_as("monitor", "en")
    answer = assign(monitor, foreign.id, "investigator.bb")
    assert answer.status_code == 422 and "cannot see this case" in answer.text
    assert assign(monitor, foreign.id, "clerk.pp").status_code == 302, "the national chief"
    assert [one.case_id for one in read_assignments()] == [foreign.id]


def test_cases_are_filtered_by_the_officer_in_charge(client_as, case_id, db_session, each_database):
    chief = client_as("chief.bb")
    assign(chief, case_id)
    found = {
        name: f"/case/show/{case_id}" in chief.get(f"/case/list/?_flt_0_lead={find_user_id(name)}").text
        for name in ("investigator.bb", "clerk.bb")
    }
    assert found == {"investigator.bb": True, "clerk.bb": False}


def test_unassigned_and_overdue_cases(client_as, case_id, db_session):
    chief = client_as("chief.bb")
    assert lists(chief, "unassigned", case_id)
    assign(chief, case_id)
    assert not lists(chief, "unassigned", case_id) and not lists(chief, "overdue", case_id)
    change_as_system(leave)
    assert lists(chief, "unassigned", case_id), "the officer has left"
    yesterday = dates.now().date() - timedelta(days=1)
    db_session.execute(CaseAssignment.__table__.update().values(due_on=yesterday))
    db_session.commit()
    assert lists(chief, "overdue", case_id)


def test_case_solved_by_an_arrest_waits_for_an_officer_too(client_as, case_id, db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = db_session.get(Case, case_id)
        arrest = Arrest(
            involvement=case.involvements[0], at=case.reported_at, ground="flagrant", officers="ម",
            by_unit=db_session.get(Unit, "PC-02"),
        )  # fmt: skip
        db_session.add(arrest)
        db_session.commit()
    assert case.status == "solved" and lists(client_as("chief.bb"), "unassigned", case_id)


def test_cases_are_filtered_by_the_deadlines_of_their_page(client_as, case_id, db_session, each_database):
    chief = client_as("chief.bb")
    assign(chief, case_id)
    sample_rows.take_step(db_session.get(Case, case_id), "at_prosecutor")
    for days, found in ((-1, {"overdue"}), (1, {"day", "week"}), (5, {"week"}), (9, set())):
        due_on = dates.now().date() + timedelta(days=days)
        db_session.execute(CaseAssignment.__table__.update().values(due_on=due_on))
        db_session.commit()
        keys = ("overdue", "day", "week")
        pages = {key: chief.get(f"/case/list/?_flt_0_due={key}").text for key in keys}
        assert {key for key in keys if f"/case/show/{case_id}" in pages[key]} == found, days


def test_officer_is_reminded_once_before_the_investigation_is_due(
    client_as, case_id, db_session, each_database
):
    assign(client_as("chief.bb"), case_id)
    assert remind_of_deadlines(db.session) == 0
    (one,) = read_assignments()
    soon = dates.now().date() + timedelta(days=3)
    change_as_system(lambda: setattr(db.session.get(CaseAssignment, one.id), "due_on", soon))
    assert (remind_of_deadlines(db.session), remind_of_deadlines(db.session)) == (1, 0)
    message = db.session.query(Message).filter_by(text_key="investigation.due_soon").one()
    assert message.to_user_id == find_user_id("investigator.bb")
    assert message.facts["until"] == soon.strftime("%d/%m/%Y")
    sooner = soon - timedelta(days=1)
    change_as_system(lambda: setattr(db.session.get(CaseAssignment, one.id), "due_on", sooner))
    assert (remind_of_deadlines(db.session), remind_of_deadlines(db.session)) == (1, 0), "a corrected day"


def test_period_of_quiet_cases_is_a_setting(client_as, case_id, db_session, app, each_database):
    chief = client_as("chief.bb")
    assign(chief, case_id)
    assert not lists(chief, "overdue", case_id)
    before = app.config["QUIET_DAYS"]
    app.config["QUIET_DAYS"] = -1
    try:
        assert lists(chief, "overdue", case_id)
    finally:
        app.config["QUIET_DAYS"] = before
