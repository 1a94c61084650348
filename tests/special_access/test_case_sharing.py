"""The owner of a case shares it with another unit, which then sees the case and its people, until it is ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import REASON, openings


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


@pytest.fixture
def other(client_as):
    return client_as("clerk.pp")


def share(browser, case, **over):
    return browser.send(f"/share/{case.id}", {"unit": "PC-12", "reason": REASON, "until": ""} | over)


def test_a_shared_case_and_its_people_are_seen_by_the_other_unit(each_database, investigator, other, own):
    person = own.involvements[0].person
    assert other.get(f"/case/show/{own.id}").status_code == 404
    assert share(investigator, own).status_code == 302
    assert own.number in other.page(f"/case/show/{own.id}").text
    assert other.page(f"/person/show/{person.id}")
    told = db.session.scalars(select(Message)).one()
    assert (told.text_key, told.to_unit_code, told.entity_id) == ("share.given", "PC-12", own.id)
    assert "share" in set(db.session.scalars(select(AuditEvent.action)))


def test_a_share_that_is_sent_twice_is_one_and_another_end_is_asked_for_anew(investigator, own):
    tomorrow = dates.now() + timedelta(days=1)
    assert [share(investigator, own).status_code for _click in range(2)] == [302, 302]
    assert share(investigator, own, until=f"{tomorrow:%d/%m/%Y %H:%M}").status_code == 422
    assert len(openings()) == 1 and len(db.session.scalars(select(Message)).all()) == 1


def test_the_page_of_the_case_names_the_units_and_the_owner_ends_it(each_database, investigator, other, own):
    share(investigator, own)
    page = investigator.page(f"/case/show/{own.id}")
    (form,) = [form for form in page.all("form", action=True) if form["action"].startswith("/share/end/")]
    assert other.send(form["action"]).status_code == 403
    assert investigator.send(form["action"]).status_code == 302
    assert other.get(f"/case/show/{own.id}").status_code == 404
    assert "/share/end/" not in investigator.page(f"/case/show/{own.id}").html


def test_a_share_ends_by_itself(investigator, other, own):
    until = dates.now() + timedelta(days=1)
    assert share(investigator, own, until=f"{until:%d/%m/%Y %H:%M}").status_code == 302
    assert other.get(f"/case/show/{own.id}").status_code == 200
    openings()[0].closes_at = dates.now()
    db.session.commit()
    assert other.get(f"/case/show/{own.id}").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"unit": ""}, {"unit": "PC-02"}, {"reason": "ខ្លី"}, {"until": "01/01/2020 10:00"}], ids=str
)
def test_what_is_not_whole_is_shared_with_nobody(investigator, own, wrong):
    assert share(investigator, own, **wrong).status_code == 422
    assert openings() == []


def test_a_clerk_and_another_province_share_nothing(clerk, client_as, own, foreign):
    assert share(clerk, own).status_code == 403
    assert share(client_as("investigator.bb"), foreign).status_code == 404


def test_who_was_given_a_case_does_not_pass_it_on(investigator, client_as, own, db_session):
    from tests import sign_ins
    from tests.special_access.sample_cases import user

    share(investigator, own)
    user("clerk.pp").roles = user("investigator.bb").roles[:]
    db_session.commit()
    with client_as("clerk.bb").application.app_context():
        sign_ins.write("clerk.pp")
    assert share(client_as("clerk.pp"), own, unit="PC-03").status_code == 403


def test_a_case_entered_beyond_ones_part_names_no_share(client_as, db_session):
    from app.accounts.user_scope import scope_of
    from app.kernel.actor import THE_REGISTER, Actor, act_as
    from tests.sample_rows import a_registered_case
    from tests.special_access.sample_cases import user

    writer = user("clerk.bb")
    act_as(db.session, Actor(writer.id, writer.unit_code, scope=scope_of(writer)))
    case = a_registered_case(place=PHNOM_PENH)
    db.session.commit()
    act_as(db.session, THE_REGISTER)
    assert "/share/end/" not in client_as("chief.bb").page(f"/case/show/{case.id}").html
