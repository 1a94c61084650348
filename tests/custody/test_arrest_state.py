"""An arrest alone: the person counts as held, and the limit of custody runs, until a custody or a detention follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.custody import arrest_state, consistency_check, deadline_alerts
from app.custody.models import Arrest, Custody, Detention
from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.custody.form_data import (
    UNIT,
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    format_ago,
    format_day,
    make_suspect,
)
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case


@prepared
def suspect(db_session):
    return make_suspect()


@pytest.fixture
def read_status(db_session, suspect):
    """A function that returns the current status of the suspect and its record, or None."""
    person_id = suspect.person_id

    def load():
        db_session.expire_all()
        row = db_session.get(PersonStatus, person_id)
        return (row.status, row.entity) if row is not None else None

    return load


def count_messages(db_session, text_key):
    return len(db_session.scalars(select(Message.id).where(Message.text_key == text_key)).all())


def test_arrest_alone_gives_a_status_and_alerts(db_session, clerk, suspect, read_status, each_database):
    arrest_id = enter_arrest(clerk, suspect, at=format_ago(hours=6))
    assert read_status() == ("in_custody", "arrest")
    arrested_at = db_session.get(Arrest, arrest_id).at
    assert deadline_alerts.send_due_alerts(db_session, arrested_at + timedelta(hours=35)) == 0
    assert deadline_alerts.send_due_alerts(db_session, arrested_at + timedelta(hours=37)) == 1
    assert deadline_alerts.send_due_alerts(db_session, arrested_at + timedelta(hours=48)) == 1
    assert count_messages(db_session, "arrest.due_soon") == count_messages(db_session, "arrest.overdue") == 2
    page = clerk.page("/in-custody/list/").by_id("main")
    assert page.all("a", href=f"/arrest/show/{arrest_id}") and page.all(
        "a", href=f"/custody/add?arrest={arrest_id}"
    )


def test_state_that_triggers_write_is_no_change_outside_the_register(
    db_session, clerk, suspect, owner, each_database
):
    arrest_id = enter_arrest(clerk, suspect, at=format_ago(hours=6))
    states = []
    for is_waiting in (True, False):
        with owner.connect() as connection:
            assert list(verify_rows.tampered_rows(connection, Arrest.__table__)) == []
        db_session.expire_all()
        states.append(db_session.get(Arrest, arrest_id).awaits_custody)
        if is_waiting:
            enter_custody(clerk, arrest_id)
    assert states == [True, False]


def test_list_of_people_in_custody_logs_each_kind_of_row_by_its_own_ids(db_session, clerk, suspect):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    waiting = enter_arrest(clerk, make_suspect(number=7))
    clerk.page("/in-custody/list/")
    listed = select(AuditEvent).where(AuditEvent.action == "access.listed").order_by(AuditEvent.seq)
    assert [(one.entity, one.facts["ids"]) for one in db_session.scalars(listed)] == [
        ("custody", [custody_id]),
        ("arrest", [waiting]),
    ]


def test_custody_and_detention_follow_the_arrest(db_session, clerk, suspect, read_status, each_database):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    assert read_status() == ("in_custody", "custody")
    enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor")
    assert read_status() is None
    assert deadline_alerts.send_due_alerts(db_session, dates.now() + timedelta(days=9)) == 0
    enter_arrest(clerk, suspect, at=format_ago(minutes=30))
    assert read_status() == ("in_custody", "arrest")
    enter_detention(clerk, suspect, since=format_day(), document_date=format_day())
    assert read_status() == ("detained", "detention")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("released", "in_custody"), ("to_prosecutor", "in_custody"), ("escaped", "escaped")],
)
def test_end_of_a_custody_leaves_a_later_arrest_in_another_case_waiting(
    db_session, clerk, suspect, read_status, outcome, status, each_database
):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    with acting_as("clerk.bb"):
        elsewhere = add_registered_case(people=[(suspect.person, "suspect")]).involvements[0]
        db_session.commit()
    second = enter_arrest(clerk, elsewhere, at=format_ago(hours=4), at__V069__reason="checked")
    enter_custody_step(clerk, custody_id, "end", outcome=outcome)
    assert read_status()[0] == status
    assert db_session.get(Arrest, second).awaits_custody is (status == "in_custody")
    assert consistency_check.find_drift(db_session.connection()) == []


@pytest.mark.parametrize("outcome", ["transferred", "hospital"])
def test_transfer_keeps_the_status_and_the_alerts(db_session, clerk, suspect, read_status, outcome):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, custody_id, "end", outcome=outcome, handed_to="កងរាជអាវុធហត្ថ")
    assert read_status() == ("in_custody", "arrest")
    limit_at = db_session.get(Custody, custody_id).limit_at
    assert deadline_alerts.send_due_alerts(db_session, limit_at - timedelta(minutes=1)) == 1
    assert deadline_alerts.send_due_alerts(db_session, limit_at) == 1
    assert count_messages(db_session, "arrest.overdue") == 2


def test_voided_custody_leaves_the_arrest_waiting(db_session, clerk, client_as, suspect, read_status):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    number = request_correction(client_as("chief.bb"), db_session.get(Custody, custody_id), kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert read_status() == ("in_custody", "arrest")


def test_changed_flag_is_reported(db_session, clerk, suspect, each_database):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    db_session.rollback()
    connection = db_session.connection()
    assert connection.execute(arrest_state.select_drift()).all() == []
    connection.execute(text("UPDATE arrest SET awaits_custody = true"))
    assert ("arrest", "awaits_custody") in {
        (one[0], one[2]) for one in consistency_check.find_drift(connection)
    }
    db_session.rollback()


def test_two_simultaneous_custodies_of_one_person_give_one(db_session, client_as, suspect, each_database):
    clerk, other = client_as("clerk.bb"), client_as("investigator.bb")
    arrest_id = enter_arrest(clerk, suspect)
    typed = {
        "arrest": arrest_id,
        "held_by": UNIT,
        "arrived_at": format_ago(hours=5),
        "offence_class": "felony",
    }
    db_session.commit()
    db_session.remove()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: browser.send("/custody/add", typed), (clerk, other)))
    act_as(db.session, SYSTEM)
    assert sorted(one.status_code for one in answers)[0] == 302
    assert len(db_session.scalars(select(Custody.id)).all()) == 1
    refused = next(one for one in answers if one.status_code != 302)
    assert refused.status_code in (409, 422) and "V068" in refused.text


@pytest.mark.parametrize(("model", "ended"), [(Custody, "ended_at"), (Detention, "ended_on")])
def test_database_refuses_a_second_open_record(db_session, clerk, suspect, model, ended, each_database):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_detention(clerk, suspect)
    db_session.rollback()
    table, connection = model.__table__, db_session.connection()
    connection.execute(table.update().values({ended: None}))
    row = dict(connection.execute(select(table)).mappings().one())
    with pytest.raises(IntegrityError):
        connection.execute(table.insert().values(row | {"id": 999, "recorded_at": dates.now()}))
    db_session.rollback()
