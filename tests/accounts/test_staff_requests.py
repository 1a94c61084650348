"""Requests that a second person decides: who may decide, what is applied, and who is notified."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.accounts import actions
from app.accounts.identity_traits import share_identity
from app.accounts.models import FormerTrait, SecondFactor
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.inbox.message_texts import format_message
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from tests.accounts.sample_staff import (
    REASON,
    acting_as,
    change_as_system,
    decide,
    find_request,
    find_role_names,
    find_user,
    snapshot_accounts,
)
from tests.accounts.sample_staff import find_user_id as find_id


@pytest.fixture
def boss(client_as):
    """The browser of the unit administrator of Battambang."""
    return client_as("admin.bb", "en")


def request_roles(browser, username, *roles):
    return browser.send(f"/staff/roles/{find_id(username)}", {"role": list(roles)} | REASON)


def remove_roles(username):
    one = find_user(username)
    one.roles.clear()


def read_password(answer):
    return re.search(r'class="secret"[^>]*>([^<]+)<', answer.text)[1]


def find_messages(kind):
    """Return (text key, recipient) of the open messages of a kind."""
    db.session.expire_all()
    found = db.session.query(Message).filter_by(kind=kind, done_at=None)
    return {(one.text_key, one.to_user_id or one.to_role, one.to_unit_code) for one in found}


# One administrator alone


def test_one_administrator_cannot_make_and_use_an_investigator(
    boss, client, client_as, db_session, each_database
):
    typed = {"username": "sok.dara", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"}
    known = read_password(boss.send("/staff/add", typed))
    request_roles(boss, "sok.dara", "Investigator")
    assert find_role_names("sok.dara") == set()
    assert decide(boss).status_code == 403
    handed_over = read_password(decide(client_as("chief.bb")))
    assert find_role_names("sok.dara") == {"Investigator"}
    assert client.send("/login/", {"username": "sok.dara", "password": known}).status_code != 302
    signed_in = client.send("/login/", {"username": "sok.dara", "password": handed_over})
    assert signed_in.status_code == 302


def test_one_administrator_cannot_make_a_chief(client_as, db_session):
    request_roles(client_as("admin"), "clerk.pp", "Provincial chief", "Data-entry specialist")
    assert find_role_names("clerk.pp") == {"Data-entry specialist"}
    assert decide(client_as("chief.bb")).status_code == 404
    assert decide(client_as("admin.second")).status_code == 302
    assert find_role_names("clerk.pp") == {"Data-entry specialist", "Provincial chief"}


def test_reset_of_password_and_factor_needs_a_second_person(boss, client_as, db_session, each_database):
    one, before = find_id("investigator.bb"), snapshot_accounts()
    factor = SecondFactor(user_id=one, secret="x", confirmed_at=dates.now())
    change_as_system(lambda: db.session.add(factor))
    for act in ("password", "second-factor"):
        answer = boss.send(f"/staff/{act}/{one}", REASON)
        assert answer.status_code == 302 and "secret" not in answer.text
    assert snapshot_accounts() == before and db.session.get(SecondFactor, one) is not None
    chief = client_as("chief.bb")
    assert len(read_password(decide(chief, act="password"))) == 14
    assert decide(chief, act="factor").status_code == 302
    db.session.expire_all()
    assert db.session.get(SecondFactor, one) is None and find_user("investigator.bb").must_change_password


def test_reset_needs_a_reason(boss, db_session):
    answer = boss.send(f"/staff/password/{find_id('clerk.bb')}", {"reason": " "})
    assert answer.status_code == 422 and "Enter the reason." in answer.text
    assert not db.session.query(StaffRequest).count()


def test_move_to_another_province_is_decided_by_its_chief_or_the_next_one_up(client_as, db_session):
    typed = {"name_km": "ព្រំ សុភា", "unit": "PC-12", "rank": "", "phone": ""}
    first, one = client_as("admin"), find_id("clerk.bb")
    assert first.send(f"/staff/edit/{one}", typed).status_code == 422, "a reason is needed"
    assert first.send(f"/staff/edit/{one}", typed | REASON).status_code == 302
    assert find_user("clerk.bb").unit_code == "PC-02"
    assert decide(client_as("chief.bb")).status_code == 404
    assert decide(client_as("monitor")).status_code == 302, "PC-12 has no chief in the demo"
    db.session.expire_all()
    assert find_user("clerk.bb").unit_code == "PC-12"


def share_telephone():
    find_user("clerk.bb").phone, find_user("investigator.bb").phone = "012 345 678", "+855 12345678"


def test_telephone_that_hides_a_match_needs_a_second_administrator(client_as, db_session, each_database):
    change_as_system(share_telephone)
    first, one = client_as("admin"), find_id("clerk.bb")
    typed = {"name_km": "ព្រំ សុភា", "unit": "PC-02", "rank": "", "phone": "099 000 111"}
    assert first.send(f"/staff/edit/{one}", typed).status_code == 422, "a reason is needed"
    assert first.send(f"/staff/edit/{one}", typed | REASON).status_code == 302
    assert find_user("clerk.bb").phone == "012 345 678"
    assert ("staff.phone", "Provincial chief", "PC-02") in find_messages(NOTICE)
    assert "099 000 111" in client_as("admin.second").page("/staff-requests/list/").text
    assert decide(first).status_code == 403 and decide(client_as("chief.bb")).status_code in (403, 404)
    assert decide(client_as("admin.second")).status_code == 302
    db.session.expire_all()
    assert find_user("clerk.bb").phone == "099 000 111"


def test_telephone_that_hides_a_match_is_refused_below_the_views(db_session):
    change_as_system(share_telephone)
    for phone in (None, "099 000 111"):
        with acting_as("admin"), pytest.raises(RuleViolation):
            find_user("clerk.bb").phone = phone
            db.session.flush()


def test_officer_and_chief_are_notified_of_another_name_or_telephone(boss, db_session, each_database):
    one = find_id("clerk.bb")
    for over in ({"phone": "099 000 111"}, {"name_km": "ព្រំ សុភាព"}):
        typed = {"name_km": "ព្រំ សុភា", "unit": "PC-02", "rank": "", "phone": "099 000 111"} | over
        assert boss.send(f"/staff/edit/{one}", typed).status_code == 302
    rows = db.session.query(Message).filter_by(text_key="staff.changed")
    assert [row.to_user_id or row.to_unit_code for row in rows.order_by(Message.id)] == [one, "PC-02"] * 2


def test_closed_account_and_removed_role_reach_chief_and_auditors(boss, client_as, db_session, each_database):
    """Without second officers, one administrator would choose who decides."""
    one, chief = find_id("clerk.bb"), find_id("chief.bb")
    assert request_roles(boss, "clerk.bb").status_code == 302  # no role stays
    assert client_as("admin").send(f"/staff/close/{chief}", REASON).status_code == 302
    rows = db.session.query(Message).filter_by(text_key="staff.ended").order_by(Message.id)
    to = [(row.facts["user"], row.to_user_id or row.to_role) for row in rows]
    assert to == [
        (name, reader)
        for name, pk in (("clerk.bb", one), ("chief.bb", chief))
        for reader in (pk, "Auditor", "Provincial chief")
    ]


# Who decides


def test_chief_of_another_province_sees_no_request(boss, client_as, db_session):
    change_as_system(lambda: setattr(find_user("chief.bb"), "unit_code", "PC-12"))
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    chief = client_as("chief.bb", "en")
    assert "No pending requests." in chief.page("/staff-requests/list/").text
    assert chief.get(f"/staff-requests/show/{find_request().id}").status_code == 404
    assert decide(chief).status_code == 404
    for unknown in (999999, 99999999999999):
        assert chief.send(f"/staff-requests/decide/{unknown}", {"decision": "yes"}).status_code == 404


def test_without_a_chief_the_national_monitor_decides(boss, client_as, db_session):
    change_as_system(lambda: setattr(find_user("chief.bb"), "active", False))
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    assert ("staff.assign", "Criminal police monitor", None) in find_messages(TASK)
    assert decide(client_as("monitor")).status_code == 302
    assert "Investigator" in find_role_names("clerk.bb")


def test_without_chief_and_monitor_another_administrator_decides(boss, client_as, db_session):
    def close_both():
        find_user("chief.bb").active = find_user("monitor").active = False

    change_as_system(close_both)
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    assert decide(client_as("admin")).status_code == 302
    assert "Investigator" in find_role_names("clerk.bb")


@pytest.mark.parametrize("of", ["admin.bb", "clerk.bb"])
def test_second_account_of_one_person_cannot_decide(boss, client_as, db_session, of):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")

    def share_phone():
        find_user(of).phone, find_user("chief.bb").phone = "012 345 678", "+855 12 345 678"

    change_as_system(share_phone)
    assert decide(client_as("chief.bb")).status_code == 404
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}


def test_administrator_cannot_request_for_own_second_account(boss, db_session):
    def share_phone():
        find_user("admin.bb").phone = find_user("clerk.bb").phone = "012 345 678"

    change_as_system(share_phone)
    answer = request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    assert answer.status_code == 403 and not db.session.query(StaffRequest).count()


def test_telephone_changed_before_the_request_still_counts(boss, db_session, each_database):
    def share_phone():
        find_user("admin.bb").phone = find_user("clerk.bb").phone = "012 345 678"

    change_as_system(share_phone)
    change_as_system(lambda: setattr(find_user("clerk.bb"), "phone", "099 111 222"))
    assert share_identity(find_user("clerk.bb"), find_user("admin.bb"))
    db_session.execute(update(FormerTrait).values(until=dates.now() - timedelta(days=181)))
    assert not share_identity(find_user("clerk.bb"), find_user("admin.bb")), (
        "a number is given to others later"
    )
    db_session.rollback()


def test_two_administrators_cannot_approve_each_other_in_a_circle(client_as, db_session):
    assert (
        actions.create_user("admin.third", "សុខ ដារ៉ា", "Administrator", "GCNP", "a password of a test") is None
    )
    first, second = client_as("admin"), client_as("admin.second")
    first.send(f"/staff/password/{find_id('admin.second')}", REASON)
    second.send(f"/staff/password/{find_id('admin')}", REASON)
    before = snapshot_accounts()
    assert decide(first, user_id=find_id("admin")).status_code == 403
    assert decide(second, user_id=find_id("admin.second")).status_code == 403
    assert decide(first, user_id=find_id("admin.second")).status_code == 403
    assert snapshot_accounts() == before


def test_request_that_no_one_can_approve_is_refused(client_as, db_session):
    change_as_system(lambda: setattr(find_user("admin.second"), "active", False))
    answer = client_as("admin", "en").send(
        f"/staff/roles/{find_id('clerk.pp')}",
        {"role": ["Data-entry specialist", "Provincial chief"]} | REASON,
    )
    assert "No officer can approve this request" in answer.text
    assert not db_session.query(StaffRequest).count()


def test_chief_with_the_telephone_of_the_requester_passes_the_request_up(boss, client_as, db_session):
    for username in ("admin.bb", "chief.bb"):
        change_as_system(lambda username=username: setattr(find_user(username), "phone", "053 952 111"))
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    assert decide(client_as("chief.bb")).status_code in (403, 404)
    assert decide(client_as("monitor")).status_code == 302
    assert "Investigator" in find_role_names("clerk.bb")


# What is approved


def test_decision_needs_a_note(boss, client_as, db_session):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    answer = decide(client_as("chief.bb", "en"), note=" ")
    assert answer.status_code == 422 and "Enter the reason for the decision." in answer.text
    assert find_request().state == "requested"


def test_approval_after_requester_lost_role_is_refused(boss, client_as, db_session):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    change_as_system(lambda: remove_roles("admin.bb"))
    assert decide(client_as("admin", "en")).status_code == 409
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}
    assert decide(client_as("admin"), "no").status_code == 302, "it can still be refused"


def test_decision_after_losing_the_role_is_refused(boss, client_as, db_session):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    chief = client_as("chief.bb")
    change_as_system(lambda: remove_roles("chief.bb"))
    assert decide(chief).status_code == 400, "the session has ended with the role"
    assert decide(client_as("chief.bb")).status_code == 403
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}


def test_approval_after_the_user_moved_is_refused(boss, client_as, db_session):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    change_as_system(lambda: setattr(find_user("clerk.bb"), "unit_code", "DI-0201"))
    answer = decide(client_as("chief.bb", "en"))
    assert answer.status_code == 409 and "has changed since the request" in answer.text
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}


def test_request_is_decided_once(boss, client_as, db_session, each_database):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    chief = client_as("chief.bb")
    assert decide(chief).status_code == 302
    assert decide(chief).status_code == 409 and decide(chief, "no").status_code == 409
    assert find_request().state == "done"


# Messages


def test_request_and_decision_reach_the_people_concerned(boss, client_as, db_session, each_database):
    clerk = find_id("clerk.bb")
    boss.send(f"/staff/password/{clerk}", REASON)
    assert find_messages(TASK) == {("staff.password", "Provincial chief", "PC-02")}
    assert find_messages(NOTICE) == {
        ("staff.password", clerk, None),
        ("staff.password", "Provincial chief", "PC-02"),
    }
    (task,) = db.session.query(Message).filter_by(kind=TASK)
    assert REASON["reason"] in format_message(task)
    chief = client_as("chief.bb")
    links = [link["href"] for link in chief.page(f"/inbox/show/{task.id}").all("a")]
    assert f"/staff-requests/show/{find_request().id}" in links
    assert REASON["reason"] in chief.page(f"/staff-requests/show/{find_request().id}").text
    decide(chief)
    assert find_messages(TASK) == set()
    result = {key[1:] for key in find_messages(NOTICE) if key[0] == "staff.done"}
    assert result == {(find_id("admin.bb"), None), (clerk, None), ("Provincial chief", "PC-02")}


def test_refusal_reaches_requester_and_user(boss, client_as, db_session):
    request_roles(boss, "clerk.bb", "Investigator", "Data-entry specialist")
    decide(client_as("chief.bb"), "no")
    result = {key[1:] for key in find_messages(NOTICE) if key[0] == "staff.refused"}
    assert result == {(find_id("admin.bb"), None), (find_id("clerk.bb"), None), ("Provincial chief", "PC-02")}
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}
