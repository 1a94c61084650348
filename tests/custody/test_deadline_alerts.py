"""The clocks tell each mark once, to the unit and to its chief, also where a look was killed."""

import itertools
import os
import signal
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import delete, event, select

from app.custody import deadline_alerts
from app.custody.models import Custody, Detention, Release, ToldClock
from app.extensions import db
from app.inbox.actions import send
from app.inbox.models import NOTICE, Message
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.custody.form_data import (
    a_suspect,
    arrest,
    custody,
    day,
    detention,
    judgment,
    release,
    sentence,
    step,
)
from tests.sample_rows import a_registered_case, written_by
from tests.statement_counts import counted


@pytest.fixture
def held(db_session, clerk):
    pk = custody(clerk, arrest(clerk, a_suspect()))
    return db_session.get(Custody, pk)


def told(db_session, text_key):
    """To whom the messages of that sentence went."""
    db_session.expire_all()
    rows = db_session.scalars(select(Message).where(Message.text_key == text_key).order_by(Message.id))
    return [(one.to_unit_code, one.to_role) for one in rows]


BOTH = [("PC-02", None), ("PC-02", "Provincial chief")]


def test_nobody_is_warned_while_there_is_time(db_session, held):
    assert deadline_alerts.tick(db_session) == 0


def test_the_unit_and_the_chief_are_warned_before_the_limit_once(db_session, held, each_database):
    near = held.limit_at - timedelta(hours=11)
    assert deadline_alerts.look(db_session, near) == 1
    assert told(db_session, "custody.soon") == BOTH
    assert deadline_alerts.look(db_session, near) == 0
    assert deadline_alerts.look(db_session, held.limit_at - timedelta(hours=1)) == 1
    assert told(db_session, "custody.soon") == BOTH * 2


def test_a_limit_that_passed_unseen_is_told_as_passed_alone(db_session, held):
    assert deadline_alerts.look(db_session, held.limit_at + timedelta(hours=3)) == 1
    assert told(db_session, "custody.over") == BOTH and told(db_session, "custody.soon") == []


def test_an_ended_custody_warns_nobody(db_session, clerk, held):
    step(clerk, held.id, "end", outcome="to_prosecutor")
    assert deadline_alerts.look(db_session, held.limit_at) == 0


def test_an_extension_begins_a_clock_of_its_own(db_session, clerk, held):
    deadline_alerts.look(db_session, held.limit_at - timedelta(hours=1))
    typed = {"who": "ព្រះរាជអាជ្ញា", "paper_no": "៨៨/២៦", "hours": "24", "at__reason": "checked"}
    step(clerk, held.id, "extension", **typed)
    db_session.expire_all()
    assert deadline_alerts.look(db_session, held.limit_at - timedelta(hours=1)) == 1


def test_what_was_not_written_down_is_told_by_the_next_look(db_session, held):
    near = held.limit_at - timedelta(hours=1)
    deadline_alerts.look(db_session, near)
    db_session.execute(delete(ToldClock))
    db_session.execute(delete(Message))
    db_session.commit()
    assert deadline_alerts.look(db_session, near) == 1


def test_two_looks_at_once_tell_it_once(db_session, held):
    near = held.limit_at - timedelta(hours=1)
    marks = [mark for mark in deadline_alerts.custody_marks(held) if mark.at <= near]
    assert [deadline_alerts._tell(db_session, {held: marks}, near) for _look in range(2)] == [1, 0]
    assert told(db_session, "custody.soon") == BOTH


def killed_at(register, number, now):
    """A look at the clocks in a process of its own, which is killed when it writes for the `number`th time; whether it was."""
    process = os.fork()
    if process:
        return os.WIFSIGNALED(os.waitpid(process, 0)[1])
    written = itertools.count(1)

    def die(_connection, _cursor, statement, *_rest):
        if not statement.startswith("SELECT") and next(written) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        register.app_engine.dispose(close=False)
        event.listen(register.app_engine, "before_cursor_execute", die)
        act_as(db.session, THE_REGISTER)
        deadline_alerts.look(db.session, now)
    finally:
        os._exit(0)


def test_a_look_that_is_killed_at_any_moment_leaves_no_mark_untold_or_told_twice(
    register, db_session, clerk, each_database, monkeypatch
):
    """Killed in its first write, in the second, and so on until one look comes to its end."""
    monkeypatch.setattr(deadline_alerts, "BATCH", 2)
    held = [custody(clerk, arrest(clerk, a_suspect(number=number))) for number in range(3)]
    now = dates.now() + timedelta(hours=42)
    kept = set()
    for number in itertools.count(1):
        db_session.commit()
        db_session.remove()
        register.app_engine.dispose()
        if not killed_at(register, number, now):
            break
        act_as(db_session, THE_REGISTER)
        messages = db_session.scalars(
            select(Message.entity_id).where(Message.text_key == "custody.soon")
        ).all()
        marked = set(db_session.scalars(select(ToldClock.entity_id)))
        assert sorted(messages) == sorted([*marked, *marked]) and kept <= marked
        kept = marked
    act_as(db_session, THE_REGISTER)
    assert number > 4 and kept <= set(held)
    assert sorted(told(db_session, "custody.soon"), key=str) == sorted(BOTH * len(held), key=str)
    assert set(db_session.scalars(select(ToldClock.entity_id))) == set(held)


