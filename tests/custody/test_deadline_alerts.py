"""Deadline alerts reach the unit and its chief once, even after a killed run."""

import itertools
import os
import signal
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import delete, event, select

from app.custody import deadline_alerts
from app.custody.models import Custody, Detention, Release, SentAlert
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE, Message
from app.kernel.actor import SYSTEM, act_as
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_day,
    make_suspect,
)
from tests.sample_rows import acting_as, add_registered_case
from tests.statement_counts import counted


@pytest.fixture
def custody(db_session, clerk):
    pk = enter_custody(clerk, enter_arrest(clerk, make_suspect()))
    return db_session.get(Custody, pk)


def list_recipients(db_session, text_key):
    """Return the recipients of the messages with this text key."""
    db_session.expire_all()
    rows = db_session.scalars(select(Message).where(Message.text_key == text_key).order_by(Message.id))
    return [(one.to_unit_code, one.to_role) for one in rows]


BOTH = [("PC-02", None), ("PC-02", "Provincial chief")]


def test_new_custody_sends_no_alert(db_session, custody):
    assert deadline_alerts.send_alerts_now(db_session) == 0


def test_custody_limit_alerts_unit_and_chief_once(db_session, custody, each_database):
    near = custody.limit_at - timedelta(hours=11)
    assert deadline_alerts.send_due_alerts(db_session, near) == 1
    assert list_recipients(db_session, "custody.due_soon") == BOTH
    assert deadline_alerts.send_due_alerts(db_session, near) == 0
    assert deadline_alerts.send_due_alerts(db_session, custody.limit_at - timedelta(hours=1)) == 1
    assert list_recipients(db_session, "custody.due_soon") == BOTH * 2


def test_passed_limit_sends_only_the_last_alert(db_session, custody):
    assert deadline_alerts.send_due_alerts(db_session, custody.limit_at + timedelta(hours=3)) == 1
    assert (
        list_recipients(db_session, "custody.overdue") == BOTH
        and list_recipients(db_session, "custody.due_soon") == []
    )


def test_ended_custody_sends_no_alert(db_session, clerk, custody):
    enter_custody_step(clerk, custody.id, "end", outcome="to_prosecutor")
    assert deadline_alerts.send_due_alerts(db_session, custody.limit_at) == 0


def test_extension_starts_new_alerts(db_session, clerk, custody):
    deadline_alerts.send_due_alerts(db_session, custody.limit_at - timedelta(hours=1))
    fields = {"who": "ព្រះរាជអាជ្ញា", "document_no": "៨៨/២៦", "hours": "24", "at__reason": "checked"}
    enter_custody_step(clerk, custody.id, "extension", **fields)
    db_session.expire_all()
    assert deadline_alerts.send_due_alerts(db_session, custody.limit_at - timedelta(hours=1)) == 1


def test_unsent_alert_is_sent_by_next_run(db_session, custody):
    near = custody.limit_at - timedelta(hours=1)
    deadline_alerts.send_due_alerts(db_session, near)
    db_session.execute(delete(SentAlert))
    db_session.execute(delete(Message))
    db_session.commit()
    assert deadline_alerts.send_due_alerts(db_session, near) == 1


def test_two_runs_send_an_alert_once(db_session, custody):
    near = custody.limit_at - timedelta(hours=1)
    alerts = [alert for alert in deadline_alerts.list_custody_alerts(custody) if alert.at <= near]
    assert [deadline_alerts._send_batch(db_session, {custody: alerts}, near) for _run in range(2)] == [1, 0]
    assert list_recipients(db_session, "custody.due_soon") == BOTH


def is_killed_at_write(register, number, now):
    """Run the alerts in a child process that kills itself at write `number`. Return True if it did."""
    process = os.fork()
    if process:
        return os.WIFSIGNALED(os.waitpid(process, 0)[1])
    writes = itertools.count(1)

    def kill_at_write(_connection, _cursor, statement, *_rest):
        if not statement.startswith("SELECT") and next(writes) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        register.app_engine.dispose(close=False)
        event.listen(register.app_engine, "before_cursor_execute", kill_at_write)
        act_as(db.session, SYSTEM)
        deadline_alerts.send_due_alerts(db.session, now)
    finally:
        os._exit(0)


@pytest.mark.slow
def test_killed_run_neither_loses_nor_repeats_an_alert(
    register, db_session, clerk, each_database, monkeypatch
):
    """Kills a run at its first write, then the next run at its second, until a run completes."""
    monkeypatch.setattr(deadline_alerts, "BATCH_SIZE", 2)
    custodies = [
        enter_custody(clerk, enter_arrest(clerk, make_suspect(number=number))) for number in range(3)
    ]
    now = dates.now() + timedelta(hours=42)
    known = set()
    for number in itertools.count(1):
        db_session.commit()
        db_session.remove()
        register.app_engine.dispose()
        if not is_killed_at_write(register, number, now):
            break
        act_as(db_session, SYSTEM)
        messages = db_session.scalars(
            select(Message.entity_id).where(Message.text_key == "custody.due_soon")
        ).all()
        alerted = set(db_session.scalars(select(SentAlert.entity_id)))
        assert sorted(messages) == sorted([*alerted, *alerted]) and known <= alerted
        known = alerted
    act_as(db_session, SYSTEM)
    assert number > 4 and known <= set(custodies)
    assert sorted(list_recipients(db_session, "custody.due_soon"), key=str) == sorted(
        BOTH * len(custodies), key=str
    )
    assert set(db_session.scalars(select(SentAlert.entity_id))) == set(custodies)


