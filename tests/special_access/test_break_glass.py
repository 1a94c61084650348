"""Break-glass access: persons outside the scope are found as cards and opened read-only for eight hours."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.user_scope import build_user_scope
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import AccessGrant
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.rules import ERROR, RuleViolation
from app.kernel.text import dates
from app.people.models import Person, PersonMark, PersonName
from app.special_access.break_glass import send_review_reminders
from tests.accounts.sample_staff import forget_former_traits
from tests.cases.form_data import make_theft
from tests.html_pages import Page
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import (
    FOREIGN_SURNAME,
    REASON,
    find_card_token,
    find_user,
    load_grants,
    open_by_break_glass,
    replace_roles,
)


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


@pytest.fixture
def suspect(foreign):
    return foreign.involvements[0].person


def test_person_outside_the_area_is_found_only_as_a_card(investigator, own, suspect):
    page = Page.from_response(investigator.send("/find/", {"q": FOREIGN_SURNAME}))
    card = page.all(css="result")[0]
    assert FOREIGN_SURNAME in card.text and "Tep".upper() in card.text
    assert suspect.number not in page.html and suspect.documents[0].number not in page.html
    assert not card.all("a", href=True)
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_clerk_sees_the_card_without_break_glass_access(clerk, own, suspect):
    page = clerk.send("/find/", {"q": FOREIGN_SURNAME}).text
    assert FOREIGN_SURNAME in page and "/break-glass/" not in page
    assert clerk.send("/break-glass/request", {"word": "anything"}).status_code == 403


def test_card_can_be_linked_only_to_a_case(clerk, own, suspect):
    word = clerk.send("/lookup/card", {"q": FOREIGN_SURNAME}).json["items"][0]["id"]
    assert not word.isdecimal()
    assert clerk.send("/lookup/person", {"q": FOREIGN_SURNAME}).json["items"] == []
    response = clerk.send("/personname/add", {"person": word, "kind": "alias", "text_km": "តូច"})
    assert response.status_code == 422
    assert clerk.get(f"/person/show/{suspect.id}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "ខ្លី"}, {"case_number": "02-2026-999999"}, {"reason": ""}, {"case_number": ""}],
    ids=str,
)
def test_break_glass_needs_a_reason_and_an_own_case(investigator, own, suspect, wrong):
    assert open_by_break_glass(investigator, own, **wrong).status_code == 422
    assert load_grants() == []


def test_break_glass_refuses_a_case_of_another_province(investigator, own, foreign):
    assert open_by_break_glass(investigator, foreign).status_code == 422


def test_card_token_of_another_officer_is_refused(investigator, client_as, own, suspect):
    word = find_card_token(client_as("chief.bb"))
    assert open_by_break_glass(investigator, own, word=word).status_code == 404
    assert investigator.send("/break-glass/request", {"word": word}).status_code == 404


def test_break_glass_access_ends_after_eight_hours(each_database, investigator, own, suspect):
    asked = investigator.send("/break-glass/request", {"word": find_card_token(investigator)})
    assert FOREIGN_SURNAME in Page.from_response(asked).text
    response = open_by_break_glass(investigator, own)
    assert response.location == f"/person/show/{suspect.id}"
    page = investigator.page(response.location)
    assert suspect.documents[0].number in page.text
    assert not [a for a in page.all("a", href=True) if "/edit/" in a["href"] or "/add" in a["href"]]
    grant = load_grants()[0]
    assert grant.expires_at - grant.granted_at == timedelta(hours=8)
    assert (grant.reason, grant.case_number, grant.owner_unit) == (REASON, own.number, "PC-12")
    grant.expires_at = dates.now()
    db.session.commit()
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_break_glass_access_ends_with_the_role(each_database, investigator, client_as, own, suspect):
    address = open_by_break_glass(investigator, own).location
    assert investigator.get(address).status_code == 200
    replace_roles("investigator.bb", "clerk.bb")
    assert client_as("investigator.bb").get(address).status_code == 404


def test_break_glass_covers_one_user_and_no_case(investigator, clerk, own, foreign, suspect):
    open_by_break_glass(investigator, own)
    assert clerk.get(f"/person/show/{suspect.id}").status_code == 404
    assert investigator.get(f"/case/show/{foreign.id}").status_code == 404


@pytest.fixture
def reader_session(investigator, own, suspect):
    """Return a session of the investigator with break-glass access to the suspect."""
    open_by_break_glass(investigator, own)
    reader = find_user("investigator.bb")
    act_as(
        db.session,
        Actor(
            reader.id,
            reader.unit_code,
            scope=build_user_scope(reader, f'[["break_glass", {suspect.id}, false]]'),
        ),
    )
    yield db.session
    db.session.rollback()
    act_as(db.session, SYSTEM)


def _edit_person(person):
    person.phone = "012 000 000"


def _edit_row(person):
    person.names[0].text_km = "ឈ្មោះក្លែង"


def _add_row(person):
    db.session.add(PersonMark(person=person, kind="tattoo", text="រូបនាគ"))


def _add_row_by_key(person):
    db.session.add(PersonName(person_id=person.id, kind="alias", text_km="តូច"))


def _edit_case_row(person):
    from app.cases.models import Involvement

    row = db.session.scalars(select(Involvement).where(Involvement.person_id == person.id)).one()
    row.injury = "light"


@pytest.mark.parametrize("change", [_edit_person, _edit_row, _add_row, _add_row_by_key, _edit_case_row])
def test_break_glass_session_cannot_change_the_person(reader_session, suspect, change):
    change(reader_session.get(Person, suspect.id))
    with pytest.raises(RuleViolation) as refused:
        reader_session.flush()
    assert {one.severity for one in refused.value.problems} == {ERROR}


def test_break_glass_pages_and_api_cannot_change_the_person(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    investigator.send(f"/person/edit/{suspect.id}", {"phone": "012 1", "_version": str(suspect.version)})
    db.session.refresh(suspect)
    assert suspect.phone != "012 1"
    row = {"person": str(suspect.id), "kind": "alias", "text_km": "តូច"}
    assert investigator.send("/personname/add", row).status_code == 422
    body = {"phone": "012 1", "version": suspect.version}
    headers = {"X-CSRFToken": investigator.token}
    assert investigator.put(f"/api/v1/persons/{suspect.id}", json=body, headers=headers).status_code == 422


def test_break_glass_opens_no_form_and_no_export(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    url = f"/person/show/{suspect.id}"
    assert f"/export/person/{suspect.id}" not in investigator.page(url).html
    for address in (
        f"/person/edit/{suspect.id}",
        f"/personname/edit/{suspect.names[0].id}",
        f"/personname/add?person={suspect.id}",
        f"/export/person/{suspect.id}",
    ):
        response = investigator.get(address)
        assert response.status_code == 302, address
        assert "សម្រាប់អានតែប៉ុណ្ណោះ" in investigator.page(response.location).all(role="status")[0].text, address


def test_break_glass_person_can_be_suspect_of_a_new_case(reader_session, suspect):
    case = add_registered_case(people=[(reader_session.get(Person, suspect.id), "suspect")])
    reader_session.commit()
    assert case.id


def test_break_glass_does_not_show_a_protected_victim(investigator, own, db_session):
    victim = make_registered_person(number=8, surname_km="វង្ស")
    with acting_as("clerk.pp"):
        people = [(victim, "victim"), (make_registered_person(number=9), "suspect")]
        add_registered_case(place="120101", people=people, sensitivity="sexual")
    db_session.commit()
    assert not Page.from_response(investigator.send("/find/", {"q": "វង្ស"})).all(css="result")
    from app.people import nationwide

    with investigator.application.test_request_context():
        reader = find_user("investigator.bb")
        act_as(db.session, Actor(reader.id, reader.unit_code, scope=build_user_scope(reader)))
        word = nationwide.make_card_token(victim)
    assert open_with_token(investigator, own, word).status_code == 404


def open_with_token(browser, case, word):
    return browser.send("/break-glass/open", {"word": word, "reason": REASON, "case_number": case.number})


def test_break_glass_ends_when_the_person_becomes_protected(investigator, own, foreign, suspect):
    open_by_break_glass(investigator, own)
    with acting_as("clerk.pp"):
        foreign.involvements[0].protection = "witness"
        db.session.commit()
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_break_glass_notifies_owner_and_gives_chief_72_hours(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    (grant,) = load_grants()
    messages = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(one.kind, one.to_role, one.to_unit_code) for one in messages] == [
        ("task", "Provincial chief", "PC-12"),
        ("notice", None, "PC-12"),
    ]
    assert messages[0].due_at - grant.granted_at == timedelta(hours=72)
    assert not any(FOREIGN_SURNAME in str(one.facts) for one in messages)
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert "break_glass.used" in actions


@pytest.fixture
def owning_chief(client_as, db_session):
    """Give the clerk of Phnom Penh the role of its chief."""
    find_user("clerk.pp").roles = find_user("chief.bb").roles[:]
    db_session.commit()
    from tests import sign_ins

    with client_as("clerk.pp").application.app_context():
        sign_ins.write_session("clerk.pp")
    return client_as("clerk.pp")


def test_unjustified_review_closes_the_access(each_database, investigator, own, suspect, owning_chief):
    open_by_break_glass(investigator, own)
    (grant,) = load_grants()
    assert suspect.number in owning_chief.page("/break-glass/list/").text
    url = f"/break-glass/review/{grant.id}"
    assert owning_chief.send(url, {"verdict": "unjustified", "note": "ទេ"}).status_code == 422
    assert owning_chief.send(url, {"verdict": "unjustified", "note": REASON}).status_code == 302
    grant = load_grants()[0]
    assert (grant.justified, grant.reviewed_by_id) == (False, find_user("clerk.pp").id)
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404
    kinds = db.session.scalars(select(Message.text_key).where(Message.done_at.is_(None))).all()
    assert "break_glass.review_requested" not in kinds and "break_glass.rejected" in kinds


def test_chief_of_another_province_cannot_review(investigator, client_as, own, suspect):
    open_by_break_glass(investigator, own)
    (grant,) = load_grants()
    chief = client_as("chief.bb")
    assert suspect.number not in chief.page("/break-glass/list/").text
    assert chief.get(f"/break-glass/show/{grant.id}").status_code == 404
    response = chief.send(f"/break-glass/review/{grant.id}", {"verdict": "justified", "note": REASON})
    assert response.status_code == 404


def test_second_account_of_the_officer_cannot_review(each_database, investigator, own, suspect, owning_chief):
    open_by_break_glass(investigator, own)
    (grant,) = load_grants()
    find_user("investigator.bb").phone, find_user("clerk.pp").phone = "012 345 678", "+855 12 345 678"
    db.session.commit()
    review = f"/break-glass/review/{grant.id}", {"verdict": "justified", "note": REASON}
    assert owning_chief.send(*review).status_code in (403, 404)
    assert load_grants()[0].reviewed_at is None
    find_user("clerk.pp").phone = "012 345 679"
    db.session.commit()
    assert owning_chief.send(*review).status_code in (403, 404), "the former telephone still counts"
    assert load_grants()[0].reviewed_at is None
    forget_former_traits()
    assert owning_chief.send(*review).status_code == 302


def test_database_refuses_a_review_by_the_same_user(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    (grant,) = load_grants()
    with pytest.raises(IntegrityError):
        db.session.execute(
            update(AccessGrant).where(AccessGrant.id == grant.id).values(reviewed_by_id=grant.user_id)
        )
    db.session.rollback()


def test_overdue_review_alerts_the_national_monitor_once(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    assert send_review_reminders(db.session) == 0
    load_grants()[0].granted_at = dates.now() - timedelta(hours=73)
    db.session.commit()
    assert (send_review_reminders(db.session), send_review_reminders(db.session)) == (1, 0)
    late = db.session.scalars(select(Message).where(Message.text_key == "break_glass.review_overdue")).one()
    assert (late.kind, late.to_role) == ("task", "Criminal police monitor")


def test_rejected_entry_keeps_the_card(clerk, own, suspect):
    word = clerk.send("/lookup/card", {"q": FOREIGN_SURNAME}).json["items"][0]["id"]
    known = {"people-0-known-known": word, "people-0-known-known__text": FOREIGN_SURNAME}
    refused = clerk.send("/entry/a-card", make_theft(known | {"case-summary": ""}))
    assert refused.status_code == 422
    again = Page(refused.text).typed()
    assert again["people-0-known-known"] == [word]
