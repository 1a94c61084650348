"""Without a valid certificate of training an officer reads, and enters only what liberty depends on (V149)."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from app.accounts import entry_right
from app.accounts.job_actor import build_actor
from app.accounts.models import User
from app.cases.models import Involvement
from app.custody.models import Arrest, Custody
from app.kernel.actor import UNRESTRICTED, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.models import Person, PersonName
from app.reference.models import Unit
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case
from tests.statement_counts import counted
from tests.training.sample_course import find_user, give_certificate

TODAY = dates.now().date()


@prepared
def person(db_session):
    """Return the suspect of a case of Battambang; the accounts are old and have no certificate."""
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.flush()
    db_session.execute(update(User.__table__).values(created_on=dates.now() - timedelta(days=100)))
    db_session.commit()
    return SimpleNamespace(id=case.involvements[0].person_id, involvement_id=case.involvements[0].id)


def set_mode(app, monkeypatch, mode):
    monkeypatch.setitem(app.config, "TRAINING", mode)


def try_entries(client, person):
    """Return the status of the start of an entry, of a new name on the page and by the API, and of a new arrest."""
    return [
        client.get("/entry/").status_code,
        client.get(f"/personname/add?person={person.id}").status_code,
        client.post("/api/v1/person-names/", json={}, headers={"X-CSRFToken": client.token}).status_code,
        client.get(f"/arrest/add?person={person.id}").status_code,
    ]


def test_pages_and_api_follow_the_setting(app, person, client_as, monkeypatch):
    clerk = client_as("clerk.bb", "en")
    allowed = try_entries(clerk, person)
    assert "V149" not in clerk.get("/").text
    set_mode(app, monkeypatch, "warn")
    assert (
        try_entries(clerk, person) == allowed
        and "You have no certificate of training." in clerk.get("/").text
    )
    clerk.send("/entry/a-draft-of-a-test/draft", {"case-latitude": "11.5"})
    set_mode(app, monkeypatch, "on")
    refused = try_entries(clerk, person)
    assert refused == [403, 403, 403, allowed[3]], "the arrest stays open"
    page = clerk.get("/").text
    assert "Draft saved on" in page and "You enter only arrests" in page and "/entry/" not in page
    assert clerk.get(f"/person/show/{person.id}").status_code in (200, 428)
    assert "V149" not in client_as("auditor", "en").get("/").text, "an auditor enters nothing"


def test_certificate_and_grace_days_decide(app, person, client_as, db_session, monkeypatch):
    set_mode(app, monkeypatch, "on")
    clerk, user = client_as("clerk.bb", "en"), find_user("clerk.bb")
    certificate = give_certificate(user, TODAY - timedelta(days=31))
    db_session.commit()
    assert clerk.get("/entry/").status_code == 403
    give_certificate(user, TODAY - timedelta(days=30))
    db_session.commit()
    assert clerk.get("/entry/").status_code != 403 and "The grace days end on" in clerk.get("/").text
    newest = give_certificate(user, TODAY)
    db_session.commit()
    assert clerk.get("/entry/").status_code != 403 and "V149" not in clerk.get("/").text
    planner = client_as("planning", "en")
    shown = planner.get("/certificate/preview").text
    assert "clerk.pp" in shown and "clerk.bb" not in shown
    assert client_as("chief.bb").get("/certificate/preview").status_code == 403
    assert (
        planner.send("/certificate/revoke", {"number": newest.number, "reason": "តេស្តក្លែងក្លាយ"}).status_code
        == 302
    )
    assert "grace days" in clerk.get("/").text
    assert certificate.revoked_at is None and clerk.get("/entry/").status_code != 403


def test_session_refuses_records_from_any_entry_point(app, person, db_session, monkeypatch, each_database):
    set_mode(app, monkeypatch, "on")
    user = find_user("clerk.bb")
    assert build_actor(db_session, user).may_enter is False
    involvement = person.involvement_id
    act_as(db_session, Actor(user.id, user.unit_code, scope=UNRESTRICTED, may_enter=False))
    db_session.add(PersonName(person=db_session.get(Person, person.id), kind="alias", text_km="តូច"))
    with pytest.raises(RuleViolation):
        db_session.flush()
    db_session.rollback()
    db_session.get(Person, person.id).surname_km = "កែវ"
    with pytest.raises(RuleViolation):
        db_session.flush()
    db_session.rollback()
    suspect, unit = db_session.get(Involvement, involvement), db_session.get(Unit, "PC-02")
    arrest = Arrest(
        involvement=suspect, at=dates.now() - timedelta(hours=2), ground="authorisation", document_no="7/26",
        by_unit=unit, place_text="ផ្ទះ",
    )  # fmt: skip
    held = Custody(
        arrest=arrest, held_by=unit, arrived_at=dates.now() - timedelta(hours=1), offence_class="felony"
    )
    db_session.add_all([arrest, held])
    db_session.flush()
    give_certificate(user, TODAY)
    db_session.flush()
    assert build_actor(db_session, user).may_enter is True


def test_page_costs_no_further_statement(app, person, client_as, register, monkeypatch):
    clerk = client_as("clerk.bb")
    clerk.get("/case/list/")
    with counted(register) as off:
        clerk.get("/case/list/")
    set_mode(app, monkeypatch, "on")
    clerk.get("/case/list/")
    with counted(register) as on:
        clerk.get("/case/list/")
    assert len(on) == len(off)


def test_accounts_that_enter_nothing_need_no_certificate(app, db_session):
    affected = {user.username for user, _until in db_session.execute(entry_right.select_affected()).unique()}
    assert entry_right.count_affected() == (len(affected), 0)
    give_certificate(find_user("clerk.pp"), TODAY - timedelta(days=31))
    assert entry_right.count_affected() == (len(affected), 1)
    old = dates.now() - timedelta(days=100)
    db_session.execute(update(User.__table__).values(created_on=old, active_since=dates.now()))
    assert entry_right.count_affected() == (len(affected),) * 2, (
        "an account opened again gets no new grace days"
    )
    assert "clerk.bb" in affected and affected.isdisjoint(("auditor", "admin", "manager"))
