"""Quarterly access reviews."""

from datetime import timedelta

import pytest

from app.accounts import actions
from app.accounts.models import User
from app.accounts.staff_models import StaffRequest, StaffReview
from app.extensions import db
from app.kernel.text import dates
from tests.accounts.sample_staff import REASON, change_as_system, decide, find_role_names, find_user
from tests.html_pages import Page
from tests.sign_ins import write_session


@pytest.fixture
def boss(client_as):
    """The browser of the unit administrator of Battambang."""
    return client_as("admin.bb", "en")


def build_form(page, **over):
    """Return the form data in which everyone keeps their roles, except those in `over`."""
    names = {box["name"] for box in page.all("input", type="radio")}
    return dict.fromkeys(names, "keep") | {f"judged-{find_user(who).id}": what for who, what in over.items()}


def test_review_signed_saves_decisions_and_removes_roles(boss, db_session, each_database):
    page = boss.page("/staff-review/")
    sent = build_form(page) | {f"judged-{find_user('clerk.bb').id}": "remove", "reason": "ទៅបម្រើការងារផ្សេង"}
    assert boss.send("/staff-review/", sent).status_code == 302
    assert find_role_names("clerk.bb") == set() and find_role_names("investigator.bb") == {"Investigator"}
    review = db.session.query(StaffReview).one()
    assert review.signed_by.username == "admin.bb" and review.unit_code == "PC-02"
    assert {(line.user_id, line.confirmed, line.roles) for line in review.lines} == {
        (find_user("clerk.bb").id, False, "Data-entry specialist"),
        (find_user("investigator.bb").id, True, "Investigator"),
        (find_user("warrant.bb").id, True, "Warrant officer"),
    }
    assert "Last signed off by" in boss.page("/staff-review/").text


def test_review_excludes_self_and_higher_roles(boss, db_session):
    names = {box["name"] for box in boss.page("/staff-review/").all("input", type="radio")}
    assert names == {f"judged-{find_user(who).id}" for who in ("clerk.bb", "investigator.bb", "warrant.bb")}


@pytest.mark.parametrize("twin", ["clerk.bb", "investigator.bb"])
def test_reviewer_does_not_sign_for_another_account_of_the_same_person(
    boss, client_as, db_session, each_database, twin
):
    def share_telephone():
        find_user("admin.bb").phone, find_user(twin).phone = "012 345 678", "+855 12345678"

    change_as_system(share_telephone)
    account = f"judged-{find_user(twin).id}"
    sent = build_form(boss.page("/staff-review/"))
    assert account not in sent
    assert boss.send("/staff-review/", sent | {account: "keep"}).status_code == 302
    assert find_user(twin).id not in {line.user_id for line in db.session.query(StaffReview).one().lines}
    national = client_as("admin").page("/staff-review/")
    assert account in {box["name"] for box in national.all("input", type="radio")}


def test_second_account_of_the_granter_does_not_sign_the_review(boss, client_as, db_session):
    """The role was requested with one account; the review is signed with another one of the same person."""
    user = {"username": "sok.dara", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"}
    boss.send("/staff/add", user)
    dara = find_user("sok.dara").id
    boss.send(f"/staff/roles/{dara}", {"role": ["Manager"]} | REASON)
    decide(client_as("chief.bb"))

    def add_second_account():
        problem = actions.create_user(
            "admin.bb2", "មាស សុវណ្ណ", "Unit administrator", "PC-02", "a password of a test"
        )
        assert problem is None, problem
        find_user("admin.bb").phone = find_user("admin.bb2").phone = "012 345 678"

    change_as_system(add_second_account)
    write_session("admin.bb2")
    second = client_as("admin.bb2", "en")
    assert f"judged-{dara}" not in {
        box["name"] for box in second.page("/staff-review/").all("input", type="radio")
    }


def test_review_incomplete_is_refused_and_keeps_choices(boss, db_session):
    clerk = f"judged-{find_user('clerk.bb').id}"
    answer = boss.send("/staff-review/", {clerk: "keep", "reason": "ទៅបម្រើការងារផ្សេង"})
    assert answer.status_code == 422 and "Choose for each officer" in answer.text
    assert f'name="{clerk}" value="keep" checked' in answer.text and "ទៅបម្រើការងារផ្សេង" in answer.text
    assert db.session.query(StaffReview).count() == 0


def test_review_removing_roles_requires_reason(boss, db_session):
    page = boss.page("/staff-review/")
    sent = build_form(page) | {f"judged-{find_user('clerk.bb').id}": "remove"}
    refused = Page.from_response(boss.send("/staff-review/", sent), 422)
    (box,) = refused.all("input", name="reason")
    assert box["aria-invalid"] == "true" and box.up("bad"), "the error is shown at the field"
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}


