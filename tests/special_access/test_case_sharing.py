"""Case sharing: another unit sees the case and its persons until the share ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import REASON, find_user, load_grants


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


@pytest.fixture
def other_clerk(client_as):
    return client_as("clerk.pp")


def share(browser, case, **changed_values):
    return browser.send(
        f"/share/{case.id}", {"unit": "PC-12", "reason": REASON, "until": ""} | changed_values
    )


def test_shared_case_and_its_people_are_visible_to_the_unit(each_database, investigator, other_clerk, own):
    person = own.involvements[0].person
    assert other_clerk.get(f"/case/show/{own.id}").status_code == 404
    assert share(investigator, own).status_code == 302
    assert own.number in other_clerk.page(f"/case/show/{own.id}").text
    assert other_clerk.page(f"/person/show/{person.id}")
    found = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(one.text_key, one.to_role, one.to_unit_code, one.entity_id) for one in found] == [
        ("share.created", None, "PC-12", own.id),
        ("share.reported", "Provincial chief", "PC-02", own.id),
    ]
    assert "share.changed" in set(db.session.scalars(select(AuditEvent.action)))


def edit_summary(browser, case):
    headers = {"X-CSRFToken": browser.token}
    body = {
        "summary": "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីបានឃើញ។",
        "place__reason": "joint_operation",
        "version": case.version,
    }
    return browser.put(f"/api/v1/cases/{case.id}", json=body, headers=headers)


def add_supplement(browser, case):
    today = f"{dates.now():%d/%m/%Y}"
    return browser.send("/supplement/add", {"case": str(case.id), "learned_on": today, "text": "សាក្សីថ្មី។"})


def test_shared_case_cannot_be_written(each_database, investigator, other_clerk, own):
    share(investigator, own)
    summary, texts, person = own.summary, len(own.supplements), own.involvements[0].person_id
    page = other_clerk.page(f"/case/show/{own.id}")
    assert not [a for a in page.all("a", href=True) if "/edit/" in a["href"] or "/add" in a["href"]]
    exhibit, row = own.exhibits[0].id, own.involvements[0].id
    for url in (
        f"/case/edit/{own.id}",
        f"/exhibit/edit/{exhibit}",
        f"/involvement/edit/{row}",
        f"/person/edit/{person}",
    ):
        response = other_clerk.get(url)
        assert response.status_code == 302, url
        assert "សម្រាប់អានតែប៉ុណ្ណោះ" in other_clerk.page(response.location).all(role="status")[0].text, url
    assert other_clerk.get(f"/supplement/add?case={own.id}").status_code == 302
    assert edit_summary(other_clerk, own).status_code == 422
    assert add_supplement(other_clerk, own).status_code == 422
    name = {"person": str(person), "kind": "alias", "text_km": "តូច"}
    assert other_clerk.send("/personname/add", name).status_code == 422
    db.session.refresh(own)
    assert (own.summary, len(own.supplements)) == (summary, texts)


def test_share_for_writing_lets_the_unit_add_and_notifies_the_officer(
    each_database, investigator, other_clerk, own
):
    share(investigator, own, may_write="y")
    assert "/supplement/add" in other_clerk.page(f"/case/show/{own.id}").html
    assert add_supplement(other_clerk, own).status_code == 302
    assert edit_summary(other_clerk, own).status_code == 200
    given, _reported, *written = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert given.text_key == "share.created_to_write"
    officer = find_user("investigator.bb").id
    assert [(one.text_key, one.to_user_id, one.entity_id) for one in written] == [
        ("share.written", officer, own.id)
    ] * 2


def test_share_for_writing_does_not_move_the_case(each_database, investigator, other_clerk, own):
    share(investigator, own, may_write="y")
    body = {"place": PHNOM_PENH, "place__reason": "joint_operation", "version": own.version}
    headers = {"X-CSRFToken": other_clerk.token}
    answer = other_clerk.put(f"/api/v1/cases/{own.id}", json=body, headers=headers)
    assert answer.status_code == 422 and "ចែករំលែក" in str(answer.json["errors"]["place"])
    db.session.expire_all()
    assert own.province_code == "02"
    moved = investigator.put(
        f"/api/v1/cases/{own.id}", json=body, headers={"X-CSRFToken": investigator.token}
    )
    assert moved.status_code == 200, "the unit of the case may move it"


def test_writing_of_a_shared_case_ends_with_the_share(investigator, other_clerk, own):
    share(investigator, own, may_write="y")
    load_grants()[0].expires_at = dates.now()
    db.session.commit()
    assert edit_summary(other_clerk, own).status_code == 404


def test_repeated_share_is_saved_once(investigator, own):
    tomorrow = dates.now() + timedelta(days=1)
    assert [share(investigator, own).status_code for _click in range(2)] == [302, 302]
    assert share(investigator, own, until=f"{tomorrow:%d/%m/%Y %H:%M}").status_code == 422
    assert share(investigator, own, may_write="y").status_code == 422
    assert len(load_grants()) == 1 and len(db.session.scalars(select(Message)).all()) == 2


def test_owner_ends_a_share_on_the_case_page(each_database, investigator, other_clerk, own):
    share(investigator, own)
    page = investigator.page(f"/case/show/{own.id}")
    (form,) = [form for form in page.all("form", action=True) if form["action"].startswith("/share/end/")]
    assert other_clerk.send(form["action"]).status_code == 403
    assert investigator.send(form["action"]).status_code == 302
    assert other_clerk.get(f"/case/show/{own.id}").status_code == 404
    assert "/share/end/" not in investigator.page(f"/case/show/{own.id}").html


def test_share_ends_at_its_expiry(investigator, other_clerk, own):
    until = dates.now() + timedelta(days=1)
    assert share(investigator, own, until=f"{until:%d/%m/%Y %H:%M}").status_code == 302
    assert other_clerk.get(f"/case/show/{own.id}").status_code == 200
    load_grants()[0].expires_at = dates.now()
    db.session.commit()
    assert other_clerk.get(f"/case/show/{own.id}").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"unit": ""}, {"unit": "PC-02"}, {"reason": "ខ្លី"}, {"until": "01/01/2020 10:00"}], ids=str
)
def test_incomplete_share_is_refused(investigator, own, wrong):
    assert share(investigator, own, **wrong).status_code == 422
    assert load_grants() == []


def test_clerk_and_other_province_cannot_share(clerk, client_as, own, foreign):
    assert share(clerk, own).status_code == 403
    assert share(client_as("investigator.bb"), foreign).status_code == 404


def test_receiving_unit_cannot_share_the_case(investigator, client_as, own, db_session):
    from tests import sign_ins

    share(investigator, own)
    find_user("clerk.pp").roles = find_user("investigator.bb").roles[:]
    db_session.commit()
    with client_as("clerk.bb").application.app_context():
        sign_ins.write_session("clerk.pp")
    assert share(client_as("clerk.pp"), own, unit="PC-03").status_code == 403


def test_case_entered_outside_own_area_shows_no_share(client_as, db_session):
    from app.accounts.user_scope import build_user_scope
    from app.kernel.actor import SYSTEM, Actor, act_as
    from tests.sample_rows import add_registered_case

    writer = find_user("clerk.bb")
    act_as(db.session, Actor(writer.id, writer.unit_code, scope=build_user_scope(writer)))
    case = add_registered_case(place=PHNOM_PENH)
    db.session.commit()
    act_as(db.session, SYSTEM)
    assert "/share/end/" not in client_as("chief.bb").page(f"/case/show/{case.id}").html
