"""Import pages show the running job and who may take the next step."""

import re

from sqlalchemy import select

from app.extensions import db
from app.imports.models import ImportRun
from app.jobs.models import Job
from tests.imports.sample_files import run_jobs, upload, upload_and_import, upload_and_try
from tests.imports.steps import approve


def newest_job():
    return db.session.scalars(select(Job).order_by(Job.id.desc())).first()


def test_import_page_polls_job_of_its_owner(uploader, approver, db_session):
    pk = upload(uploader, "ecrime-2016.csv", "ecrime-2016")
    uploader.send(f"/import/check/{pk}")
    job = newest_job()
    page = uploader.page(f"/import/show/{pk}")
    assert page.all("section", **{"data-poll": f"/jobs/rows/{job.id}", "data-soon": True})
    assert page.all("div", **{"data-ends": True})
    assert re.search(r'<script src="[^"]*/jobs\.', uploader.get(f"/import/show/{pk}").text)
    other = approver.page(f"/import/show/{pk}")
    assert str(job.title) in other.text and not other.all("section", **{"data-poll": True})


def test_job_progress_excludes_heading_row(uploader, approver, db_session):
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    rows, job = db.session.get(ImportRun, pk).report["rows"], newest_job()
    assert (job.total, job.progress) == (rows, rows)


def test_stopped_import_can_be_resumed(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    approve(approver, pk)
    approver.send(f"/jobs/cancel/{newest_job().id}")
    run_jobs()
    page = approver.page(f"/import/show/{pk}")
    assert "The import was stopped." in page.text and "Nothing was saved." not in page.text
    assert page.all("form", action=f"/import/resume/{pk}")
    approver.send(f"/import/resume/{pk}")
    run_jobs()
    assert db.session.get(ImportRun, pk).state == "done"
    assert "The import was stopped." not in approver.get(f"/import/show/{pk}").text
