"""A void person, death or judgment leaves what the remaining acts say about the custody."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.status import list_value_checks
from app.confirmations.models import REJECTED
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention, Judgment, Release
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_day,
    make_suspect,
    send_form,
)
from tests.custody.sample_rows import imprison
from tests.people.sample_deaths import confirm_death, decide, report_death
from tests.prepared import prepared
from tests.sample_rows import acting_as, make_registered_person


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


def read_status(session: Session, person_id):
    """Return the status of a person, after a comparison of all stored values with the acts."""
    session.expire_all()
    connection = session.connection()
    assert status.find_drift(connection)[1] == []
    assert [
        row for _title, checks in list_value_checks() for find in checks for row in find(connection)
    ] == []
    found = session.get(PersonStatus, person_id)
    return found.status if found is not None else None


def void(session, record):
    void_record(record)
    session.commit()


@pytest.fixture
def held_without_case(db_session):
    """A person who is known by an order alone, and was arrested on it."""
    with acting_as("clerk.bb"):
        person = make_registered_person()
        db_session.add(person)
        db_session.flush()
    order = make_active_order(person=person, case=None)
    db_session.commit()
    with acting_as("clerk.bb"):
        unit = db_session.get(Unit, "PC-02")
        arrest = Arrest(order=order, at=dates.now().replace(microsecond=0), ground="warrant", by_unit=unit,
                        officers="កែវ ពិសិដ្ឋ", place_text="ផ្ទះ")  # fmt: skip
        db_session.add(arrest)
        db_session.commit()
    return order, arrest


def test_person_in_custody_without_a_case_is_not_void(db_session, held_without_case, each_database):
    order, arrest = held_without_case
    person_id, order_id, arrest_id = order.person_id, order.id, arrest.id
    assert arrest.case_id is None and read_status(db_session, person_id) == "in_custody"
    with pytest.raises(RuleViolation, match=f"A-{arrest_id:07d}"):
        void(db_session, db_session.get(Person, person_id))
    db_session.rollback()
    assert read_status(db_session, person_id) == "in_custody"
    void(db_session, db_session.get(Arrest, arrest_id))
    assert read_status(db_session, person_id) == "wanted", "the order is in force again"
    void(db_session, db_session.get(Person, person_id))
    assert read_status(db_session, person_id) is None
    assert db_session.get(CourtOrder, order_id).status == "active", "the unit identifies the person again"


def test_person_in_a_prison_without_a_case_is_not_void(db_session):
    with acting_as("clerk.bb"):
        person = make_registered_person()
        db_session.add(person)
        db_session.flush()
        detention = imprison(person, dates.now().date())
        db_session.commit()
    person_id, number = person.id, detention.number
    with pytest.raises(RuleViolation, match=number):
        void(db_session, person)
    db_session.rollback()
    assert read_status(db_session, person_id) == "detained"
    void(db_session, db_session.get(Detention, detention.id))
    void(db_session, db_session.get(Person, person_id))
    assert read_status(db_session, person_id) is None


@pytest.mark.parametrize("how", ["custody", "prison"])
def test_void_death_returns_the_person_to_the_custody(db_session, clerk, suspect, how, each_database):
    """The report was about another person. The custody did not end."""
    person_id = suspect.person_id
    if how == "custody":
        enter_custody(clerk, enter_arrest(clerk, suspect))
    else:
        enter_detention(clerk, suspect)
    expected = {"custody": "in_custody", "prison": "detained"}[how]
    confirm_death(db_session.get(Person, person_id))
    db_session.commit()
    assert read_status(db_session, person_id) == "deceased"
    void(db_session, db_session.scalars(select(DeathReport)).one())
    assert read_status(db_session, person_id) == expected


@pytest.mark.parametrize("how", ["void", "rejected"])
@pytest.mark.parametrize("held", ["custody", "prison"])
def test_end_by_a_death_without_a_report_is_asked_about(
    db_session, clerk, suspect, how, held, list_tasks, each_database
):
    """The person is in no custody and not dead: the unit must report the death, or void the end."""
    person_id = suspect.person_id
    if held == "custody":
        pk = enter_custody(clerk, enter_arrest(clerk, suspect))
        step = enter_custody_step(clerk, pk, "end", outcome="died")
        expected, model = "in_custody", Custody
    else:
        pk = enter_detention(clerk, suspect)
        step = enter_detention_step(clerk, pk, "end", reason="died", document_no="9/26")
        expected, model = "detained", Detention
    asked, task = {("person", person_id)}, "custody.death_unreported"
    assert list_tasks(task) == asked
    report = report_death(db_session.get(Person, person_id))
    db_session.commit()
    assert list_tasks(task) == set()
    if how == "void":
        decide(report)
        db_session.commit()
        assert read_status(db_session, person_id) == "deceased"
        void(db_session, db_session.get(DeathReport, report.id))
    else:
        decide(report, decision=REJECTED, reason="ឯកសាររបស់ជនផ្សេង")
        db_session.commit()
    assert read_status(db_session, person_id) is None
    assert list_tasks(task) == asked
    end = db_session.get(model, pk).steps[-1]
    assert end.outcome if held == "custody" else end.reason == "died", step
    void(db_session, end)
    assert list_tasks(task) == set()
    assert read_status(db_session, person_id) == expected


def test_void_judgment_after_its_sentence_was_served(db_session, clerk, suspect, each_database):
    person_id = suspect.person_id
    judged = enter_judgment(clerk, suspect, decided_on=format_day(-90))
    send_form(
        clerk, "judgmentstep", judgment=judged, kind="final", done_on=format_day(-50), document_no="5/26"
    )
    served = enter_sentence(clerk, judged, years=None, days="60", starts_on=format_day(-90))
    prison = enter_detention(
        clerk, suspect, kind="sentence", sentence=served, offence_class=None, since=format_day(-90),
        document_date=format_day(-90),
    )  # fmt: skip
    assert read_status(db_session, person_id) == "serving"
    freed = enter_release(clerk, prison, kind="end_of_term", released_on=format_day(-30))
    assert read_status(db_session, person_id) is None
    void(db_session, db_session.get(Judgment, judged))
    assert read_status(db_session, person_id) is None, "the person is in no prison"
    detention = db_session.get(Detention, prison)
    assert (detention.ended_on, detention.is_void, db_session.get(Release, freed).is_void) == (
        db_session.get(Release, freed).released_on, False, False,
    )  # fmt: skip
    void(db_session, db_session.get(Release, freed))
    assert read_status(db_session, person_id) == "detained", "no judgment in force says that it is served"
