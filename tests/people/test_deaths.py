"""A death has an author, a document and a second officer. Nothing else makes a person dead."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.models import User
from app.court_orders.models import OrderMatch
from app.extensions import db
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from tests.court_orders.sample_orders import add_event, make_active_order
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.people.sample_deaths import confirm_death, decide, report_death
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

TODAY = dates.now().date().strftime("%d-%m-%Y")
DEATH = {"died_on": TODAY, "document_no": "7/26", "document_date": TODAY}


@prepared
def wanted(db_session, each_database):
    """A man of a locked record, wanted in Battambang."""
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        person = make_registered_person()
        add_registered_case(people=[(person, "suspect")])
    make_active_order(person=person)
    db_session.commit()
    return person


def read_status(person):
    db.session.expire_all()
    return status.get_statuses(db.session, [person.id])[person.id].status


def open_keys(**to):
    found = select(Message.text_key).where(Message.done_at.is_(None)).filter_by(**to)
    return set(db.session.scalars(found))


def test_typed_date_of_death_is_refused_everywhere(wanted, client_as, db_session):
    clerk = client_as("clerk.bb")
    page = clerk.page(f"/person/edit/{wanted.id}")
    typed = page.typed()
    assert "deceased_on" not in typed
    clerk.send(f"/person/edit/{wanted.id}", typed | {"deceased_on": TODAY})
    Program(clerk).put(f"persons/{wanted.id}", {"deceased_on": "2026-01-01", "version": wanted.version}, 422)
    assert read_status(wanted) == "wanted"
    with acting_as("clerk.bb"), pytest.raises(RuleViolation):
        wanted.deceased_on = dates.now().date()
        db_session.flush()
    db_session.rollback()
    with pytest.raises(DBAPIError, match="lock: computed"):
        db_session.execute(text("UPDATE person SET deceased_on = '2026-01-01'"))
    db_session.rollback()


def test_reported_death_changes_nothing_until_a_second_officer_confirms(wanted, client_as, db_session):
    """V113."""
    clerk = client_as("clerk.bb")
    answer = clerk.send("/deathreport/add", {"person": str(wanted.id), "died_on": TODAY})
    assert "V113" in Page.from_response(answer, 422).text
    assert clerk.send("/deathreport/add", {"person": str(wanted.id), **DEATH}).status_code == 302
    report = db_session.scalars(select(DeathReport)).one()
    assert (report.confirmation, read_status(wanted)) == ("awaiting", "wanted")
    assert "death.requested" in open_keys(to_unit_code="PC-02")
    assert "order.death_reported" in open_keys(to_unit_code="PC-02")
    url = f"/deathreport/decide/{report.id}"
    assert clerk.send(url, {"confirmation": "confirmed"}).status_code == 422, "the author"
    assert client_as("warrant.pp").send(url, {"confirmation": "confirmed"}).status_code == 404
    assert read_status(wanted) == "wanted"
    officer = client_as("investigator.bb")
    assert officer.page(f"/deathreport/show/{report.id}").all("button", value="confirmed")
    assert officer.send(url, {"confirmation": "confirmed"}).status_code == 302
    assert read_status(wanted) == "deceased"
    assert "death.requested" not in open_keys(to_unit_code="PC-02")
    assert "order.death_confirmed" in open_keys(to_unit_code="PC-02")
    assert officer.send(url, {"confirmation": "rejected", "reason": "ខុស"}).status_code == 422


def test_api_reports_and_confirms_a_death(wanted, client_as, db_session):
    clerk, officer = Program(client_as("clerk.bb")), Program(client_as("chief.bb"))
    body = {
        "person": wanted.id,
        "died_on": "2026-01-05",
        "document_no": "7/26",
        "document_date": "2026-01-05",
    }
    clerk.post("death-reports/", body | {"confirmation": "confirmed"}, 422)
    pk = clerk.post("death-reports/", body)["result"]["id"]
    clerk.post(f"death-reports/{pk}/confirm", {}, 422)
    officer.post(f"death-reports/{pk}/reject", {}, 422)
    assert read_status(wanted) == "wanted"
    officer.post(f"death-reports/{pk}/confirm", {}, 200)
    assert read_status(wanted) == "deceased"


def test_active_order_of_a_dead_person_raises_matches_until_the_recall(wanted, db_session):
    order = make_active_order(person=wanted, number="9/26")
    confirm_death(wanted)
    db_session.commit()
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(wanted, "witness")])
    db_session.commit()
    assert len(db_session.scalars(select(OrderMatch)).all()) == 2
    document = {"document_no": "3/26", "document_date": dates.now().date()}
    add_event(order, "died", **document)
    db_session.commit()
    states = set(db_session.scalars(select(OrderMatch.state).where(OrderMatch.order_id == order.id)))
    assert states == {"waiting"}
    add_event(order, "recalled", **document)
    db_session.commit()
    tasks = select(Message).where(Message.entity_id == order.id, Message.text_key == "order.death_confirmed")
    assert [one.done_at is not None for one in db_session.scalars(tasks)] == [True]


def test_notice_of_death_on_an_order_needs_the_confirmed_report(wanted, db_session):
    """V044."""
    order = make_active_order(person=wanted, number="9/26")
    document = {"document_no": "3/26", "document_date": dates.now().date()}
    with pytest.raises(RuleViolation) as refused:
        add_event(order, "died", **document)
    assert [problem.rule for problem in refused.value.problems] == ["V044"]


def test_two_deaths_of_one_person_are_refused(wanted, db_session):
    def report_another():
        db_session.commit()
        with pytest.raises(RuleViolation):
            report_death(wanted, died_on=dates.parse_date("01-01-2026"))
        db_session.rollback()

    first = report_death(wanted)
    report_another()
    decide(first, decision="rejected", reason="លិខិតក្លែង")
    assert wanted.deceased_on is None
    decide(report_death(wanted))
    assert wanted.deceased_on == dates.now().date()
    report_another()


def test_decision_is_refused_below_the_pages(wanted, db_session):
    report = report_death(wanted)
    db_session.commit()
    for officer in ("clerk.bb", "warrant.pp"):
        with pytest.raises(RuleViolation):
            decide(report, officer)
        db_session.rollback()
    with pytest.raises(RuleViolation):  # a rejection without a reason
        decide(report, decision="rejected")
    db_session.rollback()
    confirm = "UPDATE death_report SET confirmation = 'confirmed', decided_at = recorded_at"
    for statement in (confirm, f"{confirm}, decided_by_id = recorded_by_id"):
        with pytest.raises(DBAPIError):
            db_session.execute(text(statement))
        db_session.rollback()
    decide(report)
    db_session.commit()
    with pytest.raises(DBAPIError):
        db_session.execute(text("UPDATE death_report SET died_on = '2020-01-01'"))
    db_session.rollback()


def test_second_officer_is_of_the_unit_that_registered_the_person(wanted, db_session):
    """Two officers of another province cannot end a search by a report of death."""
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(wanted, "witness")])
    report = report_death(wanted, writer="clerk.pp")
    db_session.commit()
    with pytest.raises(RuleViolation):
        decide(report, "warrant.pp")
    db_session.rollback()
    decide(report, "chief.bb")
    assert wanted.deceased_on is not None


def test_account_of_the_author_with_another_name_cannot_confirm(wanted, db_session):
    report = report_death(wanted)
    one, other = (
        db_session.scalars(select(User).where(User.username == name)).one()
        for name in ("clerk.bb", "investigator.bb")
    )
    one.phone = other.phone = "012 999 888"
    db_session.flush()
    with pytest.raises(RuleViolation):
        decide(report)


def test_new_person_with_a_date_of_death_is_refused(db_session):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", deceased_on=dates.now().date())
    with acting_as("clerk.bb"), pytest.raises(RuleViolation):
        db_session.add(person)
        db_session.flush()
