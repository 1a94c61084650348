"""A letter opens its case, or parts of it, until the last day of its share."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.letters.models import Letter
from app.letters.opened_cases import list_opened_parts
from tests import sample_rows
from tests.accounts.sample_staff import find_user
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.letters.sample_letters import read_letter, send_letter, step, write


def test_shared_case_is_read_until_the_day(client_as, case_id, db_session):
    investigator = client_as("investigator.bb", "en")
    until = (dates.now() + timedelta(days=3)).strftime("%d/%m/%Y")
    assert client_as("clerk.pp").get(f"/case/show/{case_id}").status_code == 404
    assert write(investigator, case=case_id, share_until=until, share_parts="whole").status_code == 302
    step(investigator, read_letter(), "submit")
    assert client_as("clerk.pp").get(f"/case/show/{case_id}").status_code == 404, "before the signature"
    assert step(client_as("chief.bb"), read_letter(), "sign").status_code == 302
    assert client_as("clerk.pp").get(f"/case/show/{case_id}").status_code == 200
    grant = db.session.query(AccessGrant).filter_by(kind=SHARE, unit_code="PC-12").one()
    assert grant.may_write is False and grant.expires_at.strftime("%d/%m/%Y") == until


def test_letter_opens_only_the_chosen_parts_of_its_case(client_as, db_session, each_database):
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], summary="គេបានយកទូរសព្ទ")
    db_session.commit()
    case_id, number = case.id, case.number
    until = dates.now().date() + timedelta(days=3)
    send_letter(
        client_as,
        "investigator.bb",
        case=case_id,
        share_until=f"{until:%d/%m/%Y}",
        share_parts=["facts", "summary"],
    )
    path, receiver = f"/opened-case/{read_letter().id}", client_as("clerk.pp", "en")
    assert receiver.get(path).status_code == 404, "before its receipt"
    assert path in receiver.page(f"/letter/show/{read_letter().id}").html
    page = receiver.page(path)
    assert number in page.text and "គេបានយកទូរសព្ទ" in page.text
    assert "សុផល្លា" not in page.text and not page.all("a", href=f"{path}/file/1")
    assert receiver.get(f"/case/show/{case_id}").status_code == 404
    (viewed,) = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "access.viewed", AuditEvent.entity == "case")
    )
    assert viewed.entity_id == case_id and viewed.facts["people"] == []
    assert client_as("clerk.bb").get(path).status_code == 404, "the sender opens the case itself"
    assert client_as("clerk.crim").get(path).status_code == 404
    step(receiver, read_letter(), "decline", reason="មិនមាន")
    assert receiver.get(path).status_code == 404


def test_opened_parts_end_with_their_day_and_hide_protected_people(client_as, db_session, monkeypatch):
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    until = dates.now().date() + timedelta(days=1)
    send_letter(
        client_as,
        "investigator.bb",
        case=case.id,
        share_until=f"{until:%d/%m/%Y}",
        share_parts=["people", "files"],
    )
    path, receiver = f"/opened-case/{read_letter().id}", client_as("clerk.pp", "en")
    receiver.page(f"/letter/show/{read_letter().id}")
    page = receiver.page(path).text
    assert "Victim" in page and "សុផល្លា" not in page
    now, reader = dates.now() + timedelta(days=2), find_user("clerk.pp")
    assert list_opened_parts(reader, read_letter()) == ["people", "files"]
    monkeypatch.setattr(dates, "now", lambda: now)
    assert list_opened_parts(reader, read_letter()) == []


def open_facts(client_as, case_id):
    """Send a letter that opens the facts of a case, and return its id and the browser of the reader."""
    until = dates.now().date() + timedelta(days=3)
    parts = {"share_until": f"{until:%d/%m/%Y}", "share_parts": ["facts"]}
    send_letter(client_as, "investigator.bb", case=case_id, **parts)
    letter, receiver = read_letter().id, client_as("clerk.pp")
    receiver.page(f"/letter/show/{letter}")
    assert receiver.get(f"/opened-case/{letter}").status_code == 200
    return letter, receiver


def test_opened_parts_end_with_a_correction(client_as, case_id, db_session):
    letter, _receiver = open_facts(client_as, case_id)
    act_as(db_session, SYSTEM)
    sent = {"state": "sent", "number": "L-2026-999999", "sent_at": dates.now(), "text": "ក"}
    correction = Letter(relation="correction", previous_id=letter, unit_code="PC-02", subject="ក", **sent)
    db_session.add(correction)
    db_session.flush()
    assert list_opened_parts(find_user("clerk.pp"), db_session.get(Letter, letter)) == []


def test_opened_parts_end_with_a_void_case(client_as, case_id, db_session):
    letter, receiver = open_facts(client_as, case_id)
    number = request_correction(client_as("chief.bb"), db_session.get(Case, case_id), kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert receiver.get(f"/opened-case/{letter}").status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        {"share_until": "", "share_parts": "facts"},
        {"share_until": "01/01/2090"},
        {"share_until": "01/01/2090", "share_parts": "persons"},
    ],
)
def test_parts_and_last_day_are_given_together(client_as, case_id, db_session, typed):
    assert write(client_as("investigator.bb", "en"), case=case_id, **typed).status_code == 422


@pytest.mark.parametrize("parts", ["whole", "facts"])
def test_sender_ends_what_a_letter_opens(client_as, case_id, db_session, each_database, parts):
    until = dates.format_date(dates.now().date() + timedelta(days=60), "en")
    letter = send_letter(client_as, "investigator.bb", case=case_id, share_until=until, share_parts=parts)
    receiver, sender = client_as("clerk.pp", "en"), client_as("clerk.bb", "en")
    page = f"/case/show/{case_id}" if parts == "whole" else f"/opened-case/{letter.id}"
    assert page in receiver.get(f"/letter/show/{letter.id}").text and receiver.get(page).status_code == 200
    assert step(receiver, letter, "end_share").status_code == 422
    assert step(sender, letter, "end_share").status_code == 302
    assert receiver.get(page).status_code == 404
    assert page not in receiver.get(f"/letter/show/{letter.id}").text
    assert step(sender, letter, "end_share").status_code == 422, "a second click"


def test_link_to_the_case_ends_with_the_share(client_as, case_id, db_session):
    until = dates.format_date(dates.now().date() + timedelta(days=60), "en")
    letter = send_letter(client_as, "investigator.bb", case=case_id, share_until=until, share_parts="whole")
    receiver = client_as("clerk.pp", "en")
    assert f"/case/show/{case_id}" in receiver.get(f"/letter/show/{letter.id}").text
    act_as(db.session, SYSTEM)
    db.session.query(AccessGrant).filter_by(kind=SHARE).one().expires_at = dates.now()
    db.session.commit()
    assert f"/case/show/{case_id}" not in receiver.get(f"/letter/show/{letter.id}").text