def test_review_after_90_days_is_overdue_for_administrators(boss, client_as, db_session):
    assert "overdue" not in boss.page("/staff/list/").text
    boss.send("/staff-review/", build_form(boss.page("/staff-review/")))

    def long_ago():
        db.session.query(StaffReview).one().signed_at = dates.now() - timedelta(days=91)

    change_as_system(long_ago)
    assert "overdue since" in boss.page("/staff/list/").text
    of_units = client_as("admin", "en").page("/staff-review/").all("table")[-1]
    late = [row.text for row in of_units.all("tr") if row.all(css="red")]
    assert len(late) == 1 and "Battambang" in late[0]


def test_administrator_reviews_national_and_chief_accounts(client_as, db_session):
    page = client_as("admin", "en").page("/staff-review/")
    ids = {int(box["name"].removeprefix("judged-")) for box in page.all("input", type="radio")}
    names = {db.session.get(User, one).username for one in ids}
    assert {"chief.bb", "admin.bb", "admin.second", "planning", "twg", "auditor"} <= names
    assert {"manager", "clerk.pp"} <= names, "their units have no administrator"
    assert not names & {"admin", "clerk.bb", "investigator.bb"}


def list_reviewed(browser):
    boxes = browser.page("/staff-review/").all("input", type="radio")
    ids = {int(box["name"].removeprefix("judged-")) for box in boxes}
    return {db.session.get(User, one).username for one in ids}


def test_granter_of_role_does_not_sign_its_review(boss, client_as, db_session, each_database):
    roles = {"role": ["Post officer", "Data-entry specialist", "Investigator"], "reason": "ជំនួសអ្នកដែលទៅរៀន"}
    for who in ("clerk.bb", "warrant.bb"):
        boss.send(f"/staff/roles/{find_user(who).id}", roles | {"role": [*roles["role"], "Warrant officer"]})
    clerk, warrant = (find_user(who).id for who in ("clerk.bb", "warrant.bb"))
    assert list_reviewed(boss) == {"investigator.bb"}, "a role given alone, the others are only requested"
    signed = boss.send("/staff-review/", build_form(boss.page("/staff-review/"), **{"clerk.bb": "keep"}))
    assert signed.status_code == 302
    assert {line.user_id for line in db.session.query(StaffReview).one().lines}.isdisjoint((clerk, warrant))
    first = client_as("admin", "en")
    assert {"clerk.bb", "warrant.bb"} <= list_reviewed(first) and "investigator.bb" not in list_reviewed(
        first
    )


def test_requester_and_not_approver_is_the_granter(client_as, db_session):
    roles = {"role": ["Warrant officer"], "reason": "ជំនួសអ្នកដែលទៅរៀន"}
    client_as("admin").send(f"/staff/roles/{find_user('clerk.pp').id}", roles)
    request = db.session.query(StaffRequest).one().id
    decision = {"decision": "yes", "note": "បានពិនិត្យ"}
    client_as("monitor").send(f"/staff-requests/decide/{request}", decision)
    assert find_role_names("clerk.pp") == {"Warrant officer"}
    assert "clerk.pp" not in list_reviewed(client_as("admin"))
    assert "clerk.pp" in list_reviewed(client_as("admin.second"))


def test_second_administrator_of_a_unit_reviews_what_the_first_granted(boss, client_as, db_session):
    change_as_system(lambda: setattr(find_user("admin.drugs"), "unit_code", "PC-02"))
    boss.send(
        f"/staff/roles/{find_user('clerk.bb').id}",
        {"role": ["Data-entry specialist", "Post officer"], "reason": "ជំនួសអ្នកដែលទៅរៀន"},
    )
    assert "clerk.bb" not in list_reviewed(boss)
    assert "clerk.bb" in list_reviewed(client_as("admin.drugs"))
    assert "clerk.bb" not in list_reviewed(client_as("admin"))
