"""Concurrent writes on PostgreSQL: deadlines and visibility wait for each other, and no save is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.cases import case_status
from app.cases.models import Case, Involvement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.custody import deadline_index
from app.custody.models import ActiveDeadline, Arrest, Judgment
from app.extensions import db
from app.kernel.actor import SYSTEM, UNRESTRICTED, Actor, act_as
from app.kernel.database.transactions import lock_rows
from app.kernel.text import dates
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from app.reference.models import Court, Unit
from tests.accounts.sample_staff import find_user_id
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_judgment,
    format_ago,
    format_day,
    make_suspect,
)
from tests.custody.sample_rows import add_one_of_each
from tests.custody.test_deadline_index import ENDS
from tests.duplicates.sample_pairs import decide_request, request_merge
from tests.people.sample_deaths import confirm_death, report_death
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@prepared
def person(db_session):
    """A person with one record of each kind and no active deadline."""
    involvement = make_suspect()
    with acting_as("clerk.bb"):
        add_one_of_each(involvement, "PC-02")
    for model, (_limit, ended) in ENDS.items():
        db_session.execute(update(model.__table__).values({ended: dates.now()}))
    db_session.commit()
    assert not db_session.execute(select(ActiveDeadline.__table__)).all()
    db_session.rollback()
    return involvement.person_id


SHOW_ROW = "INSERT INTO visibility (person_id, province_code, unit_code, hidden) VALUES (:person, '12', 'PC-12', false)"
VISIBILITY_CHANGES = {
    "shown": SHOW_ROW,
    "hidden": "UPDATE visibility SET hidden = true WHERE person_id = :person",
    "gone": "DELETE FROM visibility WHERE person_id = :person",
}
OPEN_CUSTODY = "UPDATE custody SET ended_at = NULL WHERE person_id = :person"
COUNT_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :like"


@pytest.mark.parametrize("deadline_first", [True, False])
@pytest.mark.parametrize("other", VISIBILITY_CHANGES)
def test_deadline_and_visibility_writes_wait_in_turn(person, owner, other, deadline_first):
    """Both transactions write before either commits, and the later one waits."""
    statements = [OPEN_CUSTODY, VISIBILITY_CHANGES[other]]
    first, second = statements if deadline_first else statements[::-1]
    with ThreadPoolExecutor(1) as pool, db.engine.connect() as connection:
        connection.execute(text("SELECT set_config('ecrime.access', 'unrestricted', true)"))
        connection.execute(text(first), {"person": person})
        later = pool.submit(_execute, db.engine, second, person)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not (later.done() or watcher.scalar(text(COUNT_WAITING), {"like": f"%{second[:30]}%"})):
                pass
        assert not later.done()
        connection.commit()
        later.result()
    with owner.connect() as connection:
        assert deadline_index.find_drift(connection) == []


def _execute(engine, statement, person):
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('ecrime.access', 'unrestricted', true)"))
        connection.execute(text(statement), {"person": person})


def test_simultaneous_saves_about_one_person_succeed(app, client_as, db_session, database):
    """Custodies, detentions, arrests, orders and cases at once cause no lock error and no wrong result."""
    suspects = {}
    for number in range(2):
        involvement = make_suspect(hours=24 * 400, number=60 + number)
        orders = [
            make_active_order(person=involvement.person, case=involvement.case, number=f"{number}{one}/26").id
            for one in range(2)
        ]
        db_session.commit()
        clerk = client_as("clerk.bb")
        suspects[involvement.id] = (
            involvement.person_id,
            orders,
            enter_custody(clerk, enter_arrest(clerk, SimpleNamespace(id=involvement.id))),
        )

    def send_form(username, page, **typed):
        return client_as(username).send(f"/{page}/add", typed).status_code

    def step(kind, **typed):
        return lambda pk: send_form(
            "clerk.bb", "custodystep", custody=suspects[pk][2], kind=kind, at=format_ago(hours=1), at__reason="other", **typed
        )  # fmt: skip

    def detain(pk):
        return send_form(
            "clerk.bb", "detention", involvement=pk, kind="provisional", since=format_day(-1), first_prison="CC1",
            offence_class="felony", document_no="4/26", document_date=format_day(-3), court="CFI-02",
        )  # fmt: skip

    def arrest(pk):
        return send_form(
            "investigator.bb", "arrest", involvement=pk, at=format_ago(hours=1), by_unit="PC-02", officers="ម", ground="warrant",
            order=suspects[pk][1][0], place=BATTAMBANG, match_reason="ម", at__reason="other",
        )  # fmt: skip

    def reassign(pk):
        at = f"{dates.now():%d-%m-%Y %H:%M}"
        return send_form("warrant.bb", "order-assign", order=suspects[pk][1][1], at=at, to_unit="PC-12")

    def add_case(pk):
        with app.app_context(), acting_as("clerk.pp"):
            case = add_registered_case(place=PHNOM_PENH, occurred_to=None)
            case.involvements.append(Involvement(person_id=suspects[pk][0], role="witness"))
            db.session.add(case)
            db.session.commit()
        return 302

    actions = [
        step("rights"),
        add_case,
        detain,
        reassign,
        step("end", outcome="released"),
        add_case,
        arrest,
        detain,
    ]
    with ThreadPoolExecutor(8) as pool:
        codes = list(
            pool.map(lambda one: one[0](one[1]), [(action, pk) for action in actions for pk in suspects])
        )
    assert set(codes) <= {302, 409, 422} and codes.count(302) > len(codes) / 2, codes
    act_as(db.session, SYSTEM)
    assert deadline_index.find_drift(db.session.connection()) == []
    assert status.find_drift(db.session.connection())[1] == []


def test_arrest_and_withdrawal_of_its_suspect_wait_in_turn(clerk, db_session, owner):
    """The withdrawal has locked the case. The arrest waits for it before it locks the suspect, and is refused."""
    suspect = make_suspect()
    pk, case_id, author = suspect.id, suspect.case_id, suspect.recorded_by_id
    db_session.rollback()

    def arrest():
        typed = {
            "involvement": pk,
            "at": format_ago(hours=1),
            "by_unit": "PC-02",
            "ground": "flagrant",
            "officers": "ម",
        }
        return clerk.send("/arrest/add", typed).status_code

    with ThreadPoolExecutor(1) as pool, Session(db.engine) as other:
        act_as(other, Actor(author, "PC-02", scope=UNRESTRICTED))
        lock_rows(other, Case, [case_id])
        row, later = other.get(Involvement, pk), pool.submit(arrest)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not (later.done() or watcher.scalar(text(COUNT_WAITING), {"like": "%FOR NO KEY UPDATE%"})):
                pass
        assert not later.done()
        row.voided_at, row.void_reason = dates.now(), "ខុស"
        other.commit()
        assert later.result() == 422
    assert db_session.scalar(select(func.count()).select_from(Arrest)) == 0


@pytest.fixture
def overtaken(db_session, owner):
    """Return a function: another session runs `hold`, `act` waits for it, and the session commits `finish`.

    It returns the result of the act. `finish` has the session and what `hold` returned.
    """

    def save(act, hold, finish=lambda _session, _held: None, author="clerk.bb"):
        author = find_user_id(author)
        db_session.rollback()
        with ThreadPoolExecutor(1) as pool, Session(db.engine) as other:
            act_as(other, Actor(author, "PC-02", scope=UNRESTRICTED))
            held, later = hold(other), pool.submit(act)
            with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
                while not (later.done() or watcher.scalar(text(COUNT_WAITING), {"like": "%"})):
                    pass
            assert not later.done()
            finish(other, held)
            other.commit()
            result = later.result()
        assert case_status.find_drift(db_session.connection()) == []
        return result

    return save


@pytest.fixture
def entered_before(db_session, overtaken):
    """Return a function: another session has locked the case, an act waits, then a row of the suspect is saved.

    It returns the result of the act.
    """

    def save(suspect_id, act, make_row):
        case_id = db_session.get(Involvement, suspect_id).case_id
        return overtaken(
            act,
            lambda session: lock_rows(session, Case, [case_id]),
            lambda session, _held: session.add(make_row(session, session.get(Involvement, suspect_id))),
        )

    return save


@pytest.fixture
def arrest_of(entered_before):
    """Return a function: an arrest of the suspect is saved while an act waits for it. It returns the act's result."""

    def make_arrest(session, row):
        at = dates.now().replace(second=0, microsecond=0) - timedelta(days=2)
        return Arrest(involvement=row, at=at, ground="flagrant", by_unit=session.get(Unit, "PC-02"))

    return lambda suspect_id, act: entered_before(suspect_id, act, make_arrest)


