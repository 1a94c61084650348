"""Separation of duties: same person, other scope and expired deadline are refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.cases.models import Case
from app.corrections.models import Correction, CorrectionField
from app.extensions import db
from app.kernel.text import dates
from tests.accounts.sample_staff import forget_former_traits
from tests.corrections.steps import (
    CAUSE,
    DECISION,
    LETTER,
    NEW_SUMMARY,
    REASON,
    apply_correction,
    decide,
    find_user,
    find_waiting_messages,
    load_correction,
    request_correction,
)
from tests.sample_rows import acting_as


def add_role(one, other):
    """Give `one` the first role of `other` too."""
    one.roles.append(other.roles[0])


def test_requesting_officer_cannot_decide(case, chief, client_as):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    add_role(find_user("chief.bb"), find_user("planning"))
    db.session.commit()
    assert decide(client_as("chief.bb"), number).status_code == 403
    assert load_correction(number).state == "requested"


def test_deciding_officer_cannot_apply(case, chief, client_as):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    add_role(find_user("planning"), find_user("twg"))
    db.session.commit()
    both = client_as("planning")
    decide(both, number)
    assert apply_correction(both, number).status_code == 403
    assert load_correction(number).state == "approved"


def test_two_accounts_of_one_person_count_as_one(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    find_user("planning").email = "same.person+planning@police.invalid"
    find_user("chief.bb").email = "Same.Person@police.invalid"
    db.session.commit()
    assert decide(planner, number).status_code == 403

    find_user("planning").email = "another.officer@police.invalid"
    find_user("planning").phone, find_user("twg").phone = "012 345 678", "+855 12 345 678"
    db.session.commit()
    assert decide(planner, number).status_code == 403, "the former e-mail address still counts"
    forget_former_traits()
    assert decide(planner, number).status_code == 302
    assert apply_correction(group, number).status_code == 403


def test_chief_of_another_province_cannot_request(case, client_as):
    foreign = find_user("chief.bb")
    foreign.unit_code = "PC-12"
    db.session.commit()
    chief = client_as("chief.bb")
    assert chief.get(f"/correction/request/case/{case.id}").status_code in (403, 404)
    response = chief.send(
        f"/correction/request/case/{case.id}",
        {
            "summary": NEW_SUMMARY,
            "correction_cause": CAUSE,
            "correction_reason": REASON,
            "correction_letter_no": LETTER,
        },
    )
    assert response.status_code in (403, 404)
    assert db.session.scalars(select(Correction)).all() == []


def test_approval_expires_after_four_hours(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    decide(planner, number)
    load_correction(number).exempt_until = dates.now() - timedelta(seconds=1)
    db.session.commit()
    assert apply_correction(group, number).status_code == 409
    assert db.session.get(Case, case.id).summary != NEW_SUMMARY

    assert decide(planner, number).status_code == 302  # the head of planning approves it again
    assert apply_correction(group, number).status_code == 302


LOST = [{"active": False}, {"roles": []}]


def lose(username, lost):
    with acting_as("admin"):
        for name, value in lost.items():
            setattr(find_user(username), name, value)
        db.session.commit()


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_approval_ends_with_the_role_of_its_officer(case, chief, planner, group, client_as, lost):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    decide(planner, number)
    lose("planning", lost)
    response = apply_correction(group, number)
    assert response.status_code == 403 and "សម្រេចម្តងទៀត" in response.text
    assert db.session.get(Case, case.id).summary != NEW_SUMMARY

    assert decide(client_as("planning.second"), number).status_code == 302
    assert apply_correction(group, number).status_code == 302
    assert load_correction(number).decided_by_id == find_user("planning.second").id


@pytest.mark.parametrize("lost", [*LOST, {"unit_code": "PC-12"}], ids=str)
@pytest.mark.parametrize("is_decided", [False, True])
def test_request_ends_with_the_role_of_the_chief(case, chief, planner, group, lost, is_decided):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    if is_decided:
        decide(planner, number)
    lose("chief.bb", lost)
    step = apply_correction(group, number) if is_decided else decide(planner, number)
    assert step.status_code == 403
    assert load_correction(number).state == ("approved" if is_decided else "requested")
    assert is_decided or decide(planner, number, "refuse").status_code == 302


def test_refused_correction_cannot_be_applied(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    assert decide(planner, number, "refuse").status_code == 302
    assert apply_correction(group, number).status_code == 409
    assert ("correction.refused", find_user("chief.bb").id) in find_waiting_messages()
    assert load_correction(number).decision == DECISION


def test_other_roles_cannot_take_a_step(case, chief, clerk, client_as):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    for name in ("clerk.bb", "manager", "admin", "twg"):
        assert decide(client_as(name), number).status_code in (302, 403)
    assert load_correction(number).state == "requested"
    assert clerk.get(f"/correction/request/case/{case.id}").status_code in (302, 403)


def test_database_requires_three_people(case, chief):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    chief_id = find_user("chief.bb").id
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(
                state="approved", decided_by_id=chief_id, decided_at=dates.now()
            )
        )
    db.session.rollback()
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(state="applied", applied_by_id=find_user("twg").id)
        )
    db.session.rollback()
    assert load_correction(number).state == "requested"


def test_saved_request_cannot_be_changed(case, chief, planner):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    for table, values in ((Correction, {"reason": "x"}), (CorrectionField, {"after": "x"})):
        with pytest.raises(IntegrityError):
            db.session.connection().execute(update(table.__table__).values(values))
        db.session.rollback()
    decide(planner, number)
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(exempt_until=dates.now() + timedelta(hours=9))
        )
    db.session.rollback()
