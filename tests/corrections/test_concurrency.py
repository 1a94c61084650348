"""Clicks and races: a step is taken once, and what changed meanwhile is shown and not overwritten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select, text

from app.cases.models import Case
from app.corrections.models import Correction
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person
from tests.corrections.steps import NEW, ask, asked, carry_out, decide, the


def test_two_clicks_and_two_chiefs_make_one_correction(case, chief):
    first = asked(chief, case, summary=NEW)
    again = ask(chief, case, place_kind="market")
    assert again.location.endswith(f"/{first}")
    assert len(db.session.scalars(select(Correction)).all()) == 1


def test_a_second_click_decides_and_carries_out_nothing_more(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    assert [decide(planner, number).status_code for _click in range(2)] == [302, 409]
    assert [carry_out(group, number).status_code for _click in range(2)] == [302, 409]
    steps = select(AuditEvent).where(AuditEvent.action == "correction.carried")
    assert len(db.session.scalars(steps).all()) == 1


def test_of_two_who_take_a_step_at_once_one_is_told_of_the_other(case, chief, planner, group, client_as):
    number = asked(chief, case, summary=NEW)
    assert at_once(decide, number, planner, client_as("planning")) == [302, 409]
    assert at_once(carry_out, number, group, client_as("twg")) == [302, 409]
    assert (
        len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "correction.carried")).all())
        == 1
    )


def at_once(step, number, *clients):
    with ThreadPoolExecutor(len(clients)) as people:
        return sorted(answer.status_code for answer in people.map(lambda one: step(one, number), clients))


def test_a_record_that_changed_meanwhile_is_shown_and_not_corrected(case, owner, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    decide(planner, number)
    on_sqlite = owner.dialect.name == "sqlite"
    db.session.rollback()
    with owner.begin() as connection:  # as somebody with the database in his hands could
        connection.execute(text("drop trigger lock_case_facts" + ("" if on_sqlite else ' on "case"')))
        connection.execute(text("update \"case\" set summary = 'something else'"))

    assert carry_out(group, number).status_code == 409
    assert db.session.get(Case, case.id).summary == "something else"


def test_what_another_correction_changed_meanwhile_is_shown_and_not_decided(case, chief, planner, group):
    person = case.involvements[0].person
    day = case.occurred_from - timedelta(days=400)
    one = asked(chief, case, occurred_from=f"{day:%d/%m/%Y %H:%M}", occurred_from__reason="checked")
    late = asked(chief, case.involvements[0], note="បានពិនិត្យ")
    other = asked(chief, db.session.get(Person, person.id), born_on=f"{case.occurred_from.year - 16}-01-01")
    decide(planner, other)
    assert carry_out(group, other).status_code == 302

    page = planner.page(f"/correction/show/{one}")
    assert page.all("button", value="approve")[0].get("disabled") is not None
    assert decide(planner, one).status_code == 409 and the(one).state == "asked"
    decide(planner, one, "refuse")
    assert the(one).state == "refused"
    decide(planner, late)
    assert carry_out(group, late).status_code == 302, "of what neither names nothing changed"