def test_arrest_and_death_of_its_suspect_wait_in_turn(client_as, db_session, arrest_of):
    """The death waits for the case before it locks the person, whose status the arrest changes."""
    suspect = make_suspect()
    report = report_death(suspect.person)
    db_session.commit()
    officer = client_as("investigator.bb")
    url = f"/deathreport/decide/{report.id}"
    assert arrest_of(suspect.id, lambda: officer.send(url, {"confirmation": CONFIRMED}).status_code) == 302
    assert db_session.scalar(select(Person.deceased_on)) is not None
    assert status.find_drift(db_session.connection())[1] == []


def test_same_arrest_that_another_officer_is_saving_asks_for_a_reason(clerk, db_session, arrest_of):
    """V181. The rules of the second arrest wait for the first, from the page and from a program."""
    suspect, day = make_suspect(), dates.now() - timedelta(days=2)
    typed = {"involvement": suspect.id, "by_unit": "PC-02", "ground": "flagrant", "officers": "ម"}
    answer = arrest_of(suspect.id, lambda: clerk.send("/arrest/add", typed | {"at": f"{day:%d-%m-%Y %H:%M}"}))
    assert answer.status_code == 422 and "V181" in answer.text
    other, program = make_suspect(number=5), Program(clerk)
    body = typed | {"involvement": other.id, "at": f"{day:%Y-%m-%dT%H:%M}"}
    assert "V181" in str(arrest_of(other.id, lambda: program.post("arrests/", body, 422)))
    assert db_session.scalar(select(func.count()).select_from(Arrest)) == 2


