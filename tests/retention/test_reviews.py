"""The queue of ended retention periods only proposes. It is filled in batches, and an officer decides about each record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import RetentionPeriod
from app.retention import reviews
from app.retention.models import RetentionReview, RetentionScan
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.retention.sample_acts import add_act, confirm, days_ago
from tests.sample_rows import acting_as, add_registered_case, make_registered_person, take_step


@prepared
def closed(db_session, each_database):
    """A case that was closed six years ago, with a suspect who was never charged, and a victim."""
    with acting_as("clerk.bb"):
        people = [(make_registered_person(1), "suspect"), (make_registered_person(2), "victim")]
        case = add_registered_case(people=people)
    case.occurred_from = case.occurred_from - timedelta(days=7 * 366)
    case.occurred_to = case.reported_at = case.occurred_from + timedelta(hours=1)
    db_session.flush()
    for kind, days in (("at_prosecutor", 6 * 366 + 1), ("filed", 6 * 366)):
        take_step(case, kind, "chief.bb", decided_on=days_ago(days), document_date=days_ago(days))
    db_session.commit()
    return db_session.get(Case, case.id)


def run_job():
    db.session.expire_all()
    return reviews.find_ended_periods(db.session)


def list_reviews():
    found = select(RetentionReview.period_code, RetentionReview.person_id).order_by(RetentionReview.id)
    return [tuple(row) for row in db.session.execute(found)]


def test_people_of_a_closed_case_come_into_the_queue_once(closed, db_session):
    suspect, victim = closed.involvements
    assert run_job() == 2
    assert list_reviews() == [("not_charged", suspect.person_id), ("victim_witness", victim.person_id)]
    assert run_job() == 0
    review = db_session.scalars(select(RetentionReview)).first()
    assert (review.unit_code, review.began_on) == ("PC-02", days_ago(6 * 366))


def test_open_case_and_running_period_propose_nothing(closed, db_session):
    take_step(closed, "open", "chief.bb", decided_on=days_ago(100), document_date=days_ago(100))
    db_session.commit()
    assert run_job() == 0
    take_step(closed, "closed", "chief.bb")
    db_session.commit()
    assert run_job() == 0, "the period begins again with the last step"


def test_death_begins_a_period_of_its_own(closed, db_session):
    person = closed.involvements[1].person
    confirm_death(person, days_ago(11 * 366))
    db_session.commit()
    run_job()
    assert ("deceased", person.id) in list_reviews()


def test_detained_person_does_not_come_into_the_queue(closed, db_session):
    detained = PersonStatus(
        person_id=closed.involvements[0].person_id, status="detained", entity="", entity_id=1
    )
    db_session.add(detained)
    db_session.commit()
    run_job()
    assert [code for code, _person in list_reviews()] == ["victim_witness"]


def test_job_continues_after_its_last_batch(closed, db_session, monkeypatch):
    monkeypatch.setattr(reviews, "BATCH_SIZE", 1)
    first, second = (row.id for row in closed.involvements)
    seen = []
    for _run in range(6):
        run_job()
        seen.append(db_session.scalar(select(RetentionScan.last_id)))
    assert seen.index(second) == seen.index(first) + 1 and 0 in seen
    assert len(list_reviews()) == 2


def test_officer_keeps_a_record_until_a_day_and_decides_again_after_it(
    closed, client_as, db_session, each_database
):
    run_job()
    review = db_session.scalars(select(RetentionReview)).first()
    hold = add_act("hold", person=review.person)
    db_session.commit()
    chief, url = client_as("chief.bb", "en"), f"/retentionreview/decide/{review.id}"
    page = chief.page(f"/retentionreview/show/{review.id}")
    assert hold.number in page.text and "to be confirmed" in page.text
    assert 'value="propose"' not in page.html
    keep = {"decision": "keep", "reason": "បណ្តឹងរដ្ឋប្បវេណីកំពុងបន្ត"}
    a_year = (dates.now() + timedelta(days=365)).strftime("%d-%m-%Y")
    for day in ("", "31-02-2030", "01-01-2020", "01-01-2090"):
        refused = chief.send(url, keep | {"keep_until": day})
        assert refused.status_code == 422 and keep["reason"] in refused.text, day
    page = Page.from_response(chief.send(url, keep | {"keep_until": a_year, "reason": ""}), 422)
    assert page.by_id("reason-bad").text, "at the field"
    assert client_as("clerk.bb").send(url, keep).status_code == 403
    assert chief.send(url, keep | {"keep_until": a_year}).status_code == 302
    assert chief.send(url, keep | {"keep_until": a_year}).status_code == 422, "already reviewed"
    db_session.expire_all()
    assert review.decision == "keep" and not reviews.is_due(review)
    review.keep_until = dates.now().date() - timedelta(days=1)
    db_session.commit()
    waiting, agreed = (f"/retentionreview/list/?_flt_0_state={state}" for state in ("waiting", "propose"))
    row = f"/retentionreview/show/{review.id}"

    def is_listed(url):
        return any(
            row in link["href"] for body in chief.page(url).all("tbody") for link in body.all("a", href=True)
        )

    assert is_listed(waiting) and not is_listed(agreed)
    propose = {"decision": "propose", "reason": "តាមរយៈពេល"}
    refused = Page.from_response(chief.send(url, propose), 422)
    assert f"A legal hold keeps this record: {hold.number}" in refused.text
    assert propose["reason"] in refused.html
    confirm(add_act("lift", ends=hold))
    db_session.commit()
    assert chief.send(url, propose).status_code == 302
    assert is_listed(agreed) and not is_listed(waiting)
    assert "The record itself is unchanged" in chief.page(row).text


def test_proposal_about_a_held_record_is_refused_below_the_page(closed, db_session):
    run_job()
    review = db_session.scalars(select(RetentionReview).order_by(RetentionReview.id)).first()
    add_act("hold", case=closed)
    db_session.commit()
    review.decision = "propose"
    with pytest.raises(RuleViolation) as refused:
        db_session.flush()
    assert [one.rule for one in refused.value.problems] == ["V165"]


def test_every_period_has_a_basis_and_says_whether_the_law_is_confirmed(db_session):
    for period in db_session.scalars(select(RetentionPeriod)):
        assert period.basis and period.source and period.to_confirm, period.code
