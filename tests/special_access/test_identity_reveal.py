"""Reveal of protected victims and witnesses: permitted roles, with a reason, for 30 minutes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from tests.special_access.sample_cases import REASON, load_grants, replace_roles


def find_row_id(case, role):
    return next(row.id for row in case.involvements if row.role == role)


def request_reveal(browser, case, role, reason=REASON):
    return browser.send(f"/reveal/{find_row_id(case, role)}", {"reason": reason})


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "chief.bb", "manager", "planning"])
def test_protected_name_is_hidden_without_a_reason(client_as, protected, username):
    page = client_as(username).page(f"/case/show/{protected.id}")
    assert "វ៉ាន់ឌឿន" not in page.text and "ឃុនហ៊ាន ដារ៉ា" not in page.text
    assert len(page.all(css="mask")) == 2


@pytest.mark.parametrize(
    ("username", "offered"), [("clerk.bb", 0), ("investigator.bb", 1), ("chief.bb", 2), ("manager", 0)]
)
def test_reveal_button_is_shown_only_to_permitted_roles(client_as, protected, username, offered):
    page = client_as(username).page(f"/case/show/{protected.id}")
    assert len([a for a in page.all("a", href=True) if a["href"].startswith("/reveal/")]) == offered


def test_victim_is_revealed_for_thirty_minutes(each_database, client_as, protected):
    investigator = client_as("investigator.bb")
    assert request_reveal(investigator, protected, "victim", reason="ខ្លី").status_code == 422
    assert request_reveal(investigator, protected, "victim").status_code == 302
    page = investigator.page(f"/case/show/{protected.id}")
    assert "វ៉ាន់ឌឿន ដារ៉ា" in page.text and "ឃុនហ៊ាន ដារ៉ា" not in page.text
    (grant,) = load_grants()
    assert grant.expires_at - grant.granted_at == timedelta(minutes=30)
    assert "identity.revealed" in set(db.session.scalars(select(AuditEvent.action)))
    grant.expires_at = dates.now()
    db.session.commit()
    assert "វ៉ាន់ឌឿន" not in investigator.page(f"/case/show/{protected.id}").text


def test_revealed_name_is_hidden_after_the_loss_of_the_role(each_database, client_as, protected):
    request_reveal(client_as("investigator.bb"), protected, "victim")
    replace_roles("investigator.bb", "clerk.bb")
    assert "វ៉ាន់ឌឿន" not in client_as("investigator.bb").page(f"/case/show/{protected.id}").text


def test_revealed_name_is_hidden_from_other_users(client_as, protected):
    request_reveal(client_as("investigator.bb"), protected, "victim")
    assert "វ៉ាន់ឌឿន" not in client_as("chief.bb").page(f"/case/show/{protected.id}").text


def test_witness_is_revealed_only_to_the_chief(client_as, protected):
    assert request_reveal(client_as("investigator.bb"), protected, "witness").status_code == 403
    assert request_reveal(client_as("chief.bb"), protected, "witness").status_code == 302
    assert "ឃុនហ៊ាន ដារ៉ា" in client_as("chief.bb").page(f"/case/show/{protected.id}").text


def test_victim_who_is_a_witness_is_revealed_only_to_the_chief(client_as, protected, db_session):
    from tests.sample_rows import acting_as, add_registered_case

    victim = next(row.person for row in protected.involvements if row.role == "victim")
    with acting_as("clerk.bb"):
        add_registered_case(people=[(victim, "witness")])
    db_session.commit()
    assert request_reveal(client_as("investigator.bb"), protected, "victim").status_code == 403
    assert request_reveal(client_as("chief.bb"), protected, "victim").status_code == 302


@pytest.mark.parametrize("username", ["clerk.bb", "manager", "planning", "auditor", "admin"])
def test_other_roles_cannot_reveal_a_name(client_as, protected, username):
    assert request_reveal(client_as(username), protected, "victim").status_code in (403, 404)
    assert load_grants() == []


def test_reveal_in_another_province_is_not_found(client_as, protected, db_session):
    from tests.special_access.sample_cases import find_user

    find_user("investigator.bb").unit_code = "PC-12"
    db_session.commit()
    from tests import sign_ins

    with client_as("chief.bb").application.app_context():
        sign_ins.write_session("investigator.bb")
    assert request_reveal(client_as("investigator.bb"), protected, "victim").status_code == 404
