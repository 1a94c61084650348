"""The name of a protected victim or witness is shown to whom the law leaves it, for a reason, for half an hour."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from tests.special_access.sample_cases import REASON, openings


def row_of(case, role):
    return next(row.id for row in case.involvements if row.role == role)


def show(browser, case, role, reason=REASON):
    return browser.send(f"/reveal/{row_of(case, role)}", {"reason": reason})


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "chief.bb", "manager", "planning"])
def test_a_protected_name_is_on_no_page_of_the_case_without_a_reason(client_as, protected, username):
    page = client_as(username).page(f"/case/show/{protected.id}")
    assert "វ៉ាន់ឌឿន" not in page.text and "ឃុនហ៊ាន ដារ៉ា" not in page.text
    assert len(page.all(css="mask")) == 2


@pytest.mark.parametrize(
    ("username", "offered"), [("clerk.bb", 0), ("investigator.bb", 1), ("chief.bb", 2), ("manager", 0)]
)
def test_the_way_to_a_name_is_offered_to_whom_it_is_open(client_as, protected, username, offered):
    page = client_as(username).page(f"/case/show/{protected.id}")
    assert len([a for a in page.all("a", href=True) if a["href"].startswith("/reveal/")]) == offered


def test_a_victim_is_shown_to_the_investigator_of_the_unit_for_thirty_minutes(
    each_database, client_as, protected
):
    investigator = client_as("investigator.bb")
    assert show(investigator, protected, "victim", reason="ខ្លី").status_code == 422
    assert show(investigator, protected, "victim").status_code == 302
    page = investigator.page(f"/case/show/{protected.id}")
    assert "វ៉ាន់ឌឿន ដារ៉ា" in page.text and "ឃុនហ៊ាន ដារ៉ា" not in page.text
    (opening,) = openings()
    assert opening.closes_at - opening.opened_at == timedelta(minutes=30)
    assert "reveal" in set(db.session.scalars(select(AuditEvent.action)))
    opening.closes_at = dates.now()
    db.session.commit()
    assert "វ៉ាន់ឌឿន" not in investigator.page(f"/case/show/{protected.id}").text


def test_it_is_shown_to_nobody_else(client_as, protected):
    show(client_as("investigator.bb"), protected, "victim")
    assert "វ៉ាន់ឌឿន" not in client_as("chief.bb").page(f"/case/show/{protected.id}").text


def test_a_witness_is_the_chiefs_alone(client_as, protected):
    assert show(client_as("investigator.bb"), protected, "witness").status_code == 403
    assert show(client_as("chief.bb"), protected, "witness").status_code == 302
    assert "ឃុនហ៊ាន ដារ៉ា" in client_as("chief.bb").page(f"/case/show/{protected.id}").text


def test_a_victim_who_is_a_witness_elsewhere_is_the_chiefs_alone(client_as, protected, db_session):
    from tests.sample_rows import a_registered_case, written_by

    victim = next(row.person for row in protected.involvements if row.role == "victim")
    with written_by("clerk.bb"):
        a_registered_case(people=[(victim, "witness")])
    db_session.commit()
    assert show(client_as("investigator.bb"), protected, "victim").status_code == 403
    assert show(client_as("chief.bb"), protected, "victim").status_code == 302


@pytest.mark.parametrize("username", ["clerk.bb", "manager", "planning", "auditor", "admin"])
def test_no_other_role_gets_a_name(client_as, protected, username):
    assert show(client_as(username), protected, "victim").status_code in (403, 404)
    assert openings() == []


def test_another_province_does_not_even_learn_that_there_is_somebody(client_as, protected, db_session):
    from tests.special_access.sample_cases import user

    user("investigator.bb").unit_code = "PC-12"
    db_session.commit()
    from tests import sign_ins

    with client_as("chief.bb").application.app_context():
        sign_ins.write("investigator.bb")
    assert show(client_as("investigator.bb"), protected, "victim").status_code == 404
