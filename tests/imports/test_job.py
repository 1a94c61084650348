"""Jobs of an import on its pages: progress, result, and notices."""

from sqlalchemy import select, update

from app.extensions import db
from app.imports import runner, uploads
from app.imports.models import ImportRun
from app.inbox.models import NOTICE, Message
from app.jobs.models import Job
from tests.imports.sample_files import run_jobs, upload, upload_and_import, upload_and_try
from tests.imports.steps import approve


def get_job(kind):
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.kind == kind)).one()


def test_trial_run_reports_row_progress(uploader, db_session, monkeypatch):
    """The sample has three rows; two of them are one case."""
    notes = []
    monkeypatch.setattr("app.jobs.job_context.JobContext._record", lambda job, **values: notes.append(values))
    monkeypatch.setattr(runner, "BATCH_SIZE", 1)
    upload_and_try(uploader)
    assert [one.get("total", one.get("progress")) for one in notes] == [3, 2, 3, 3]


def test_resumed_import_reports_its_starting_row(uploader, approver, db_session, monkeypatch):
    pk = upload_and_try(uploader)
    approve(approver, pk)
    db.session.execute(update(ImportRun).where(ImportRun.id == pk).values(last_row=3))
    db.session.commit()
    notes = []
    monkeypatch.setattr("app.jobs.job_context.JobContext._record", lambda job, **values: notes.append(values))
    run_jobs()
    assert notes[:2] == [{"total": 3}, {"progress": 2, "progress_text": ""}]


def test_finished_job_shows_its_result(uploader, approver, db_session):
    upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    assert (get_job("import_check").total, get_job("import").total) == (3, 3)
    (job,) = uploader.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ត្រឹមត្រូវ៖ ១។ ខុស៖ ១។"
    (job,) = approver.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ក្នុងប្រព័ន្ធ៖ ១។ នៅរង់ចាំ៖ ១។"


def test_row_number_has_label_in_card_layout(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    assert "Row 4" in [one.text for one in uploader.page(f"/import/show/{pk}").all("td", css="lead")]
    approve(approver, pk)
    run_jobs()
    assert [one.text for one in approver.page(f"/rejected-entries/list/{pk}").all("td", css="lead")] == [
        "Row 4"
    ]


def test_viewing_the_result_closes_the_notice(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    assert list_notices() == ["job.done"]
    approver.get(f"/import/show/{pk}")
    assert list_notices() == ["job.done"], "the notice belongs to another user"
    uploader.get(f"/import/show/{upload_and_try(uploader, 'ecrime-2010.csv', 'ecrime-2010')}")
    assert list_notices() == ["job.done"], "this page shows another import"
    uploader.get(f"/import/show/{pk}")
    assert list_notices() == []


def test_failure_notice_stays_until_it_is_read(uploader, db_session):
    pk = upload(uploader, "ecrime-2016.csv", "ecrime-2016")
    uploader.send(f"/import/check/{pk}")
    uploads.delete_upload(db.session.get(ImportRun, pk).sha256)
    run_jobs()
    uploader.get(f"/import/show/{pk}")
    assert list_notices() == ["job.failed"]


def list_notices():
    db.session.rollback()
    open_ones = select(Message.text_key).where(Message.kind == NOTICE, Message.done_at.is_(None))
    return db.session.scalars(open_ones).all()
