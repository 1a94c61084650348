"""A corrected day of a case, or a corrected birth, makes a held child an adult, or an adult a child."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Arrest, Custody
from app.inbox.models import Message
from app.kernel.text import dates
from app.people import status
from app.people.visibility import Visibility
from app.reference.models import Unit
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import make_active_order
from tests.court_orders.test_status import correct
from tests.custody.form_data import enter_arrest, enter_custody, make_suspect
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sample_rows import acting_as

YEAR = timedelta(days=366)


def make_suspect_of_age(years):
    """Return the involvement of a suspect who was so old at an offence of 400 days ago, and a little more."""
    born = (dates.now() - timedelta(days=400)).date() - timedelta(days=years * 366)
    return make_suspect(hours=24 * 400, born_on=born)


def move_case(db_session, case_id, change):
    """Move the day of the offence as a correction does."""
    case = db_session.get(Case, case_id)
    correct(case, occurred_from=case.occurred_from + change)


def find_minor_rows(db_session, person_id):
    """Return the set of `minor` of the visibility rows of custody."""
    db_session.expire_all()
    of_custody = Visibility.case_id.is_(None), Visibility.order_id.is_(None)
    return set(
        db_session.scalars(select(Visibility.minor).where(Visibility.person_id == person_id, *of_custody))
    )


def test_held_child_who_was_an_adult_raises_a_match(db_session, each_database):
    held = make_suspect_of_age(13)
    order = make_active_order(person=held.person, case=held.case)
    db_session.commit()
    assert not order.is_wanted
    with acting_as("clerk.bb"):
        arrest = Arrest(
            person=held.person, order=None, involvement=held, at=dates.now().replace(microsecond=0) - timedelta(hours=3),
            ground="flagrant", by_unit=db_session.get(Unit, "PC-02"), officers="កែវ ពិសិដ្ឋ",
        )  # fmt: skip
        db_session.add(arrest)
        db_session.commit()
    assert db_session.scalars(select(OrderMatch)).all() == [], "a child is not wanted"
    move_case(db_session, held.case_id, YEAR)
    found = db_session.scalars(select(OrderMatch)).all()
    assert [(one.order_id, one.person_id, one.state) for one in found] == [
        (order.id, held.person_id, "waiting")
    ]
    assert status.find_drift(db_session.connection())[1] == []


@pytest.mark.parametrize("how", ["case", "order"])
def test_adult_who_was_a_child_is_a_task_of_the_owner(db_session, client_as, how, each_database):
    held = make_suspect_of_age(14)
    with registered_before(LOCKED_AGE):
        order = make_active_order(person=held.person, case=held.case)
        db_session.commit()
    assert order.is_wanted
    day = held.case.occurred_from.date()

    def move(change):
        if how == "case":
            return move_case(db_session, held.case_id, change)
        row = db_session.get(CourtOrder, order.id)
        moved = (row.occurred_on or day) + change
        number = request_correction(client_as("chief.bb"), row, occurred_on=f"{moved:%d-%m-%Y}")
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
        db_session.expire_all()

    def list_tasks():
        tasks = select(Message.entity_id).where(
            Message.text_key == "order.person_is_child", Message.done_at.is_(None)
        )
        return db_session.scalars(tasks).all()

    move(-YEAR)
    assert list_tasks() == [order.id]
    assert status.get_statuses(db_session, [held.person_id]) == {}
    move(YEAR)
    assert list_tasks() == []
    assert status.get_statuses(db_session, [held.person_id])[held.person_id].status == "wanted"


def test_match_of_a_child_waits_for_the_answer_of_the_owner(db_session, clerk, list_tasks, each_database):
    held = make_suspect_of_age(14)
    order = make_active_order(person=held.person, case=held.case)
    db_session.commit()
    enter_arrest(clerk, held)
    match = db_session.scalars(select(OrderMatch)).one()
    tasks = list_tasks("match.raised")
    assert match.state == "waiting" and tasks
    for change, task in ((-YEAR, {("court_order", order.id)}), (YEAR, set())):
        move_case(db_session, held.case_id, change)
        db_session.expire_all()
        assert db_session.scalars(select(OrderMatch)).one().state == "waiting"
        assert list_tasks("match.raised") == tasks
        assert list_tasks("order.person_is_child") == task


@pytest.mark.parametrize("how", ["case", "birth"])
def test_name_in_custody_is_hidden_when_the_person_was_a_minor(db_session, clerk, how, each_database):
    held = make_suspect_of_age(18)
    enter_custody(clerk, enter_arrest(clerk, held))
    assert find_minor_rows(db_session, held.person_id) == {False}
    limit = db_session.scalars(select(Custody.limit_at)).one()
    if how == "case":
        move_case(db_session, held.case_id, -YEAR)
    else:
        correct(held.person, born_on=held.person.born_on + YEAR)
    assert find_minor_rows(db_session, held.person_id) == {True}
    assert db_session.scalars(select(Custody.limit_code)).one() == "custody_16_felony"
    assert db_session.scalars(select(Custody.limit_at)).one() <= limit


def test_limit_of_a_custody_before_its_case_follows_the_case_of_the_order(db_session, each_database):
    suspect = make_suspect_of_age(18)
    order = make_active_order(person=suspect.person, case=None, occurred_on=None)
    db_session.commit()
    with acting_as("clerk.bb"):
        at = dates.now().replace(microsecond=0) - timedelta(hours=3)
        unit = db_session.get(Unit, "PC-02")
        arrest = Arrest(
            order=order, at=at, ground="warrant", by_unit=unit, officers="កែវ ពិសិដ្ឋ", place_text="ផ្ទះ"
        )
        custody = Custody(arrest=arrest, held_by=unit, arrived_at=at, offence_class="misdemeanour")
        db_session.add_all([arrest, custody])
        db_session.commit()
    assert custody.case_id is None and custody.limit_code == "custody"
    correct(db_session.get(CourtOrder, order.id), case=suspect.case)
    assert custody.limit_code == "custody"
    move_case(db_session, suspect.case_id, -YEAR)
    db_session.expire_all()
    assert custody.limit_code == "custody_16_misdemeanour"
