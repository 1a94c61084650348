"""Contacts with minors: who sees them, their steps, and where they never appear."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts.account_functions import JUVENILE_OFFICER
from app.accounts.user_scope import build_user_scope
from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import Actor, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.minors import referral_letters, rules
from app.minors.jobs import send_reminders
from app.minors.models import MinorContact, MinorStep
from app.people.models import Person
from tests import sample_rows
from tests.accounts.sample_staff import find_user
from tests.sample_rows import BATTAMBANG
from tests.sql_calls import Program

NAME = "ចាន់ សុផាត"
OFFICER, SAME_UNIT, CHIEF = "warrant.bb", "investigator.bb", "chief.bb"
TODAY = dates.now().date()


def show(moment):
    return moment.strftime("%d/%m/%Y %H:%M")


@pytest.fixture
def officer(client_as, db_session):
    """The browser of the juvenile officer of Battambang."""
    with sample_rows.acting_as(CHIEF):
        find_user(OFFICER).functions = JUVENILE_OFFICER
        db_session.commit()
    return client_as(OFFICER, "en")


def enter(browser, **over):
    form = {
        "met_at": show(dates.now() - timedelta(hours=2)), "reason": "in_need", "name": NAME, "sex": "F", "age": "13",
        "place": BATTAMBANG, "guardian": "ចាន់ ធី", "guardian_informed_at": show(dates.now() - timedelta(hours=1)),
        "heard_with": "ភ្នាក់ងារ",
    }  # fmt: skip
    return browser.send("/minorcontact/add", form | over)


def read_contact():
    db.session.expire_all()
    return db.session.query(MinorContact).one()


def take_step(browser, kind, **over):
    form = {"contact": read_contact().id, "kind": kind, "done_on": TODAY.strftime("%d/%m/%Y")}
    return browser.send("/minorstep/add", form | over)


def test_only_the_juvenile_officer_and_the_chief_see_a_contact(officer, client_as, each_database):
    assert enter(officer).status_code == 302
    contact = read_contact()
    url = f"/minorcontact/show/{contact.id}"
    assert NAME in officer.page(url).text
    assert NAME in client_as(CHIEF, "en").page(url).text
    for name in (SAME_UNIT, "clerk.bb", "clerk.pp", "twg", "planning", "manager"):
        assert client_as(name).get(url).status_code == 403, name


def test_name_of_a_minor_counts_for_the_daily_limit(officer, client_as, db_session):
    enter(officer)
    client_as(CHIEF, "en").page("/minorcontact/list/")
    listed = select(AuditEvent).where(
        AuditEvent.entity == "minor_contact", AuditEvent.action == "access.listed"
    )
    assert [one.facts["unregistered"] for one in db_session.scalars(listed)] == [
        [f"minor_contact:{read_contact().id}"]
    ]


def test_row_filter_and_policy_hide_the_contact_from_plain_sql(officer, db_session, each_database):
    enter(officer)
    for name, seen in (
        (OFFICER, 1),
        (CHIEF, 1),
        (SAME_UNIT, 0),
        ("twg", 0),
        ("clerk.pp", 0),
        ("clerk.bb", 0),
    ):
        user = find_user(name)
        db_session.commit()
        act_as(db_session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
        assert db_session.query(MinorContact).count() == seen, name
        if each_database == "postgresql":
            assert db_session.scalar(text("SELECT count(*) FROM minor_contact")) == seen, name


def test_contact_is_no_person_and_no_record_of_a_case_page_for_others(officer, client_as, db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case()
    db_session.commit()
    people = db_session.query(Person).count()
    assert enter(officer, case=case.id).status_code == 302
    assert db_session.query(Person).count() == people
    assert "MC-" in officer.page(f"/case/show/{case.id}").by_id("MinorContactView").text
    assert "MC-" not in client_as(SAME_UNIT, "en").page(f"/case/show/{case.id}").text
    assert client_as(SAME_UNIT).get("/minorcontact/list/").status_code == 403
    assert client_as(CHIEF).get("/export/table/MinorContactView").status_code == 404
    assert "/export/table/" not in client_as(CHIEF).get("/minorcontact/list/").text
    assert "corrections" not in client_as(CHIEF).get(f"/minorcontact/show/{read_contact().id}").text


def test_diversion_needs_the_letter_of_the_prosecutor_and_each_step_its_turn(officer, each_database):
    enter(officer)
    early = take_step(officer, "referred", receiver="មន្ទីរសង្គមកិច្ច")
    assert early.status_code == 422 and "does not follow the present status" in early.text
    assert take_step(officer, "assessed").status_code == 302
    assert take_step(officer, "proposed").status_code == 302
    until = (TODAY + timedelta(days=90)).strftime("%d/%m/%Y")
    refused = take_step(officer, "ordered", until_on=until)
    assert refused.status_code == 422 and "Only the prosecutor orders a diversion" in refused.text
    paper = {"document_no": "7/26", "document_date": TODAY.strftime("%d/%m/%Y"), "until_on": until}
    assert take_step(officer, "ordered", **paper).status_code == 302
    contact = read_contact()
    assert (contact.state, contact.due_on) == (rules.RUNNING, TODAY + timedelta(days=90))
    order = next(one for one in contact.steps if one.kind == "ordered")
    assert officer.send(f"/minorstep/withdraw/{order.id}", {"reason": "ខុស"}).status_code == 302
    assert (read_contact().state, read_contact().due_on) == (rules.PROPOSED, None)


def test_chief_is_notified_of_a_withdrawn_contact(officer, client_as, db_session, each_database):
    enter(officer)
    contact = read_contact()
    assert officer.send(f"/minorcontact/withdraw/{contact.id}", {"reason": "ខុស"}).status_code == 302
    assert contact.number in client_as(CHIEF).page("/inbox/list/").text
    (notice,) = db_session.scalars(select(Message).where(Message.entity == "minor_contact"))
    assert (notice.to_role, notice.to_unit_code) == ("Provincial chief", "PC-02")
    assert NAME not in str(notice.facts)


def test_api_follows_the_same_rules(officer, client_as, db_session):
    program = Program(officer)
    body = {"met_at": (dates.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"), "reason": "away", "name": NAME,
            "sex": "M", "age": 20, "place": BATTAMBANG}  # fmt: skip
    assert program.post("minor-contacts/", body, 422)["errors"]["age"][0]["rule"] == "V176"
    made = program.post("minor-contacts/", body | {"age": 9})["result"]
    assert made["state"] == rules.MET
    Program(client_as(SAME_UNIT)).get(f"minor-contacts/{made['id']}", 403)
    assert db_session.query(MinorStep).count() == 0


def test_referral_is_printed_by_the_juvenile_officer_only(officer, client_as, each_database):
    enter(officer)
    take_step(officer, "assessed")
    take_step(officer, "referred", receiver="អង្គការមិត្តកុមារ", note="ត្រូវការកន្លែងស្នាក់នៅ")
    assessed, referred = read_contact().steps
    url = f"/printout/referral/{referred.id}"
    assert url in officer.get(f"/minorstep/show/{referred.id}").text
    assert officer.get(url).mimetype == client_as(CHIEF).get(url).mimetype == "application/pdf"
    printed = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.printed"))
    assert [one.facts["unregistered"] for one in printed] == [[f"minor_contact:{read_contact().id}"]] * 2
    for name in (SAME_UNIT, "clerk.bb", "manager"):
        assert client_as(name).get(url).status_code == 403, name
    assert officer.get(f"/printout/referral/{assessed.id}").location == f"/minorstep/show/{assessed.id}"


def test_referral_keeps_what_happened_and_the_case_from_the_service(officer):
    enter(officer, text="ឪពុកវាយ", needs="កន្លែងស្នាក់នៅ")
    take_step(officer, "assessed")
    take_step(officer, "referred", receiver="អង្គការមិត្តកុមារ")
    letter = str(referral_letters.build_printout(read_contact().steps[-1]))
    assert NAME in letter and "កន្លែងស្នាក់នៅ" in letter and "អង្គការមិត្តកុមារ" in letter
    assert "ឪពុកវាយ" not in letter


def test_officers_are_reminded_once_before_a_diversion_ends(officer, client_as, db_session, each_database):
    enter(officer, reason="in_conflict", age="16")
    day = TODAY.strftime("%d/%m/%Y")
    order = {"document_no": "5/26", "document_date": day, "until_on": show_day(9)}
    for kind, values in (("assessed", {}), ("proposed", {}), ("ordered", order)):
        assert take_step(officer, kind, **values).status_code == 302, kind
    contact = read_contact()
    assert (contact.state, send_reminders(db.session)) == ("running", 0)
    with sample_rows.acting_as(OFFICER):
        contact.steps[-1].until_on = TODAY + timedelta(days=7)
        db_session.commit()
    assert (send_reminders(db.session), send_reminders(db.session)) == (1, 0)
    found = db_session.scalars(select(Message).where(Message.text_key == "minor_contact.ends_soon"))
    assert sorted((one.to_role, one.to_unit_code) for one in found) == [
        ("Provincial chief", "PC-02"), (JUVENILE_OFFICER, "PC-02"),
    ]  # fmt: skip
    for name, sees in ((OFFICER, True), (CHIEF, True), (SAME_UNIT, False)):
        assert (contact.number in client_as(name, "en").page("/inbox/list/").text) is sees, name


def show_day(days):
    return (TODAY + timedelta(days=days)).strftime("%d/%m/%Y")
