"""The quarterly review."""

from datetime import timedelta

import pytest

from app.accounts.models import User
from app.accounts.staff_models import StaffReview
from app.extensions import db
from app.kernel.text import dates
from tests.accounts.sample_staff import as_register, roles_of, user
from tests.html_pages import Page


@pytest.fixture
def boss(client_as):
    return client_as("admin.bb", "en")


def answers(page, **over):
    """What the page would send: everybody stays, but for those named."""
    names = {box["name"] for box in page.all("input", type="radio")}
    return dict.fromkeys(names, "keep") | {f"judged-{user(who).id}": what for who, what in over.items()}


def test_each_person_is_confirmed_or_loses_the_roles_and_the_sign_off_is_kept(
    boss, db_session, each_database
):
    page = boss.page("/staff-review/")
    sent = answers(page) | {f"judged-{user('clerk.bb').id}": "take", "reason": "ទៅបម្រើការងារផ្សេង"}
    assert boss.send("/staff-review/", sent).status_code == 302
    assert roles_of("clerk.bb") == set() and roles_of("investigator.bb") == {"Investigator"}
    review = db.session.query(StaffReview).one()
    assert review.signed_by.username == "admin.bb" and review.unit_code == "PC-02"
    assert {(line.user_id, line.kept, line.roles) for line in review.lines} == {
        (user("clerk.bb").id, False, "Data-entry specialist"),
        (user("investigator.bb").id, True, "Investigator"),
        (user("warrant.bb").id, True, "Warrant officer"),
    }
    assert "Signed off last by" in boss.page("/staff-review/").text


def test_nobody_judges_himself_or_who_stands_above(boss, db_session):
    names = {box["name"] for box in boss.page("/staff-review/").all("input", type="radio")}
    assert names == {f"judged-{user(who).id}" for who in ("clerk.bb", "investigator.bb", "warrant.bb")}


def test_a_review_that_leaves_somebody_out_is_not_signed_and_keeps_what_was_chosen(boss, db_session):
    clerk = f"judged-{user('clerk.bb').id}"
    answer = boss.send("/staff-review/", {clerk: "keep", "reason": "ទៅបម្រើការងារផ្សេង"})
    assert answer.status_code == 422 and "Say of each person" in answer.text
    assert f'name="{clerk}" value="keep" checked' in answer.text and "ទៅបម្រើការងារផ្សេង" in answer.text
    assert db.session.query(StaffReview).count() == 0


def test_taking_away_asks_for_the_reason(boss, db_session):
    page = boss.page("/staff-review/")
    sent = answers(page) | {f"judged-{user('clerk.bb').id}": "take"}
    refused = Page.of(boss.send("/staff-review/", sent), 422)
    (box,) = refused.all("input", name="reason")
    assert box["aria-invalid"] == "true" and box.up("bad"), "the mistake stands at the box"
    assert roles_of("clerk.bb") == {"Data-entry specialist"}


def test_after_ninety_days_it_is_overdue_and_the_administrator_sees_of_which_unit(
    boss, client_as, db_session
):
    assert "overdue" not in boss.page("/staff/list/").text
    boss.send("/staff-review/", answers(boss.page("/staff-review/")))

    def long_ago():
        db.session.query(StaffReview).one().signed_at = dates.now() - timedelta(days=91)

    as_register(long_ago)
    assert "overdue since" in boss.page("/staff/list/").text
    of_units = client_as("admin", "en").page("/staff-review/").all("table")[-1]
    late = [row.text for row in of_units.all("tr") if row.all(css="red")]
    assert len(late) == 1 and "Battambang" in late[0]


def test_an_administrator_judges_whom_nobody_else_may_judge(client_as, db_session):
    page = client_as("admin", "en").page("/staff-review/")
    ids = {int(box["name"].removeprefix("judged-")) for box in page.all("input", type="radio")}
    names = {db.session.get(User, one).username for one in ids}
    assert {"chief.bb", "admin.bb", "admin.second", "planning", "twg", "auditor"} <= names
    assert not names & {"admin", "clerk.bb", "investigator.bb", "manager"}
