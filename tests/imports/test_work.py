"""The work on an import, as it is told on its pages: how far it is, how it ended, and no longer than that."""

from sqlalchemy import select

from app.extensions import db
from app.imports import running
from app.jobs.models import Job
from tests.imports.files_sent import let_in, tried


def job_of(kind):
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.kind == kind)).one()


def test_a_trial_run_tells_of_how_many_rows_it_is_behind_which(reader, db_session, monkeypatch):
    """The sample has three rows; two of them are one case."""
    told = []
    monkeypatch.setattr("app.jobs.work.Work._note", lambda work, **values: told.append(values))
    monkeypatch.setattr(running, "AT_ONCE", 1)
    tried(reader)
    assert [one.get("total", one.get("reached")) for one in told] == [3, 2, 3, 3]


def test_what_is_done_tells_what_was_done_and_no_row_any_more(reader, second, db_session):
    let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    assert (job_of("import_check").total, job_of("import").total) == (3, 3)
    (job,) = reader.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ត្រឹមត្រូវ៖ ១។ ខុស៖ ១។"
    (job,) = second.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ក្នុងប្រព័ន្ធ៖ ១។ នៅរង់ចាំ៖ ១។"
