"""Those who must not take a step: who has taken one, who is of another part, whose time is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.cases.models import Case
from app.corrections.models import Correction, CorrectionField
from app.extensions import db
from app.kernel.text import dates
from tests.corrections.steps import (
    DECISION,
    LETTER,
    NEW,
    REASON,
    asked,
    carry_out,
    decide,
    the,
    user,
    waiting,
)


def give(one, other):
    """Let `one` hold the role of the other as well."""
    one.roles.append(other.roles[0])


def test_who_asked_does_not_decide(case, chief, client_as):
    number = asked(chief, case, summary=NEW)
    give(user("chief.bb"), user("planning"))
    db.session.commit()
    assert decide(client_as("chief.bb"), number).status_code == 403
    assert the(number).state == "asked"


def test_who_decided_does_not_carry_out(case, chief, client_as):
    number = asked(chief, case, summary=NEW)
    give(user("planning"), user("twg"))
    db.session.commit()
    both = client_as("planning")
    decide(both, number)
    assert carry_out(both, number).status_code == 403
    assert the(number).state == "approved"


def test_two_accounts_of_one_person_are_one(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    user("planning").email = "same.person+planning@police.invalid"
    user("chief.bb").email = "Same.Person@police.invalid"
    db.session.commit()
    assert decide(planner, number).status_code == 403

    user("planning").email = "somebody.else@police.invalid"
    user("planning").phone, user("twg").phone = "012 345 678", "+855 12 345 678"
    db.session.commit()
    assert decide(planner, number).status_code == 302
    assert carry_out(group, number).status_code == 403


def test_the_chief_of_another_province_asks_nothing(case, client_as):
    foreign = user("chief.bb")
    foreign.unit_code = "PC-12"
    db.session.commit()
    chief = client_as("chief.bb")
    assert chief.get(f"/correction/ask/case/{case.id}").status_code in (403, 404)
    answer = chief.send(
        f"/correction/ask/case/{case.id}", {"summary": NEW, "reason": REASON, "letter_no": LETTER}
    )
    assert answer.status_code in (403, 404)
    assert db.session.scalars(select(Correction)).all() == []


def test_after_four_hours_the_time_is_over(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    decide(planner, number)
    the(number).open_until = dates.now() - timedelta(seconds=1)
    db.session.commit()
    assert carry_out(group, number).status_code == 409
    assert db.session.get(Case, case.id).summary != NEW

    assert decide(planner, number).status_code == 302  # and is opened again by whoever decides
    assert carry_out(group, number).status_code == 302


def test_a_refused_correction_is_not_carried_out(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    assert decide(planner, number, "refuse").status_code == 302
    assert carry_out(group, number).status_code == 409
    assert ("correction.refused", user("chief.bb").id) in waiting()
    assert the(number).decision == DECISION


def test_who_has_no_part_in_it_takes_no_step(case, chief, clerk, client_as):
    number = asked(chief, case, summary=NEW)
    for name in ("clerk.bb", "manager", "admin", "twg"):
        assert decide(client_as(name), number).status_code in (302, 403)
    assert the(number).state == "asked"
    assert clerk.get(f"/correction/ask/case/{case.id}").status_code in (302, 403)


def test_the_database_itself_knows_three_people(case, chief):
    number = asked(chief, case, summary=NEW)
    me = user("chief.bb").id
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(state="approved", decided_by_id=me, decided_at=dates.now())
        )
    db.session.rollback()
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(state="carried", carried_by_id=user("twg").id)
        )
    db.session.rollback()
    assert the(number).state == "asked"


def test_what_was_asked_for_never_changes(case, chief, planner):
    number = asked(chief, case, summary=NEW)
    for table, values in ((Correction, {"reason": "x"}), (CorrectionField, {"after": "x"})):
        with pytest.raises(IntegrityError):
            db.session.connection().execute(update(table.__table__).values(values))
        db.session.rollback()
    decide(planner, number)
    with pytest.raises(IntegrityError):
        db.session.connection().execute(
            update(Correction.__table__).values(open_until=dates.now() + timedelta(hours=9))
        )
    db.session.rollback()
