"""The units in charge of open records are asked how they end, when another act leaves them open."""

import pytest
from sqlalchemy import select

from app.inbox.models import Message
from app.people.deaths import DeathReport
from app.people.models import Person
from app.people.status import PersonStatus
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    format_day,
    make_suspect,
    send_form,
)
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared

TRACKED = {"kind": "parole", "supervised_until": "05-03-2031", "reports_to": "PC-02"}


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def list_tasks(db_session):
    """A function that returns {(entity, id)} of the open tasks with a text."""

    def load(text_key):
        db_session.expire_all()
        found = select(Message.entity, Message.entity_id).where(
            Message.text_key == text_key, Message.done_at.is_(None), Message.kind == "task"
        )
        rows = db_session.execute(found).all()
        assert len(rows) == len(set(rows)), "each task is sent once"
        return {tuple(row) for row in rows}

    return load


def die(db_session, suspect):
    confirm_death(db_session.get(Person, suspect.person_id))
    db_session.commit()


def test_death_asks_for_the_end_of_every_open_record(db_session, clerk, suspect, list_tasks, each_database):
    freed = enter_release(clerk, enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30)), released_on=format_day(-20), **TRACKED)  # fmt: skip
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    die(db_session, suspect)
    assert list_tasks("custody.person_died") == {("custody", held), ("release", freed)}
    enter_custody_step(clerk, held, "end", outcome="died")
    assert list_tasks("custody.person_died") == {("release", freed)}
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="៩/២៦")
    assert list_tasks("custody.person_died") == set()


def test_death_asks_about_an_arrest_alone_and_about_a_prison(db_session, clerk, suspect, list_tasks):
    other = make_suspect(number=7)
    waiting = enter_arrest(clerk, other)
    prison = enter_detention(clerk, suspect)
    for one in (suspect, other):
        die(db_session, one)
    assert list_tasks("custody.person_died") == {("arrest", waiting), ("detention", prison)}
    held = enter_custody(clerk, waiting)
    assert list_tasks("custody.person_died") == {("custody", held), ("detention", prison)}


def test_void_report_of_a_death_asks_nothing_more(db_session, clerk, client_as, suspect, list_tasks):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    die(db_session, suspect)
    report = db_session.scalars(select(DeathReport)).one()
    number = request_correction(client_as("chief.bb"), report, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert list_tasks("custody.person_died") == set()


def test_lists_label_the_deceased(db_session, clerk, suspect):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    page = clerk.page("/in-custody/list/").by_id("main")
    assert "បានទទួលមរណភាព" not in page.text
    die(db_session, suspect)
    assert "បានទទួលមរណភាព" in clerk.page("/in-custody/list/").by_id("main").text


def test_arrest_of_an_escaped_prisoner_asks_for_the_recapture(
    db_session, clerk, suspect, list_tasks, each_database
):
    served = enter_detention(clerk, suspect)
    enter_detention_step(clerk, served, "escape", done_on=format_day(-1))
    assert list_tasks("detention.recaptured") == set()
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, held, "end", outcome="to_prosecutor")
    assert list_tasks("detention.recaptured") == {("detention", served)}
    enter_detention_step(clerk, served, "recapture")
    assert list_tasks("detention.recaptured") == set()


def test_new_detention_asks_about_the_follow_up(db_session, clerk, suspect, list_tasks, each_database):
    first = enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30))
    freed = enter_release(clerk, first, released_on=format_day(-20), **TRACKED)
    assert list_tasks("release.held_again") == set()
    again = enter_detention(clerk, suspect, since__reason="checked")
    assert list_tasks("release.held_again") == {("release", freed)}
    enter_release(clerk, again)
    status = db_session.get(PersonStatus, suspect.person_id)
    assert status is None, "the first release does not come back"
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="៩/២៦")
    assert list_tasks("release.held_again") == set()


def test_final_conviction_asks_about_the_judicial_supervision(
    db_session, clerk, suspect, list_tasks, each_database
):
    order = make_active_order(person=suspect.person, case=suspect.case, kind="supervision")
    db_session.commit()
    order_id = order.id
    assert order.status == "in_force"
    freed = enter_release(
        clerk, enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30)),
        released_on=format_day(-20), **TRACKED | {"kind": "supervision"},
    )  # fmt: skip
    judged = enter_judgment(clerk, suspect, decided_on=format_day())
    assert list_tasks("supervision.judged") == set(), "the judgment is not final"
    send_form(clerk, "judgmentstep", judgment=judged, kind="final", done_on=format_day(), document_no="5/26")
    assert list_tasks("supervision.judged") == {("release", freed), ("court_order", order_id)}
