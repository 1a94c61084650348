"""A list of cases is printed as one PDF by a job."""

from sqlalchemy import select, update

from app import jobs
from app.accounts.models import LoginSession
from app.extensions import db
from app.jobs.models import DONE, FAILED, Job
from app.printouts import batches
from tests.prepared import prepared
from tests.printouts.pdf_text import count_pages
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import find_user

CASES = 3


@prepared
def cases(db_session):
    with acting_as("clerk.bb"):
        made = [
            add_registered_case(people=[(make_registered_person(n), "suspect")], report_kind=kind)
            for n, kind in enumerate(("complaint", "complaint", "flagrant"))
        ]
        numbers = [case.id for case in made]
    db_session.commit()
    return numbers


def get_job():
    db.session.rollback()
    (job,) = db.session.scalars(select(Job)).all()
    return db.session.get(Job, job.id, populate_existing=True)


def test_batch_of_filtered_list_makes_one_pdf_and_audit_entry(client_as, cases, foreign, log, each_database):
    clerk = client_as("clerk.bb")
    response = clerk.send("/printout/case-sheets/?_flt_0_report_kind=complaint")
    job = get_job()
    assert response.location.endswith(f"/jobs/show/{job.id}") and log("access.printed") == []
    jobs.run_job(job.id)
    job = get_job()
    assert (job.state, job.result_type) == (DONE, "application/pdf")
    (entry,) = log("access.printed")
    assert entry.facts["paper"] == "case-sheets" and len(entry.facts["people"]) == 2
    assert sorted(entry.facts["ids"]) == cases[:2] and entry.purpose == "investigation"
    assert job.result_name == f"case-sheets-{entry.seq}.pdf"
    with clerk.get(f"/jobs/download/{job.id}") as fetched:
        assert count_pages(fetched.data) >= 2
    assert client_as("chief.bb").get(f"/jobs/download/{job.id}").status_code == 404


def test_batch_requested_twice_starts_one_job(client_as, cases, each_database):
    clerk = client_as("clerk.bb")
    (key_field, _of_selection) = clerk.page("/case/list/").all("input", name="idempotency_key")
    responses = [
        clerk.send("/printout/case-sheets/", {"idempotency_key": key_field["value"]}) for _click in range(3)
    ]
    assert {one.location for one in responses} == {f"/jobs/show/{get_job().id}"}


def test_batch_masks_protected_victim(client_as, protected, log):
    client_as("clerk.bb").send("/printout/case-sheets/")
    jobs.run_job(get_job().id)
    suspect = next(row.person_id for row in protected.involvements if row.role == "suspect")
    assert log("access.printed")[0].facts["people"] == [suspect]


def test_batch_after_lost_permission_fails(client_as, cases, app, log):
    client_as("clerk.bb").send("/printout/case-sheets/")
    number, clerk = get_job().id, find_user("clerk.bb")
    clerk.roles = list(find_user("manager").roles)
    db.session.commit()
    jobs.run_job(number)
    assert (get_job().state, get_job().result_file) == (FAILED, None) and log("access.printed") == []


def test_batch_without_permission_purpose_or_cases_is_refused(client_as, own):
    assert client_as("manager").send("/printout/case-sheets/").status_code in (302, 403)
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert client_as("clerk.bb").send("/printout/case-sheets/").status_code == 428
    assert client_as("chief.bb").send("/printout/case-sheets/?_flt_0_report_kind=flagrant").status_code in (
        302,
        428,
    )
    assert db.session.scalars(select(Job)).all() == []


def test_case_list_offers_batch_to_permitted_users(client_as, own):
    def offered(username):
        return [f for f in client_as(username).page("/case/list/?_flt_0_status=open").all("form", action=True) if f["action"].startswith("/printout/")]  # fmt: skip

    assert [form["action"] for form in offered("clerk.bb")] == ["/printout/case-sheets/?_flt_0_status=open"]
    assert offered("manager") == []


def test_batch_is_limited_to_max_sheets(client_as, cases, monkeypatch):
    monkeypatch.setattr(batches, "MAX_SHEETS", 2)
    client_as("clerk.bb").send("/printout/case-sheets/")
    assert len(get_job().arguments["ids"]) == 2
