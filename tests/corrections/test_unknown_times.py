"""A correction of a time to a day, or of a day to a time, also changes whether the time is known."""

from datetime import datetime, time

import pytest
from sqlalchemy import select

from app.custody.models import Arrest, Custody, CustodyStep
from tests.corrections.steps import (
    CAUSE,
    LETTER,
    REASON,
    apply_correction,
    decide,
    load_correction,
    post_request,
    request_correction,
)
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    find_shown_rules,
    format_day,
    make_suspect,
)
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sql_calls import Program

ARRESTED, ENDED = format_day(-7), format_day(-5)
ASKED = {"at__V001__reason": "checked"}


@pytest.fixture
def clerk(client_as):
    return client_as("clerk.bb")


def correct(chief, planner, group, record, **values):
    """Correct a record, and return {column: new value} of the request."""
    number = request_correction(chief, record, **values)
    fields = {one.column_name: one.after for one in load_correction(number).fields if not one.derived}
    assert decide(planner, number).status_code == 302
    assert apply_correction(group, number).status_code == 302
    return fields


def test_an_end_of_which_only_the_day_is_known_may_be_over_the_limit(
    db_session, clerk, chief, planner, group, each_database
):
    with registered_before(LOCKED_AGE):
        arrest = enter_arrest(clerk, make_suspect(), at=f"{ARRESTED} 09:00")
        held = enter_custody(clerk, arrest, arrived_at=f"{ARRESTED} 10:00")
        enter_custody_step(clerk, held, "lawyer", at=f"{ARRESTED} 11:00", who="មេធាវី")
        enter_custody_step(clerk, held, "end", at=f"{ENDED} 09:30", outcome="to_prosecutor")
    step = db_session.scalars(select(CustodyStep).where(CustodyStep.kind == "end")).one()
    asked = find_shown_rules(Page.from_response(post_request(chief, step, 422, at=ENDED), 422))
    assert ("V060", "at") in asked
    fields = correct(chief, planner, group, step, at=ENDED, at__V060__reason="distance")
    assert fields["time_unknown"] is True
    db_session.expire_all()
    custody = db_session.get(Custody, held)
    assert custody.end_time_unknown and custody.ended_at.time() == time(23, 59)


def test_a_time_takes_the_place_of_the_day(db_session, clerk, chief, planner, group, each_database):
    with registered_before(LOCKED_AGE):
        pk = enter_arrest(clerk, make_suspect(), at=ARRESTED, **ASKED)
    arrest = db_session.get(Arrest, pk)
    day = arrest.at
    fields = correct(chief, planner, group, arrest, at=f"{ARRESTED} 14:30")
    moment = datetime.combine(day, time(14, 30))
    assert fields == {"at": moment.isoformat(), "time_unknown": False}
    db_session.expire_all()
    found = db_session.get(Arrest, pk)
    assert (found.at, found.time_unknown) == (moment, False)


def test_the_same_day_is_no_correction(db_session, clerk, chief):
    with registered_before(LOCKED_AGE):
        pk = enter_arrest(clerk, make_suspect(), at=ARRESTED, **ASKED)
    program = Program(chief)
    midnight = Program(clerk).get(f"arrests/{pk}")["result"]["at"]
    body = {"entity": "arrest", "entity_id": pk, "kind": "change", "cause": CAUSE, "reason": REASON}
    program.post("corrections/", body | {"letter_no": LETTER, "changes": {"at": midnight}}, expect=409)
