"""The sheets of a list of cases come as one PDF of a job."""

import pytest
from sqlalchemy import select, update

from app import jobs
from app.accounts.models import SignIn
from app.extensions import db
from app.jobs.models import DONE, FAILED, Job
from app.printouts import batches
from tests.printouts.pdf_text import pages
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.special_access.sample_cases import user

CASES = 3


@pytest.fixture
def cases(db_session):
    with written_by("clerk.bb"):
        made = [
            a_registered_case(people=[(a_registered_person(n), "suspect")], report_kind=kind)
            for n, kind in enumerate(("complaint", "complaint", "flagrant"))
        ]
        numbers = [case.id for case in made]
    db_session.commit()
    return numbers


def the_job():
    db.session.rollback()
    (job,) = db.session.scalars(select(Job)).all()
    return db.session.get(Job, job.id, populate_existing=True)


def test_a_filtered_list_becomes_one_pdf_and_one_entry_of_the_log(
    client_as, cases, foreign, log, each_database
):
    clerk = client_as("clerk.bb")
    answer = clerk.send("/paper/case-sheets/?_flt_0_report_kind=complaint")
    job = the_job()
    assert answer.location.endswith(f"/jobs/show/{job.id}") and log("look.print") == []
    jobs.run_here(job.id)
    job = the_job()
    assert (job.state, job.result_type) == (DONE, "application/pdf")
    (entry,) = log("look.print")
    assert entry.facts["paper"] == "case-sheets" and len(entry.facts["people"]) == 2
    assert sorted(entry.facts["ids"]) == cases[:2] and entry.purpose == "investigation"
    assert job.result_name == f"case-sheets-{entry.seq}.pdf"
    with clerk.get(f"/jobs/fetch/{job.id}") as fetched:
        assert pages(fetched.data) >= 2
    assert client_as("chief.bb").get(f"/jobs/fetch/{job.id}").status_code == 404


def test_sheets_that_are_asked_for_twice_by_one_page_are_one_job(client_as, cases, each_database):
    clerk = client_as("clerk.bb")
    (box,) = clerk.page("/case/list/").all("input", name="once")
    answers = [clerk.send("/paper/case-sheets/", {"once": box["value"]}) for _click in range(3)]
    assert {one.location for one in answers} == {f"/jobs/show/{the_job().id}"}


def test_a_protected_victim_is_masked_in_a_batch_too(client_as, protected, log):
    client_as("clerk.bb").send("/paper/case-sheets/")
    jobs.run_here(the_job().id)
    suspect = next(row.person_id for row in protected.involvements if row.role == "suspect")
    assert log("look.print")[0].facts["people"] == [suspect]


def test_who_lost_the_right_meanwhile_gets_nothing(client_as, cases, app, log):
    client_as("clerk.bb").send("/paper/case-sheets/")
    number, clerk = the_job().id, user("clerk.bb")
    clerk.roles = list(user("manager").roles)
    db.session.commit()
    jobs.run_here(number)
    assert (the_job().state, the_job().result_file) == (FAILED, None) and log("look.print") == []


def test_without_the_right_a_purpose_or_a_case_no_job_begins(client_as, own):
    assert client_as("manager").send("/paper/case-sheets/").status_code in (302, 403)
    db.session.execute(update(SignIn).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert client_as("clerk.bb").send("/paper/case-sheets/").status_code == 428
    assert client_as("chief.bb").send("/paper/case-sheets/?_flt_0_report_kind=flagrant").status_code in (
        302,
        428,
    )
    assert db.session.scalars(select(Job)).all() == []


def test_the_list_offers_it_to_who_may(client_as, own):
    def offered(username):
        return [f for f in client_as(username).page("/case/list/?_flt_0_status=open").all("form", action=True) if f["action"].startswith("/paper/")]  # fmt: skip

    assert [form["action"] for form in offered("clerk.bb")] == ["/paper/case-sheets/?_flt_0_status=open"]
    assert offered("manager") == []


def test_no_more_than_two_hundred_are_taken(client_as, cases, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 2)
    client_as("clerk.bb").send("/paper/case-sheets/")
    assert len(the_job().arguments["ids"]) == 2