def test_same_judgment_that_another_officer_is_saving_asks_for_a_reason(clerk, db_session, entered_before):
    """V182. The rules of the second judgment wait for the first."""
    suspect = make_suspect()

    def make_judgment(session, row):
        return Judgment(
            involvement=row, court=session.get(Court, "CFI-02"), court_no="301/26", decided_on=dates.now().date(), verdict="convicted",
        )  # fmt: skip

    typed = {
        "involvement": suspect.id, "court": "CFI-02", "court_no": "៣០១/២៦", "decided_on": format_day(), "verdict": "convicted",
    }  # fmt: skip
    answer = entered_before(suspect.id, lambda: clerk.send("/judgment/add", typed), make_judgment)
    assert answer.status_code == 422 and "V182" in answer.text
    assert db_session.scalar(select(func.count()).select_from(Judgment)) == 1


def test_arrest_and_merge_of_its_suspect_wait_in_turn(client_as, db_session, arrest_of):
    """The merge waits for the case before it locks the two people, and then moves the new arrest too."""
    suspect = make_suspect()
    with acting_as("clerk.bb"):
        surviving = make_registered_person(77)
        add_registered_case(people=[(surviving, "suspect")])
        db_session.commit()
    staying = surviving.id
    merge = request_merge(client_as("clerk.bb"), surviving, suspect.person)
    chief = client_as("chief.bb")
    assert arrest_of(suspect.id, lambda: decide_request(chief, merge).status_code) == 302
    assert db_session.scalar(select(Arrest.person_id)) == staying


@pytest.fixture
def judged_case(clerk, db_session):
    """The id of a case whose only suspect is judged: another suspect opens it again, unless that person has died."""
    judged = make_suspect(hours=24 * 20, number=80)
    enter_judgment(clerk, judged, decided_on=format_day(-5))
    return judged.case_id


def add_suspect(case_id, person_id):
    """Return a function that adds the person to the case in a session."""

    def add(session):
        case, person = session.get(Case, case_id), session.get(Person, person_id)
        session.add(Involvement(case=case, person=person, role="suspect"))
        session.flush()

    return add


def test_new_suspect_and_death_of_this_person_wait_in_turn(client_as, db_session, overtaken, judged_case):
    """The death does not know the case that another officer has just named: it is confirmed once more."""
    suspect = make_suspect(number=81)
    report = report_death(suspect.person)
    db_session.commit()
    officer, url, person_id = (
        client_as("investigator.bb"),
        f"/deathreport/decide/{report.id}",
        suspect.person_id,
    )

    def confirm():
        return officer.send(url, {"confirmation": CONFIRMED}).status_code

    assert overtaken(confirm, add_suspect(judged_case, person_id)) == 422
    assert db_session.get(Case, judged_case).status != "judged"
    db_session.rollback()
    assert confirm() == 302
    assert db_session.get(Case, judged_case).status == "judged"
    assert case_status.find_drift(db_session.connection()) == []


def test_death_and_new_suspect_of_this_person_wait_in_turn(app, db_session, overtaken, judged_case):
    """The new row waits for the death, which it counts."""
    suspect = make_suspect(number=81)
    report, person_id = report_death(suspect.person), suspect.person_id
    db_session.commit()
    pk = report.id

    def confirm(session):
        record_decision(session.get(DeathReport, pk), CONFIRMED, "")
        session.flush()

    clerk = Actor(find_user_id("clerk.bb"), "PC-02", scope=UNRESTRICTED)

    def add():
        with app.app_context(), Session(db.engine) as session:
            act_as(session, clerk)
            add_suspect(judged_case, person_id)(session)
            session.commit()

    overtaken(add, confirm, author="investigator.bb")
    assert db_session.get(Case, judged_case).status == "judged"


def test_new_suspect_and_merge_of_this_person_wait_in_turn(client_as, db_session, overtaken, judged_case):
    """The merge does not know the case that another officer has just named: it is decided once more."""
    suspect = make_suspect(number=81)
    with acting_as("clerk.bb"):
        surviving = make_registered_person(77)
        add_registered_case(people=[(surviving, "suspect")])
    confirm_death(surviving)
    db_session.commit()
    staying, person_id = surviving.id, suspect.person_id
    merge, chief = request_merge(client_as("clerk.bb"), surviving, suspect.person), client_as("chief.bb")
    answer = overtaken(lambda: decide_request(chief, merge), add_suspect(judged_case, person_id))
    assert answer.status_code == 422
    assert decide_request(chief, merge).status_code == 302
    found = select(Involvement.person_id).where(Involvement.case_id == judged_case)
    assert staying in db_session.scalars(found).all()
    assert db_session.get(Case, judged_case).status == "judged"
    assert case_status.find_drift(db_session.connection()) == []