def test_a_detention_that_ends_is_told_15_days_before(db_session, clerk):
    pk = detention(clerk, a_suspect(), since=day(-100), paper_on=day(-100))
    one = db_session.get(Detention, pk)
    assert deadline_alerts.look(db_session, dates.now()) == 0
    ends = dates.now().replace(year=one.due_on.year, month=one.due_on.month, day=one.due_on.day)
    assert deadline_alerts.look(db_session, ends - timedelta(days=14)) == 1
    assert told(db_session, "detention.soon") == BOTH
    assert deadline_alerts.look(db_session, ends + timedelta(days=2)) == 1
    assert told(db_session, "detention.over") == BOTH


@pytest.mark.parametrize(("home", "unit"), [("171002", "PC-17"), ("12", "PC-12"), (None, "PC-02")])
def test_a_release_is_told_where_he_lives_a_month_and_a_week_before(
    db_session, clerk, home, unit, each_database
):
    suspect = a_suspect(hours=24 * 60)
    suspect.person.home_code = home
    db_session.commit()
    term = sentence(clerk, judgment(clerk, suspect, decided_on=day(-40)), starts_on=day(-40))
    pk = detention(clerk, suspect, kind="sentence", sentence=term, since=day(-40), paper_on=day(-40))
    ends = datetime.combine(db_session.get(Detention, pk).due_on, time(9))
    assert deadline_alerts.look(db_session, ends - timedelta(days=31)) == 0
    for days in (30, 7):
        assert deadline_alerts.look(db_session, ends - timedelta(days=days)) == 1
        assert deadline_alerts.look(db_session, ends - timedelta(days=days)) == 0
    there = [(unit, None), (unit, "Provincial chief")]
    assert told(db_session, "release.coming") == there * 2


def test_whoever_is_told_of_somebody_held_elsewhere_is_led_to_no_page_that_is_closed_to_him(
    db_session, clerk, client_as
):
    pk = detention(clerk, a_suspect(), first_prison="PR-02")
    about = {"text_key": "release.coming", "entity": "detention", "entity_id": pk}
    for unit in ("PC-02", "PC-12"):
        send(db_session, NOTICE, to_unit=unit, person="P-0000001", until="05/03/2027", **about)
    db_session.commit()
    here, there = db_session.scalars(select(Message.id).order_by(Message.id))
    page = f"/detention/show/{pk}"
    assert client_as("chief.bb").page(f"/inbox/show/{here}").all("a", href=page)
    assert not client_as("clerk.pp").page(f"/inbox/show/{there}").all("a", href=page)


def test_the_reporting_unit_and_its_chief_learn_of_a_new_case_and_of_the_end(db_session, clerk, client_as):
    suspect = a_suspect()
    freed = release(clerk, detention(clerk, suspect), track_until=day(60), reports_to="PC-02")
    with written_by("clerk.pp"):
        a_registered_case(place="120101", people=[(suspect.person, "suspect")])
        db_session.commit()
    assert told(db_session, "tracking.new_case") == BOTH
    assert "ស្នងការដ្ឋាននគរបាលរាជធានីភ្នំពេញ" in client_as("chief.bb").page("/inbox/list/").by_id("main").text
    one = db_session.get(Release, freed)
    status = db_session.get(PersonStatus, one.person_id)
    assert status.status == "released"
    after = dates.now() + timedelta(days=62)
    assert deadline_alerts.look(db_session, after) == 1
    assert told(db_session, "tracking.over") == [("PC-02", None)]


def test_those_whose_follow_up_ends_lose_their_status_in_one_statement(
    register, db_session, clerk, each_database
):
    suspects = [a_suspect(number=number) for number in range(3)]
    people = [one.person_id for one in suspects]
    for suspect in suspects:
        release(clerk, detention(clerk, suspect), track_until=day(60), reports_to="PC-02")
    the_days_pass(register, Release.__table__, track_until=dates.now().date() - timedelta(days=1))
    with counted(register) as statements:
        assert deadline_alerts.tick(db_session) == 3
    assert len([one for one in statements if one.startswith("DELETE FROM person_status")]) == 1
    followed = select(PersonStatus).where(PersonStatus.person_id.in_(people))
    assert db_session.scalars(followed).all() == []


def test_a_look_no_longer_reads_the_follow_ups_that_were_told_to_be_over(
    register, db_session, clerk, each_database
):
    with counted(register) as of_nobody:
        deadline_alerts.tick(db_session)
    release(clerk, detention(clerk, a_suspect()), track_until=day(60), reports_to="PC-02")
    the_days_pass(register, Release.__table__, track_until=dates.now().date() - timedelta(days=1))
    assert deadline_alerts.tick(db_session) == 1
    with counted(register) as of_who_is_over:
        deadline_alerts.tick(db_session)
    assert len(of_who_is_over) == len(of_nobody)


def test_a_follow_up_that_goes_on_after_its_end_was_told_is_told_of_again(register, db_session, clerk):
    release(clerk, detention(clerk, a_suspect()), track_until=day(60), reports_to="PC-02")
    the_days_pass(register, Release.__table__, track_until=dates.now().date() - timedelta(days=1))
    assert deadline_alerts.tick(db_session) == 1
    the_days_pass(register, Release.__table__, track_until=dates.now().date() + timedelta(days=5))
    assert deadline_alerts.tick(db_session) == 1
    assert told(db_session, "tracking.soon") == [("PC-02", None)]


def the_days_pass(register, table, **values):
    """As if what is written there had been written so: nothing follows from it but what a clock does."""
    with register.owner.begin() as connection:
        connection.execute(table.update().values(values))
