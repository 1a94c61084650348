"""Time limits, with the time of the computer and of the database moved (libfaketime).

tests/gates/test_clocks.py runs this file with a time that follows the file named by FAKETIME_TIMESTAMP_FILE.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, AccessGrant
from app.kernel.audit import recorder
from app.kernel.text import dates
from tests.accounts.login import is_signed_in, open_signed_in_client, sign_in
from tests.corrections.steps import apply_correction, decide, load_correction, request_correction
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import foreign, open_by_break_glass  # noqa: F401  (a fixture)
from tests.sql_calls import Program

HOUR, MINUTE = 3600, 60
NEW = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"
NOW = {
    "sqlite": "select strftime('%Y-%m-%d %H:%M:%S', 'now', '+7 hours')",
    "postgresql": "select localtimestamp(0)::text",
}
pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture(autouse=True)
def clock():
    """Yield `clock(seconds)`, which moves the time forward by that many seconds; time continues from there."""
    path = Path(os.environ["FAKETIME_TIMESTAMP_FILE"])

    def at(seconds):
        fresh = path.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}")
        fresh.replace(path)  # atomic, because a server reads it at any moment

    at(0)
    yield at
    at(0)


def at_work(app, username):
    """Return a browser of a user who has just signed in and chosen a purpose."""
    client = open_signed_in_client(app, username)
    typed = {"_purpose": "investigation", "_purpose_about": "02-2026-000001"}
    assert client.send("/purpose/", typed).status_code == 302
    return client


@pytest.fixture
def case(db_session):
    with acting_as("clerk.bb"):
        made = add_registered_case(people=[(make_registered_person(), "suspect")])
    db_session.commit()
    return made


def change(app, case, expect):
    version = db.session.scalar(text('select version from "case" where id = :id'), {"id": case.id})
    db.session.rollback()
    body = {"summary": f"{NEW} {version}", "version": version}
    return Program(at_work(app, "clerk.bb")).put(f"cases/{case.id}", body, expect)


def change_in_sql(case):
    db.session.connection().execute(
        text('update "case" set summary = :new where id = :id'), {"new": NEW, "id": case.id}
    )
    db.session.rollback()


def test_fact_is_editable_until_48_hours(app, case, clock):
    clock(48 * HOUR - MINUTE)
    change(app, case, 200)
    change_in_sql(case)
    clock(48 * HOUR + MINUTE)
    change(app, case, 422)
    with pytest.raises(IntegrityError, match="lock: locked"):
        change_in_sql(case)


def test_idle_session_ends_after_fifteen_minutes(app, db_session, clock):
    client = open_signed_in_client(app)
    clock(14 * MINUTE)
    assert is_signed_in(client)
    clock(28 * MINUTE)
    assert is_signed_in(client)
    clock(44 * MINUTE)
    assert not is_signed_in(client)


def test_active_session_ends_after_twelve_hours(app, db_session, clock):
    client = open_signed_in_client(app)
    for minutes in range(14, 12 * 60 - 1, 14):
        clock(minutes * MINUTE)
        assert is_signed_in(client), minutes
    clock(12 * HOUR - MINUTE)
    assert is_signed_in(client)
    clock(12 * HOUR + 1)
    assert not is_signed_in(client)


def test_locked_account_unlocks_after_fifteen_minutes(app, db_session, clock):
    for _try in range(5):
        sign_in(app.test_client(), "clerk.bb", "wrong")
    clock(14 * MINUTE)
    assert sign_in(app.test_client()).status_code != 302
    clock(16 * MINUTE)
    assert sign_in(app.test_client()).status_code == 302


def test_break_glass_access_ends_after_eight_hours(app, case, foreign, clock):  # noqa: F811
    suspect = foreign.involvements[0].person_id
    assert open_by_break_glass(at_work(app, "investigator.bb"), case).status_code == 302
    assert db.session.query(AccessGrant).filter(AccessGrant.kind == BREAK_GLASS).count() == 1
    clock(8 * HOUR - MINUTE)
    assert at_work(app, "investigator.bb").get(f"/person/show/{suspect}").status_code == 200
    clock(8 * HOUR + MINUTE)
    assert at_work(app, "investigator.bb").get(f"/person/show/{suspect}").status_code == 404


@pytest.mark.parametrize(("late", "status"), [(-MINUTE, 302), (MINUTE, 409)])
def test_correction_is_applied_within_four_hours(app, db_session, clock, late, status):
    shut = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    number = request_correction(at_work(app, "chief.bb"), shut, summary=NEW)
    assert decide(at_work(app, "planning"), number).status_code == 302
    clock(4 * HOUR + late)
    assert apply_correction(at_work(app, "twg"), number).status_code == status
    assert load_correction(number).state == ("applied" if status == 302 else "approved")
    db.session.refresh(shut)
    assert (shut.summary == NEW) is (status == 302)


def test_time_set_back_blocks_saves_until_corrected(app, case, clock):
    clock(HOUR)
    recorder.record_now("session.signed_out")
    clock(0)
    assert sign_in(app.test_client()).status_code == 302, "reading continues"
    case.dossier_no = "PP-12"
    with pytest.raises(recorder.AuditWriteFailed):
        db.session.commit()
    db.session.rollback()
    assert case.dossier_no is None
    clock(HOUR)
    change(app, case, 200)


def test_database_time_moves_with_the_computer(app, db_session, clock):
    """Without this the tests above would prove nothing."""
    began = dates.now()
    clock(48 * HOUR)
    told = db_session.scalar(text(NOW[db.engine.dialect.name]))
    assert dates.now() - began > timedelta(hours=47)
    assert abs((datetime.fromisoformat(told) - dates.now()).total_seconds()) < 5