def test_detention_limit_alerts_15_days_before(db_session, clerk):
    suspect = make_suspect(hours=24 * 101)
    pk = enter_detention(clerk, suspect, since=format_day(-100), document_date=format_day(-100))
    one = db_session.get(Detention, pk)
    assert deadline_alerts.send_due_alerts(db_session, dates.now()) == 0
    ends = dates.now().replace(year=one.due_on.year, month=one.due_on.month, day=one.due_on.day)
    assert deadline_alerts.send_due_alerts(db_session, ends - timedelta(days=14)) == 1
    assert list_recipients(db_session, "detention.due_soon") == BOTH
    assert deadline_alerts.send_due_alerts(db_session, ends + timedelta(days=2)) == 1
    assert list_recipients(db_session, "detention.overdue") == BOTH


@pytest.mark.parametrize(("home", "unit"), [("171002", "PC-17"), ("12", "PC-12"), (None, "PC-02")])
def test_release_alerts_home_province_30_and_7_days_before(db_session, clerk, home, unit, each_database):
    suspect = make_suspect(hours=24 * 60)
    suspect.person.home_code = home
    db_session.commit()
    term = enter_sentence(
        clerk, enter_judgment(clerk, suspect, decided_on=format_day(-40)), starts_on=format_day(-40)
    )
    pk = enter_detention(
        clerk, suspect, kind="sentence", sentence=term, since=format_day(-40), document_date=format_day(-40)
    )
    ends = datetime.combine(db_session.get(Detention, pk).due_on, time(9))
    assert deadline_alerts.send_due_alerts(db_session, ends - timedelta(days=31)) == 0
    for days in (30, 7):
        assert deadline_alerts.send_due_alerts(db_session, ends - timedelta(days=days)) == 1
        assert deadline_alerts.send_due_alerts(db_session, ends - timedelta(days=days)) == 0
    recipients = [(unit, None), (unit, "Provincial chief")]
    assert list_recipients(db_session, "release.due_soon") == recipients * 2


def test_alert_links_only_to_pages_the_reader_can_open(db_session, clerk, client_as):
    pk = enter_detention(clerk, make_suspect(), first_prison="PR-02")
    about = {"text_key": "release.due_soon", "entity": "detention", "entity_id": pk}
    for unit in ("PC-02", "PC-12"):
        send_message(db_session, NOTICE, to_unit=unit, person="P-0000001", until="05/03/2027", **about)
    db_session.commit()
    own, other = db_session.scalars(select(Message.id).order_by(Message.id))
    page = f"/detention/show/{pk}"
    assert client_as("chief.bb").page(f"/inbox/show/{own}").all("a", href=page)
    assert not client_as("clerk.pp").page(f"/inbox/show/{other}").all("a", href=page)


def test_new_case_and_end_alert_the_reporting_unit(db_session, clerk, client_as):
    suspect = make_suspect()
    freed = enter_release(
        clerk, enter_detention(clerk, suspect), supervised_until=format_day(60), reports_to="PC-02"
    )
    with acting_as("clerk.pp"):
        add_registered_case(place="120101", people=[(suspect.person, "suspect")])
        db_session.commit()
    assert list_recipients(db_session, "supervision.new_case") == BOTH
    assert "ស្នងការដ្ឋាននគរបាលរាជធានីភ្នំពេញ" in client_as("chief.bb").page("/inbox/list/").by_id("main").text
    one = db_session.get(Release, freed)
    status = db_session.get(PersonStatus, one.person_id)
    assert status.status == "released"
    after = dates.now() + timedelta(days=62)
    assert deadline_alerts.send_due_alerts(db_session, after) == 1
    assert list_recipients(db_session, "supervision.ended") == BOTH


def test_ended_follow_ups_lose_status_in_one_statement(register, db_session, clerk, each_database):
    suspects = [make_suspect(number=number) for number in range(3)]
    people = [one.person_id for one in suspects]
    for suspect in suspects:
        enter_release(
            clerk, enter_detention(clerk, suspect), supervised_until=format_day(60), reports_to="PC-02"
        )
    update_directly(register, Release.__table__, supervised_until=dates.now().date() - timedelta(days=1))
    with counted(register) as statements:
        assert deadline_alerts.send_alerts_now(db_session) == 3
    assert len([one for one in statements if one.startswith("DELETE FROM person_status")]) == 1
    statement = select(PersonStatus).where(PersonStatus.person_id.in_(people))
    assert db_session.scalars(statement).all() == []


def test_finished_follow_up_is_not_read_again(register, db_session, clerk, each_database):
    with counted(register) as without:
        deadline_alerts.send_alerts_now(db_session)
    enter_release(
        clerk, enter_detention(clerk, make_suspect()), supervised_until=format_day(60), reports_to="PC-02"
    )
    update_directly(register, Release.__table__, supervised_until=dates.now().date() - timedelta(days=1))
    assert deadline_alerts.send_alerts_now(db_session) == 1
    with counted(register) as with_ended:
        deadline_alerts.send_alerts_now(db_session)
    assert len(with_ended) == len(without)


def test_prolonged_follow_up_sends_a_new_alert(register, db_session, clerk):
    enter_release(
        clerk, enter_detention(clerk, make_suspect()), supervised_until=format_day(60), reports_to="PC-02"
    )
    update_directly(register, Release.__table__, supervised_until=dates.now().date() - timedelta(days=1))
    assert deadline_alerts.send_alerts_now(db_session) == 1
    update_directly(register, Release.__table__, supervised_until=dates.now().date() + timedelta(days=5))
    assert deadline_alerts.send_alerts_now(db_session) == 1
    assert list_recipients(db_session, "supervision.ends_soon") == BOTH


def update_directly(register, table, **values):
    """Update the table without hooks, so that only the alerts can react."""
    with register.owner.begin() as connection:
        connection.execute(table.update().values(values))
