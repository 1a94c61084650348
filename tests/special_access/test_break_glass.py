"""Who is outside one's part is found as a card; the glass is broken for a reason, to read, for eight hours."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.user_scope import scope_of
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import Opening
from app.kernel.actor import THE_REGISTER, Actor, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.people.models import Person, PersonMark, PersonName
from app.special_access.break_glass import tell_late
from tests.cases.form_data import theft
from tests.html_pages import Page
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.special_access.sample_cases import (
    FOREIGN,
    REASON,
    open_by_break_glass,
    openings,
    user,
    word_of_the_card,
)


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


@pytest.fixture
def suspect(foreign):
    return foreign.involvements[0].person


def test_a_person_outside_the_area_is_found_as_a_card_alone(investigator, own, suspect):
    page = Page.of(investigator.send("/find/", {"q": FOREIGN}))
    card = page.all(css="hit")[0]
    assert FOREIGN in card.text and "Tep".upper() in card.text
    assert suspect.number not in page.html and suspect.documents[0].number not in page.html
    assert not card.all("a", href=True)
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_a_clerk_sees_the_card_and_no_way_behind_the_glass(clerk, own, suspect):
    page = clerk.send("/find/", {"q": FOREIGN}).text
    assert FOREIGN in page and "/break-glass/" not in page
    assert clerk.send("/break-glass/ask", {"word": "anything"}).status_code == 403


def test_a_card_hangs_nowhere_but_on_a_case(clerk, own, suspect):
    word = clerk.send("/lookup/card", {"q": FOREIGN}).json["items"][0]["id"]
    assert not word.isdecimal()
    assert clerk.send("/lookup/person", {"q": FOREIGN}).json["items"] == []
    answer = clerk.send("/personname/add", {"person": word, "kind": "alias", "text_km": "តូច"})
    assert answer.status_code == 422
    assert clerk.get(f"/person/show/{suspect.id}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "ខ្លី"}, {"case_number": "02-2026-999999"}, {"reason": ""}, {"case_number": ""}],
    ids=str,
)
def test_without_a_reason_or_a_case_of_ones_own_nothing_opens(investigator, own, suspect, wrong):
    assert open_by_break_glass(investigator, own, **wrong).status_code == 422
    assert openings() == []


def test_a_case_of_another_province_is_no_reason(investigator, own, foreign):
    assert open_by_break_glass(investigator, foreign).status_code == 422


def test_the_word_of_another_officer_opens_nothing(investigator, client_as, own, suspect):
    word = word_of_the_card(client_as("chief.bb"))
    assert open_by_break_glass(investigator, own, word=word).status_code == 404
    assert investigator.send("/break-glass/ask", {"word": word}).status_code == 404


def test_behind_the_glass_the_record_is_read_until_a_time_that_is_shown(
    each_database, investigator, own, suspect
):
    asked = investigator.send("/break-glass/ask", {"word": word_of_the_card(investigator)})
    assert FOREIGN in Page.of(asked).text
    answer = open_by_break_glass(investigator, own)
    assert answer.location == f"/person/show/{suspect.id}"
    page = investigator.page(answer.location)
    assert suspect.documents[0].number in page.text
    assert not [a for a in page.all("a", href=True) if "/edit/" in a["href"] or "/add" in a["href"]]
    one = openings()[0]
    assert one.closes_at - one.opened_at == timedelta(hours=8)
    assert (one.reason, one.case_number, one.owner_unit) == (REASON, own.number, "PC-12")
    one.closes_at = dates.now()
    db.session.commit()
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_behind_the_glass_nobody_else_sees_and_no_case_opens(investigator, clerk, own, foreign, suspect):
    open_by_break_glass(investigator, own)
    assert clerk.get(f"/person/show/{suspect.id}").status_code == 404
    assert investigator.get(f"/case/show/{foreign.id}").status_code == 404


@pytest.fixture
def behind_the_glass(investigator, own, suspect):
    """A session of the investigator to whom the suspect was opened."""
    open_by_break_glass(investigator, own)
    reader = user("investigator.bb")
    act_as(
        db.session,
        Actor(reader.id, reader.unit_code, scope=scope_of(reader, f'[["break_glass", {suspect.id}]]')),
    )
    yield db.session
    db.session.rollback()
    act_as(db.session, THE_REGISTER)


def _an_edit(person):
    person.phone = "012 000 000"


def _of_a_row(person):
    person.names[0].text_km = "ឈ្មោះក្លែង"


def _a_new_row(person):
    db.session.add(PersonMark(person=person, kind="tattoo", text="រូបនាគ"))


def _a_new_row_by_key(person):
    db.session.add(PersonName(person_id=person.id, kind="alias", text_km="តូច"))


def _of_his_case(person):
    from app.cases.models import Involvement

    row = db.session.scalars(select(Involvement).where(Involvement.person_id == person.id)).one()
    row.injury = "light"


@pytest.mark.parametrize("change", [_an_edit, _of_a_row, _a_new_row, _a_new_row_by_key, _of_his_case])
def test_what_was_opened_is_read_and_not_changed_by_whatever_way(behind_the_glass, suspect, change):
    change(behind_the_glass.get(Person, suspect.id))
    with pytest.raises(RuleBroken):
        behind_the_glass.flush()


def test_the_pages_and_the_api_change_nothing_either(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    investigator.send(f"/person/edit/{suspect.id}", {"phone": "012 1", "_version": str(suspect.version)})
    db.session.refresh(suspect)
    assert suspect.phone != "012 1"
    row = {"person": str(suspect.id), "kind": "alias", "text_km": "តូច"}
    assert investigator.send("/personname/add", row).status_code == 422
    body = {"phone": "012 1", "version": suspect.version}
    headers = {"X-CSRFToken": investigator.token}
    assert investigator.put(f"/api/v1/persons/{suspect.id}", json=body, headers=headers).status_code == 422


def test_no_form_opens_behind_the_glass_and_nothing_goes_into_a_file(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    way = f"/person/show/{suspect.id}"
    assert f"/export/person/{suspect.id}" not in investigator.page(way).html
    for address in (
        f"/person/edit/{suspect.id}",
        f"/personname/edit/{suspect.names[0].id}",
        f"/personname/add?person={suspect.id}",
        f"/export/person/{suspect.id}",
    ):
        answer = investigator.get(address)
        assert answer.status_code == 302, address
        assert "សម្រាប់អានតែប៉ុណ្ណោះ" in investigator.page(answer.location).all(role="status")[0].text, address


def test_a_suspect_of_ones_own_new_case_may_be_somebody_opened(behind_the_glass, suspect):
    case = a_registered_case(people=[(behind_the_glass.get(Person, suspect.id), "suspect")])
    behind_the_glass.commit()
    assert case.id


def test_a_protected_victim_is_not_behind_the_glass(investigator, own, db_session):
    victim = a_registered_person(number=8, surname_km="វង្ស")
    with written_by("clerk.pp"):
        people = [(victim, "victim"), (a_registered_person(number=9), "suspect")]
        a_registered_case(place="120101", people=people, sensitivity="sexual")
    db_session.commit()
    assert not Page.of(investigator.send("/find/", {"q": "វង្ស"})).all(css="hit")
    from app.people import nationwide as door

    with investigator.application.test_request_context():
        reader = user("investigator.bb")
        act_as(db.session, Actor(reader.id, reader.unit_code, scope=scope_of(reader)))
        word = door.token_of(victim)
    assert open_by_break_glass_with(investigator, own, word).status_code == 404


def open_by_break_glass_with(browser, case, word):
    return browser.send("/break-glass/open", {"word": word, "reason": REASON, "case_number": case.number})


def test_somebody_who_becomes_protected_is_hidden_behind_the_glass_too(investigator, own, foreign, suspect):
    open_by_break_glass(investigator, own)
    with written_by("clerk.pp"):
        foreign.involvements[0].role = "witness"
        db.session.commit()
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404


def test_the_owner_is_told_at_once_and_his_chief_has_72_hours(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    (opening,) = openings()
    told = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(one.kind, one.to_role, one.to_unit_code) for one in told] == [
        ("task", "Provincial chief", "PC-12"),
        ("notice", None, "PC-12"),
    ]
    assert told[0].due_at - opening.opened_at == timedelta(hours=72)
    assert not any(FOREIGN in str(one.facts) for one in told)
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert "breakglass.opened" in actions


@pytest.fixture
def chief_of_phnom_penh(client_as, db_session):
    """The clerk of Phnom Penh serves as its chief now."""
    user("clerk.pp").roles = user("chief.bb").roles[:]
    db_session.commit()
    from tests import sign_ins

    with client_as("clerk.pp").application.app_context():
        sign_ins.write("clerk.pp")
    return client_as("clerk.pp")


def test_the_chief_of_the_owner_reviews_and_closes_what_was_not_justified(
    each_database, investigator, own, suspect, chief_of_phnom_penh
):
    open_by_break_glass(investigator, own)
    (opening,) = openings()
    assert suspect.number in chief_of_phnom_penh.page("/break-glass/list/").text
    url = f"/break-glass/review/{opening.id}"
    assert chief_of_phnom_penh.send(url, {"verdict": "unjustified", "note": "ទេ"}).status_code == 422
    assert chief_of_phnom_penh.send(url, {"verdict": "unjustified", "note": REASON}).status_code == 302
    opening = openings()[0]
    assert (opening.justified, opening.reviewed_by_id) == (False, user("clerk.pp").id)
    assert investigator.get(f"/person/show/{suspect.id}").status_code == 404
    kinds = db.session.scalars(select(Message.text_key).where(Message.done_at.is_(None))).all()
    assert "breakglass.review" not in kinds and "breakglass.unjustified" in kinds


def test_a_chief_of_another_province_neither_sees_nor_reviews_it(investigator, client_as, own, suspect):
    open_by_break_glass(investigator, own)
    (opening,) = openings()
    chief = client_as("chief.bb")
    assert suspect.number not in chief.page("/break-glass/list/").text
    assert chief.get(f"/break-glass/show/{opening.id}").status_code == 404
    answer = chief.send(f"/break-glass/review/{opening.id}", {"verdict": "justified", "note": REASON})
    assert answer.status_code == 404


def test_nobody_reviews_himself_not_even_in_the_database(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    (opening,) = openings()
    with pytest.raises(IntegrityError):
        db.session.execute(
            update(Opening).where(Opening.id == opening.id).values(reviewed_by_id=opening.user_id)
        )
    db.session.rollback()


def test_after_72_hours_without_a_review_the_nation_is_alerted_once(investigator, own, suspect):
    open_by_break_glass(investigator, own)
    assert tell_late(db.session) == 0
    openings()[0].opened_at = dates.now() - timedelta(hours=73)
    db.session.commit()
    assert (tell_late(db.session), tell_late(db.session)) == (1, 0)
    late = db.session.scalars(select(Message).where(Message.text_key == "breakglass.late")).one()
    assert (late.kind, late.to_role) == ("task", "Criminal police monitor")


def test_a_refused_entry_with_a_card_can_be_sent_again(clerk, own, suspect):
    word = clerk.send("/lookup/card", {"q": FOREIGN}).json["items"][0]["id"]
    known = {"people-0-known-known": word, "people-0-known-known__text": FOREIGN}
    refused = clerk.send("/entry/a-card", theft(known | {"case-summary": ""}))
    assert refused.status_code == 422
    again = Page(refused.text).typed()
    assert again["people-0-known-known"] == [word]
