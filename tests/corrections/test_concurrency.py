"""Double clicks and races: each step runs once, and edit conflicts are shown and not overwritten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select, text

from app.cases.models import Case
from app.corrections.models import Correction
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person
from tests.corrections.steps import (
    NEW_SUMMARY,
    apply_correction,
    decide,
    load_correction,
    post_request,
    request_correction,
)


def test_repeated_request_makes_one_correction(case, chief):
    first = request_correction(chief, case, summary=NEW_SUMMARY)
    again = post_request(chief, case, place_kind="market")
    assert again.location.endswith(f"/{first}")
    assert len(db.session.scalars(select(Correction)).all()) == 1


def test_repeated_step_is_refused(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    assert [decide(planner, number).status_code for _click in range(2)] == [302, 409]
    assert [apply_correction(group, number).status_code for _click in range(2)] == [302, 409]
    steps = select(AuditEvent).where(AuditEvent.action == "correction.applied")
    assert len(db.session.scalars(steps).all()) == 1


def test_simultaneous_steps_are_applied_once(case, chief, planner, group, client_as):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    assert run_simultaneously(decide, number, planner, client_as("planning")) == [302, 409]
    assert run_simultaneously(apply_correction, number, group, client_as("twg")) == [302, 409]
    assert (
        len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "correction.applied")).all())
        == 1
    )


def run_simultaneously(step, number, *clients):
    with ThreadPoolExecutor(len(clients)) as pool:
        return sorted(response.status_code for response in pool.map(lambda one: step(one, number), clients))


def test_record_changed_since_approval_is_not_corrected(case, owner, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    decide(planner, number)
    on_sqlite = owner.dialect.name == "sqlite"
    db.session.rollback()
    with owner.begin() as connection:  # as a database administrator could
        connection.execute(text("drop trigger lock_case_facts" + ("" if on_sqlite else ' on "case"')))
        connection.execute(text("update \"case\" set summary = 'something else'"))

    assert apply_correction(group, number).status_code == 409
    assert db.session.get(Case, case.id).summary == "something else"


def test_record_changed_by_another_correction_is_not_approved(case, chief, planner, group):
    person = case.involvements[0].person
    day = case.occurred_from - timedelta(days=400)
    one = request_correction(
        chief, case, occurred_from=f"{day:%d/%m/%Y %H:%M}", occurred_from__reason="checked"
    )
    late = request_correction(chief, case.involvements[0], note="បានពិនិត្យ")
    other = request_correction(
        chief, db.session.get(Person, person.id), born_on=f"{case.occurred_from.year - 16}-01-01"
    )
    decide(planner, other)
    assert apply_correction(group, other).status_code == 302

    page = planner.page(f"/correction/show/{one}")
    assert page.all("button", value="approve")[0].get("disabled") is not None
    assert decide(planner, one).status_code == 409 and load_correction(one).state == "requested"
    decide(planner, one, "refuse")
    assert load_correction(one).state == "refused"
    decide(planner, late)
    assert apply_correction(group, late).status_code == 302, "no field of this correction changed"
