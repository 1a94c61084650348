"""A legal hold takes effect at once. Two officers lift it, with a document."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.retention import acts
from app.retention.models import RetentionAct
from app.retention.rules import NOT_IN_EFFECT
from tests.html_pages import Page
from tests.prepared import prepared
from tests.retention.sample_acts import add_act, confirm, days_ago
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

HOLD = {"kind": "hold", "authority": "សាលាដំបូងខេត្តបាត់ដំបង", "reason": "តាមដីកា"}


@prepared
def case(db_session, each_database):
    with acting_as("clerk.bb"):
        added = add_registered_case(people=[(make_registered_person(), "suspect")])
    db_session.commit()
    return added


@pytest.fixture
def person(case):
    return case.involvements[0].person


def is_held(person):
    return acts.find_holds_of_person(db.session, person.id) != []


def test_hold_of_a_person_or_of_a_case_takes_effect_at_once(case, person, db_session):
    assert not is_held(person)
    hold = add_act("hold", case=case)
    assert hold.confirmation is None and acts.find_holds_of_person(db_session, person.id) == [hold.number]
    add_act("hold", person=person)
    assert len(acts.find_holds_of_person(db_session, person.id)) == 2


def test_pages_of_person_and_case_show_the_hold_to_readers_of_retention_acts(
    case, person, client_as, db_session
):
    numbers = add_act("hold", case=case).number, add_act("hold", writer="planning", person=person).number
    db_session.commit()
    pages = f"/case/show/{case.id}", f"/person/show/{person.id}"
    for username, shown in (("chief.bb", (numbers[:1], numbers)), ("clerk.bb", ((), ()))):
        for url, expected in zip(pages, shown, strict=True):
            text = client_as(username).page(url).text
            assert tuple(number for number in numbers if number in text) == expected, (username, url)


def test_lifting_needs_a_second_officer_with_the_document(case, person, client_as, db_session):
    chief = client_as("chief.bb")
    assert chief.send("/retentionact/add", {**HOLD, "person": str(person.id)}).status_code == 302
    hold = db_session.scalars(select(RetentionAct)).one()
    page = chief.page(f"/retentionact/show/{hold.id}")
    assert f"/retentionact/add?ends={hold.id}" in page.html
    lift = {**HOLD, "kind": "lift", "ends": str(hold.id)}
    assert "V164" in Page.from_response(chief.send("/retentionact/add", lift), 422).text
    today = dates.now().date().strftime("%d-%m-%Y")
    document = {"document_no": "9/26", "document_date": today}
    assert chief.send("/retentionact/add", lift | document).status_code == 302
    assert chief.send("/retentionact/add", lift | document).status_code == 422, "one end at a time"
    end = db_session.scalars(select(RetentionAct).where(RetentionAct.kind == "lift")).one()
    url = f"/retentionact/decide/{end.id}"
    assert chief.send(url, {"confirmation": "confirmed"}).status_code == 422, "the author"
    assert client_as("clerk.bb").send(url, {"confirmation": "confirmed"}).status_code == 403
    assert is_held(person)
    planner = client_as("planning")
    assert planner.send(url, {"confirmation": "confirmed"}).status_code == 302
    assert not is_held(person)
    assert planner.send(url, {"confirmation": "rejected", "reason": "ខុស"}).status_code == 422
    sent = set(db_session.scalars(select(Message.text_key).where(Message.to_role == "Auditor")))
    assert sent == {"retention.in_effect"}


def test_a_password_older_than_ten_minutes_confirms_nothing(person, client_as, db_session):
    hold = add_act("hold", person=person)
    end = add_act("lift", ends=hold)
    db_session.commit()
    planner = client_as("planning")
    db_session.execute(text("UPDATE login_session SET authenticated_at = '2026-01-01 00:00:00'"))
    db_session.commit()
    assert planner.send(f"/retentionact/decide/{end.id}", {"confirmation": "confirmed"}).status_code == 403
    assert is_held(person)


def test_rejected_end_leaves_the_hold_and_another_may_follow(person, db_session):
    hold = add_act("hold", person=person)
    confirm(add_act("lift", ends=hold), decision="rejected", reason="គ្មានដីកា")
    assert is_held(person)
    end = add_act("lift", ends=hold)
    confirm(end)
    assert not is_held(person)
    with pytest.raises(RuleViolation) as refused:
        add_act("lift", ends=hold)
    assert refused.value.problems[0].text == NOT_IN_EFFECT


def test_hold_with_a_day_ends_after_it(person, db_session):
    hold = add_act("hold", person=person, until=days_ago(-1))
    assert is_held(person)
    db_session.execute(text("UPDATE retention_act SET decided_at = NULL"))
    assert acts.is_in_effect(db_session, hold)
    hold.__dict__["until"] = days_ago(1)
    assert not acts.is_in_effect(db_session, hold)
    db_session.rollback()


def test_database_refuses_a_changed_act_and_a_confirmation_by_its_author(person, db_session):
    hold = add_act("hold", person=person)
    end = add_act("lift", ends=hold)
    db_session.commit()
    values = {"act": end.id, "author": end.recorded_by_id}
    for change in (
        "reason = 'x'",
        "confirmation = 'confirmed', decided_by_id = :author, decided_at = '2026-01-01 00:00:00'",
        "confirmation = NULL",
        "kind = 'hold'",
    ):
        with pytest.raises(DBAPIError):
            used = {name: value for name, value in values.items() if name == "act" or f":{name}" in change}
            db_session.execute(text("UPDATE retention_act SET " + change + " WHERE id = :act"), used)  # noqa: S608
        db_session.rollback()
    with pytest.raises(DBAPIError):
        db_session.execute(text("DELETE FROM retention_act"))
    db_session.rollback()
    assert is_held(person)


def test_readers_without_the_right_see_no_act(person, client_as, db_session):
    hold = add_act("hold", person=person)
    db_session.commit()
    for username in ("clerk.bb", "investigator.bb", "auditor", "manager"):
        assert client_as(username).get(f"/retentionact/show/{hold.id}").status_code in (302, 403), username
    elsewhere = add_act("hold", writer="warrant.pp", person=person)
    db_session.commit()
    assert client_as("chief.bb").get(f"/retentionact/show/{elsewhere.id}").status_code == 404
    assert client_as("planning").get(f"/retentionact/show/{elsewhere.id}").status_code == 200
