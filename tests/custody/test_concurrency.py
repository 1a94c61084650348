"""Clocks on PostgreSQL, where many write at once: what opens one and what shows its person elsewhere wait for each other, and
nobody's save is lost because of that.
"""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text, update

from app.cases.models import Involvement
from app.custody import deadline_index
from app.custody.models import OpenClock
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.text import dates
from app.people import status
from tests.court_orders.sample_orders import an_active_order
from tests.custody.form_data import a_suspect, ago, arrest, custody, day
from tests.custody.sample_rows import one_of_each
from tests.custody.test_deadline_index import ENDS
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, written_by

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def person(db_session):
    """Somebody with one record of each kind, none of which has an open clock."""
    part = a_suspect()
    with written_by("clerk.bb"):
        one_of_each(part, "PC-02")
    for model, (_limit, ended) in ENDS.items():
        db_session.execute(update(model.__table__).values({ended: dates.now()}))
    db_session.commit()
    assert not db_session.execute(select(OpenClock.__table__)).all()
    db_session.rollback()
    return part.person_id


SHOWN = "INSERT INTO visibility (person_id, province_code, unit_code, hidden) VALUES (:person, '12', 'PC-12', false)"
OTHERS_ACTS = {
    "shown": SHOWN,
    "hidden": "UPDATE visibility SET hidden = true WHERE person_id = :person",
    "gone": "DELETE FROM visibility WHERE person_id = :person",
}
OPENS = "UPDATE custody SET ended_at = NULL WHERE person_id = :person"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :like"


@pytest.mark.parametrize("clock_first", [True, False])
@pytest.mark.parametrize("other", OTHERS_ACTS)
def test_a_clock_and_what_shows_its_person_do_not_pass_each_other_by(person, owner, other, clock_first):
    """Both write before either commits: the later one waits."""
    acts = [OPENS, OTHERS_ACTS[other]]
    first, second = acts if clock_first else acts[::-1]
    with ThreadPoolExecutor(1) as beside, db.engine.connect() as one:
        one.execute(text("SELECT set_config('ecrime.eye', 'everything', true)"))
        one.execute(text(first), {"person": person})
        later = beside.submit(_written, db.engine, second, person)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not (later.done() or watcher.scalar(text(WAITS), {"like": f"%{second[:30]}%"})):
                pass
        assert not later.done()
        one.commit()
        later.result()
    with owner.connect() as connection:
        assert deadline_index.differences(connection) == []


def _written(engine, statement, person):
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('ecrime.eye', 'everything', true)"))
        connection.execute(text(statement), {"person": person})


def test_what_is_done_to_one_person_at_the_same_moment_is_done(app, client_as, db_session, database):
    """Custody, detention, arrest, an order that moves and new cases, all of the same people: nobody is told to save again for
    a lock, and what follows is right.
    """
    held = {}
    for number in range(2):
        part = a_suspect(hours=24 * 400, number=60 + number)
        orders = [
            an_active_order(person=part.person, case=part.case, number=f"{number}{one}/26").id
            for one in range(2)
        ]
        db_session.commit()
        clerk = client_as("clerk.bb")
        held[part.id] = (part.person_id, orders, custody(clerk, arrest(clerk, SimpleNamespace(id=part.id))))

    def sent(username, page, **typed):
        return client_as(username).send(f"/{page}/add", typed).status_code

    def step(kind, **typed):
        return lambda part: sent(
            "clerk.bb", "custodystep", custody=held[part][2], kind=kind, at=ago(hours=1), at__reason="other", **typed
        )  # fmt: skip

    def detained(part):
        return sent(
            "clerk.bb", "detention", involvement=part, kind="provisional", since=day(-1), first_prison="CC1",
            offence_class="felony", paper_no="4/26", paper_on=day(-3), court="CFI-02",
        )  # fmt: skip

    def arrested(part):
        return sent(
            "investigator.bb", "arrest", involvement=part, at=ago(hours=1), by_unit="PC-02", officers="ម", ground="warrant",
            order=held[part][1][0], place=BATTAMBANG, hit_reason="ម", at__reason="other",
        )  # fmt: skip

    def moved(part):
        at = f"{dates.now():%d-%m-%Y %H:%M}"
        return sent("warrant.bb", "order-assign", order=held[part][1][1], at=at, to_unit="PC-12")

    def met(part):
        with app.app_context(), written_by("clerk.pp"):
            case = a_registered_case(place=PHNOM_PENH, occurred_to=None)
            case.involvements.append(Involvement(person_id=held[part][0], role="witness"))
            db.session.add(case)
            db.session.commit()
        return 302

    acts = [step("rights"), met, detained, moved, step("end", outcome="released"), met, arrested, detained]
    with ThreadPoolExecutor(8) as everybody:
        answers = list(
            everybody.map(lambda one: one[0](one[1]), [(act, part) for act in acts for part in held])
        )
    assert set(answers) <= {302, 409, 422} and answers.count(302) > len(answers) / 2, answers
    act_as(db.session, THE_REGISTER)
    assert deadline_index.differences(db.session.connection()) == []
    assert status.differences(db.session.connection())[1] == []
