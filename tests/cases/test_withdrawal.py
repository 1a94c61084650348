"""An author withdraws a row of a case within its 48 hours, with a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, ExhibitMovement, Involvement, Supplement
from app.court_orders.models import CourtOrder
from app.crashes.models import Crash, RoadUser
from app.custody.models import Arrest
from app.extensions import db
from app.inbox.models import Message
from app.inbox.unread_counts import INBOX
from app.indices.models import Relation
from app.investigation.models import ActExhibit, Charge, InvestigationAct, OutcomeNotice
from app.kernel.actor import UNRESTRICTED, Actor, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.database import versioned_cache
from app.kernel.schema.record import Record
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation import withdrawal
from app.lineups.models import Lineup
from app.minors.models import MinorContact, MinorStep
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep
from app.reference.models import Offence, Unit
from tests.accounts.sample_staff import find_user
from tests.court_orders.sample_orders import build_order, make_active_order, make_order
from tests.custody.form_data import enter_arrest, enter_detention, enter_judgment, format_day
from tests.custody.sample_rows import add_one_of_each
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

REASON = {"reason": "បញ្ចូលច្រឡំ"}


@prepared
def case(app, db_session, each_database):
    """A case of a clerk with a second suspect, a second offence, and one row of each other kind."""
    with acting_as("clerk.bb"):
        people = [(make_registered_person(number=n), "suspect") for n in (1, 2)]
        case = add_registered_case(people=people)
        case.offences.append(CaseOffence(offence=case.offences[0].offence, offence_class="misdemeanour"))
        db_session.commit()
    return case


def withdraw(client, row, form=REASON):
    return client.send(f"/{type(row).__name__.lower()}/withdraw/{row.id}", form)


def edit(client, url, **values):
    typed = client.page(url).typed()
    return client.post(url, data=typed | values)


@pytest.mark.parametrize("rows", ["offences", "involvements", "files", "supplements"])
def test_author_withdraws_a_row(clerk, db_session, case, rows):
    row = getattr(case, rows)[-1]
    answer = withdraw(clerk, row)
    assert (answer.status_code, answer.location) == (302, f"/case/show/{case.id}")
    db_session.expire_all()
    assert row.is_void and row.void_reason == REASON["reason"]
    assert not case.is_void
    assert clerk.page(f"/case/show/{case.id}").all(css="voided") or rows == "files"


@pytest.mark.parametrize("reason", ["", "   ", "ក" * 401, "ក\x00ខ"])
def test_wrong_reason_is_reported_at_its_field_and_kept(clerk, db_session, case, reason):
    row = case.supplements[0]
    answer = withdraw(clerk, row, {"reason": reason})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.by_id("reason-bad").text
    assert "data-focus-now" in page.by_id("reason").attributes  # the form is at the end of a long page
    # HTML has no NUL: browsers show it as U+FFFD.
    assert page.by_id("reason").raw.strip() == reason.strip().replace("\x00", "\ufffd")
    db_session.expire_all()
    assert not row.is_void


def test_withdrawn_rows_are_shown_and_not_counted(clerk, db_session, case):
    offence = db_session.scalars(select(Offence).where(Offence.family == "drugs")).first()
    with acting_as("clerk.bb"):
        case.offences.append(CaseOffence(offence=offence, offence_class="misdemeanour"))
        make_active_order(case.involvements[0].person)
        db_session.commit()
    withdrawn = *case.offences[:2], case.involvements[0], case.files[0]
    notes = len(clerk.page(f"/case/show/{case.id}").all(css="note"))
    assert all(withdraw(clerk, one).status_code == 302 for one in withdrawn)
    clerk.get(f"/case/show/{case.id}")  # shows the messages of the withdrawals
    page = clerk.page(f"/case/show/{case.id}")
    assert str(offence) in page.all("h1")[0].text
    counts = [one.all(css="tag")[0].text for one in page.all("header") if one.all(css="tag")]
    assert counts == ["១", "១", "១", "០"]
    assert len(page.all(css="note")) == notes - 1  # no longer the note of the wanted suspect


def test_other_officers_cannot_withdraw_the_row(client_as, db_session, case):
    row = case.supplements[0]
    assert withdraw(client_as("investigator.bb"), row).status_code == 422
    assert withdraw(client_as("clerk.pp"), row).status_code == 404
    assert "withdraw" not in client_as("investigator.bb").get(f"/supplement/show/{row.id}").text
    db_session.expire_all()
    assert not row.is_void


def test_row_cannot_be_withdrawn_after_48_hours(clerk, db_session, each_database):
    row = add_case_of_age(LOCKED_AGE).exhibits[0]
    db_session.commit()
    assert withdraw(clerk, row).status_code == 422
    db_session.expire_all()
    assert not row.is_void


def test_row_is_withdrawn_once(clerk, db_session, case):
    row = case.supplements[0]
    withdraw(clerk, row)
    assert withdraw(clerk, row, {"reason": "ផ្សេង"}).status_code == 422
    db_session.expire_all()
    assert row.void_reason == REASON["reason"]


def test_last_offence_of_a_case_cannot_be_withdrawn(clerk, db_session, case):
    first, second = case.offences
    assert withdraw(clerk, second).status_code == 302
    assert withdraw(clerk, first).status_code == 422
    db_session.expire_all()
    assert not first.is_void


def test_row_that_another_record_names_cannot_be_withdrawn(clerk, db_session, case):
    suspect, exhibit = case.involvements[0], case.exhibits[0]
    with acting_as("clerk.bb"):
        add_one_of_each(suspect, "PC-02")
        movement = {"kind": "seized", "moved_on": case.reported_at.date(), "witness": "ជា សុខា"}
        db_session.add(ExhibitMovement(exhibit=exhibit, **movement))
        db_session.commit()
    assert withdraw(clerk, suspect).status_code == withdraw(clerk, exhibit).status_code == 422
    db_session.expire_all()
    assert not suspect.is_void and not exhibit.is_void


@pytest.fixture
def new_person_row(clerk, db_session, case):
    """The row of a person who was registered with it, with an identity card."""
    with acting_as("clerk.bb"):
        person = make_registered_person(number=3)
        person.documents.append(PersonDocument(kind="national_id", number="010203040"))
        case.involvements.append(Involvement(person=person, role="suspect"))
        db_session.commit()
    return case.involvements[-1]


def test_person_is_withdrawn_with_the_row_that_registered_the_person(clerk, db_session, new_person_row):
    person = new_person_row.person
    assert withdraw(clerk, new_person_row).status_code == 302
    db_session.expire_all()
    assert person.is_void and person.documents[0].is_void and person.void_reason == REASON["reason"]
    for typed in (person.documents[-1].number, person.number, str(person)):
        found = clerk.send("/lookup/card", {"q": typed}).json["items"]
        assert str(person.id) not in [one["id"] for one in found]


def test_person_of_another_case_or_of_two_authors_is_not_withdrawn(
    clerk, client_as, db_session, case, new_person_row
):
    person = new_person_row.person
    with acting_as("clerk.bb"):
        add_registered_case(people=[(person, "victim")])
        db_session.commit()
    assert withdraw(clerk, new_person_row).status_code == 302
    other = make_registered_person(number=4)
    with acting_as("clerk.bb"):
        case.involvements.append(Involvement(person=other, role="suspect"))
        db_session.commit()
    with acting_as("investigator.bb"):
        other.documents.append(PersonDocument(kind="passport", number="N123456"))
        db_session.commit()
    assert withdraw(clerk, case.involvements[-1]).status_code == 302
    db_session.expire_all()
    assert not person.is_void and not other.is_void
    assert "កំណត់ត្រាបុគ្គលនៅដដែល" in clerk.get(f"/case/show/{case.id}").text


def test_chief_is_notified_of_withdrawn_rows(clerk, client_as, db_session, each_database, case):
    with acting_as("clerk.bb"):
        case.exhibits.append(Exhibit(kind="phone", property_role="seized"))
        offence = db_session.get(Offence, "PC2009-354_357")
        case.offences.append(CaseOffence(offence=offence, attempt=False, offence_class="misdemeanour"))
        act = InvestigationAct(case=case, kind="site_visit", begun_at=dates.now(), result="បានពិនិត្យ")
        act.officer = find_user("clerk.bb")
        db_session.add(act)
        db_session.commit()
    for row in (case.involvements[0], case.exhibits[-1], case.supplements[0], case.offences[-1], act):
        assert withdraw(clerk, row).status_code == 302
    found = select(Message.text_key).where(
        Message.to_role == "Provincial chief", Message.to_unit_code == "PC-02"
    )
    withdrawn = {f"case.{name}_withdrawn" for name in ("suspect", "exhibit", "supplement", "offence", "act")}
    assert set(db_session.scalars(found)) == withdrawn
    assert case.number in client_as("chief.bb").page("/inbox/list/").text


def test_chief_is_notified_of_a_replaced_offence(db_session, each_database, case):
    with acting_as("clerk.bb"):
        case.offences[0].motive = "dispute"
        db_session.commit()
        assert not db_session.scalars(select(Message)).all()
        offence = case.offences[0].offence
        other = select(Offence).where(Offence.code != offence.code, Offence.family == offence.family)
        case.offences[0].offence = db_session.scalars(other.order_by(Offence.code)).first()
        db_session.commit()
    (notice,) = db_session.scalars(select(Message)).all()
    assert (notice.text_key, notice.to_role, notice.entity_id) == (
        "case.offence_withdrawn", "Provincial chief", case.id,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"quantity": "1"}, {"substance": "other"}, {"kind": "document"}, {"property_role": "used"}]
)
def test_chief_is_notified_of_a_seized_exhibit_that_is_changed(clerk, db_session, case, change):
    seized = {"kind": "drug", "substance": "ice", "quantity": 1000, "measure": "gram", "description": "ថង់"}
    with acting_as("clerk.bb"):
        case.exhibits += [Exhibit(property_role=role, **seized) for role in ("seized", "stolen")]
        db_session.commit()
    program = Program(clerk)
    for exhibit in case.exhibits[-2:]:
        version = program.get(f"exhibits/{exhibit.id}")["result"]["version"]
        same = program.put(f"exhibits/{exhibit.id}", {"version": version, "quantity": "1000"})["result"]
        program.put(f"exhibits/{exhibit.id}", {"version": same["version"]} | change)
    notices = db_session.scalars(select(Message).where(Message.text_key == "case.exhibit_changed")).all()
    assert [(one.to_role, one.entity_id) for one in notices] == [("Provincial chief", case.id)]


@pytest.mark.parametrize(
    ("change", "is_notified"),
    [
        ({"serial": "35-209900-176148-2"}, True),
        ({"serial": None}, True),
        ({"kind": "other"}, True),
        ({"phone": "012 345 678", "colour": "ខ្មៅ"}, False),
    ],
)
@pytest.mark.parametrize("role", ["stolen", "seized"])
def test_chief_is_notified_of_another_number_of_an_item(clerk, db_session, case, role, change, is_notified):
    with acting_as("clerk.bb"):
        item = Exhibit(kind="phone", property_role=role, serial="35-209900-176148-1", description="ទូរស័ព្ទ")
        case.exhibits.append(item)
        db_session.commit()
    Program(clerk).put(f"exhibits/{item.id}", {"version": item.version} | change)
    text_key = "case.stolen_item_changed" if role == "stolen" else "case.exhibit_changed"
    notices = db_session.scalars(select(Message)).all()
    sent = [(text_key, "Provincial chief", "PC-02", case.id)] if is_notified else []
    assert [(one.text_key, one.to_role, one.to_unit_code, one.entity_id) for one in notices] == sent


def test_chief_is_notified_of_a_withdrawn_stolen_item(clerk, db_session, case):
    with acting_as("clerk.bb"):
        case.exhibits.append(Exhibit(kind="phone", property_role="stolen", serial="35-209900-176148-1"))
        db_session.commit()
    assert withdraw(clerk, case.exhibits[-1]).status_code == 302
    assert db_session.scalars(select(Message.text_key)).all() == ["case.stolen_item_changed"]


def test_void_rows_of_other_officers_keep_no_person(clerk, db_session, new_person_row):
    person = new_person_row.person
    with acting_as("investigator.bb"):
        person.documents.append(PersonDocument(kind="passport", number="N123456"))
        db_session.commit()
        person.documents[-1].voided_at, person.documents[-1].void_reason = dates.now(), "ខុស"
        db_session.commit()
    assert withdraw(clerk, new_person_row).status_code == 302
    db_session.expire_all()
    assert person.is_void and person.documents[-1].void_reason == "ខុស"


def test_related_lists_count_valid_rows(clerk, db_session, new_person_row):
    person = new_person_row.person
    with acting_as("clerk.bb"):
        person.documents.append(PersonDocument(kind="passport", number="N123456"))
        db_session.commit()
        person.documents[0].voided_at, person.documents[0].void_reason = dates.now(), "ខុស"
        db_session.commit()
    (card,) = clerk.page(f"/person/show/{person.id}").all("details", id="PersonDocumentView")
    assert len(card.all("tr", css="voided")) == 1 and card.all(css="tag")[0].text == "២"
    assert "មោឃៈ" in card.all("tr", css="voided")[0].text


def test_no_record_names_a_withdrawn_suspect(clerk, db_session, case):
    assert withdraw(clerk, case.involvements[0]).status_code == 302
    db_session.expire_all()
    with acting_as("clerk.bb"):
        with pytest.raises(RuleViolation) as refused:
            add_one_of_each(case.involvements[0], "PC-02")
        db_session.rollback()
    refused_at = {(type(one.row).__name__, one.field) for one in refused.value.problems}
    assert {(name, "involvement") for name in ("Arrest", "Judgment", "Detention")} <= refused_at


@pytest.mark.parametrize(
    ("enter", "over"),
    [
        (enter_arrest, {}),
        (enter_detention, {"since": format_day(), "document_date": format_day()}),
        (enter_judgment, {"decided_on": format_day()}),
    ],
)
def test_form_refuses_a_withdrawn_suspect_at_the_field(clerk, case, enter, over):
    suspect = case.involvements[0]
    assert withdraw(clerk, suspect).status_code == 302
    page = enter(clerk, suspect, 422, **over)
    assert page.by_id("involvement-bad").text


def test_suspect_withdrawn_while_the_arrest_is_saved_is_refused(db_session, case):
    """The rules of the arrest have read the row; then its author withdraws it, before the arrest is written."""
    suspect = case.involvements[0]
    pk, author = suspect.id, suspect.recorded_by_id
    versioned_cache.bump(db_session, INBOX)  # both send messages, and neither sends the first one of all
    db_session.commit()

    def withdraw_meanwhile():
        with Session(db.engine) as other:
            act_as(other, Actor(author, "PC-02", scope=UNRESTRICTED))
            row = other.get(Involvement, pk)
            row.voided_at, row.void_reason = dates.now(), "ខុស"
            other.commit()

    with acting_as("clerk.bb"):
        arrest = Arrest(
            involvement=suspect,
            at=dates.now() - timedelta(hours=5),
            ground="flagrant",
            by_unit=db_session.get(Unit, "PC-02"),
            officers="ម",
        )
        with db_session.no_autoflush:  # the other session adds messages to this one
            withdraw_meanwhile()
        db_session.add(arrest)
        with pytest.raises(RuleViolation) as refused:
            db_session.commit()
        db_session.rollback()
    assert [one.field for one in refused.value.problems] == ["involvement"]
    assert db_session.scalar(select(func.count()).select_from(Arrest)) == 0


def register_person():
    """Return (id, author) of a person of the clerk who is in no case."""
    with acting_as("clerk.bb"):
        person = make_registered_person(number=7)
        person.names, person.documents, person.addresses, person.marks = [], [], [], []
        db.session.add(person)
        db.session.commit()
    return person.id, person.recorded_by_id


def withdraw_elsewhere(person_id, author):
    """Withdraw the person in another session, as its author."""
    with Session(db.engine) as other:
        act_as(other, Actor(author, "PC-02", scope=UNRESTRICTED))
        if other.get_bind().dialect.name == "postgresql":
            other.execute(text("SET LOCAL lock_timeout = 100"))
        else:
            other.execute(text("PRAGMA busy_timeout = 100"))
        row = other.get(Person, person_id)
        row.voided_at, row.void_reason = dates.now(), "ខុស"
        other.commit()


def test_person_withdrawn_while_an_order_is_saved_is_refused(db_session, each_database):
    person_id, author = register_person()
    with acting_as("warrant.bb"):
        person = db_session.get(Person, person_id)
        with db_session.no_autoflush:
            withdraw_elsewhere(person_id, author)
        db_session.add(build_order(person=person))
        with pytest.raises(RuleViolation) as refused:
            db_session.commit()
        db_session.rollback()
    assert [(type(one.row), one.field) for one in refused.value.problems] == [(CourtOrder, "person")]


def test_person_whom_an_unsaved_order_names_is_not_withdrawn_before(db_session, each_database):
    person_id, author = register_person()
    with acting_as("warrant.bb"):
        make_order(person=db_session.get(Person, person_id))
        with pytest.raises(OperationalError):  # waits for the order, here too long
            withdraw_elsewhere(person_id, author)
        db_session.commit()
    with pytest.raises(RuleViolation):
        withdraw_elsewhere(person_id, author)


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "clerk.crim"])
@pytest.mark.parametrize("role", ["witness", "victim", "other"])
def test_no_edit_gives_a_suspect_another_role(client_as, case, username, role):
    suspect = case.involvements[0]
    browser, program = client_as(username), Program(client_as(username))
    answer = edit(browser, f"/involvement/edit/{suspect.id}", role=role)
    assert answer.status_code == 422 and Page(answer.text).by_id("role-bad").text
    version = program.get(f"involvements/{suspect.id}")["result"]["version"]
    refused = program.put(f"involvements/{suspect.id}", {"version": version, "role": role}, 422)
    assert list(refused["errors"]) == ["role"]
    db.session.expire_all()
    assert (suspect.role, suspect.protection) == ("suspect", None)


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "clerk.crim"])
def test_no_edit_makes_a_witness_a_suspect(client_as, db_session, case, username):
    with acting_as("clerk.bb"):
        row = Involvement(person=make_registered_person(number=3), role="witness")
        case.involvements.append(row)
        db_session.commit()
    program = Program(client_as(username))
    refused = program.put(f"involvements/{row.id}", {"version": row.version, "role": "suspect"}, 422)
    assert list(refused["errors"]) == ["role"]
    db.session.expire_all()
    assert (row.role, row.protection) == ("witness", "witness")


def test_role_of_an_expired_row_is_compared_too(db_session, case):
    with acting_as("clerk.bb"):
        suspect = case.involvements[0]
        db_session.expire_all()
        suspect.role = "witness"
        with pytest.raises(RuleViolation):
            db_session.commit()
        db_session.rollback()


def test_two_officers_do_not_withdraw_the_last_two_offences(db_session, case):
    """Both have read the case with two offences; each offence alone may be withdrawn."""
    first, last = case.offences
    author, pk = Actor(first.recorded_by_id, "PC-02", scope=UNRESTRICTED), last.id
    with Session(db.engine) as other:
        act_as(other, author)
        meanwhile = other.get(CaseOffence, pk)
        meanwhile.voided_at, meanwhile.void_reason = dates.now(), "ខុស"
        other.commit()
    with acting_as("clerk.bb"), pytest.raises(RuleViolation) as refused:
        assert not last.is_void
        withdrawal.withdraw(first, "ខុស", first.recorded_by_id)
    db_session.rollback()
    assert [one.rule for one in refused.value.problems] == ["V011"]
    assert not first.is_void and last.is_void


def test_database_refuses_what_the_session_would_refuse(db_session, case):
    row = case.supplements[0]
    pk, author = row.id, row.recorded_by_id
    change = "UPDATE supplement SET voided_at = recorded_at, void_reason = {reason}, changed_by_id = {by} WHERE id = {pk}"
    for reason, by in (("''", author), ("'x'", author + 1), ("'x'", "NULL")):
        with pytest.raises(DBAPIError):
            db_session.execute(text(change.format(reason=reason, by=by, pk=pk)))
        db_session.rollback()


@pytest.mark.parametrize("rows", ["offences", "involvements", "files", "supplements"])
def test_withdrawn_row_does_not_stop_a_later_edit(clerk, db_session, case, rows):
    row = getattr(case, rows)[-1]
    assert withdraw(clerk, row).status_code == 302
    assert edit(clerk, f"/case/edit/{case.id}", place="020302").status_code == 302
    db_session.expire_all()
    assert row.commune_code == case.commune_code == "020302"


def test_birth_of_a_withdrawn_person_can_be_edited(clerk, db_session, case):
    row = case.involvements[-1]
    with acting_as("clerk.bb"):
        add_registered_case(people=[(row.person, "suspect")])
        db_session.commit()
    assert withdraw(clerk, row).status_code == 302
    assert edit(clerk, f"/person/edit/{row.person_id}", born_on="01-01-1970").status_code == 302
    db_session.expire_all()
    assert row.age == row.case.occurred_from.year - 1970


def test_withdrawn_row_of_a_victim_is_protected_later(clerk, db_session, case):
    victim = make_registered_person(number=3)
    with acting_as("clerk.bb"):
        case.involvements.append(Involvement(person=victim, role="victim"))
        db_session.commit()
    row = case.involvements[-1]
    assert withdraw(clerk, row).status_code == 302
    assert edit(clerk, f"/case/edit/{case.id}", sensitivity="sexual").status_code == 302
    db_session.expire_all()
    assert row.protection == "victim"
    assert clerk.get(f"/person/show/{row.person_id}").status_code == 404


RESOURCES = {
    "offences": "case-offences",
    "involvements": "involvements",
    "exhibits": "exhibits",
    "files": "case-files",
    "supplements": "supplements",
}


@pytest.mark.parametrize("rows", RESOURCES)
def test_program_withdraws_a_row_of_every_kind_as_the_page_does(client_as, clerk, db_session, case, rows):
    with acting_as("clerk.bb"):
        case.exhibits.append(Exhibit(kind="phone", property_role="seized"))
        db_session.commit()
    row = getattr(case, rows)[-1]
    path, entity = f"{RESOURCES[rows]}/{row.id}/withdraw", row.__tablename__
    Program(client_as("clerk.pp")).post(path, REASON, 404)
    assert Program(client_as("investigator.bb")).post(path, REASON, 422)["errors"]
    assert "reason" in Program(clerk).post(path, {}, 422)["errors"]
    Program(clerk).post(path, REASON, 200)
    Program(clerk).post(path, REASON, 422)
    db_session.expire_all()
    assert row.is_void and row.void_reason == REASON["reason"]
    of_row = (
        AuditEvent.entity == entity,
        AuditEvent.entity_id == row.id,
        AuditEvent.action == "record.changed",
    )
    (change,) = db_session.scalars(select(AuditEvent).where(*of_row)).all()
    assert change.actor_id == row.recorded_by_id


def test_wrong_witness_is_withdrawn_and_added_as_a_suspect(client_as, clerk, db_session, case):
    with acting_as("clerk.bb"):
        person = make_registered_person(number=3)
        row = Involvement(person=person, role="other")
        case.involvements.append(row)
        add_registered_case(people=[(person, "complainant")])
        db_session.commit()
    pk, person, name = row.id, row.person_id, str(row.person)
    assert edit(clerk, f"/involvement/edit/{pk}", role="witness").status_code == 302
    assert edit(clerk, f"/involvement/edit/{pk}", role="suspect").status_code == 422
    assert withdraw(clerk, row).status_code == 302
    assert f"/involvement/edit/{pk}" not in clerk.get(f"/person/show/{person}").text
    body = {"known": person, "role": "suspect", "injury": "none", "photo_missing": "not_available"}
    Program(clerk).post(f"cases/{case.id}/add", {"people": [body]})
    assert name in client_as("investigator.bb").get(f"/case/show/{case.id}").text


def test_rows_of_cases_and_people_can_be_withdrawn():
    models = {one for one in Record.__subclasses__() if one.__withdrawable__}
    of_people = {Person, PersonName, PersonDocument, PersonAddress, PersonMark, PersonPhoto}
    of_cases = {
        CaseOffence,
        Involvement,
        Exhibit,
        ExhibitMovement,
        CaseFile,
        Supplement,
        InvestigationAct,
        ActExhibit,
        OutcomeNotice,
        Relation,
        Charge,
        Lineup,
        Crash,
        RoadUser,
        ProtectionOrder,
        ProtectionOrderStep,
    }
    of_units = {MinorContact, MinorStep}
    assert models == of_cases | of_people | of_units
    assert not Case.__withdrawable__
