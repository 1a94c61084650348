"""The work on an import, as it is told on its pages: how far it is, how it ended, and no longer than that."""

from sqlalchemy import select, update

from app.extensions import db
from app.imports import runner, uploads
from app.imports.models import ImportRun
from app.inbox.models import NOTICE, Message
from app.jobs.models import Job
from tests.imports.sample_files import let_in, sent, tried, worked


def job_of(kind):
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.kind == kind)).one()


def test_a_trial_run_tells_of_how_many_rows_it_is_behind_which(reader, db_session, monkeypatch):
    """The sample has three rows; two of them are one case."""
    told = []
    monkeypatch.setattr("app.jobs.job_context.Work._note", lambda work, **values: told.append(values))
    monkeypatch.setattr(runner, "AT_ONCE", 1)
    tried(reader)
    assert [one.get("total", one.get("reached")) for one in told] == [3, 2, 3, 3]


def test_what_goes_on_tells_at_once_where_it_was_stopped(reader, second, db_session, monkeypatch):
    pk = tried(reader)
    second.send(f"/import/let-in/{pk}")
    db.session.execute(update(ImportRun).where(ImportRun.id == pk).values(last_row=3))
    db.session.commit()
    told = []
    monkeypatch.setattr("app.jobs.job_context.Work._note", lambda work, **values: told.append(values))
    worked()
    assert told[:2] == [{"total": 3}, {"reached": 2, "words": ""}]


def test_what_is_done_tells_what_was_done_and_no_row_any_more(reader, second, db_session):
    let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    assert (job_of("import_check").total, job_of("import").total) == (3, 3)
    (job,) = reader.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ត្រឹមត្រូវ៖ ១។ ខុស៖ ១។"
    (job,) = second.page("/jobs/list/").all("article", css="job")
    assert job.all("p", css="small")[0].text == "ក្នុងប្រព័ន្ធ៖ ១។ នៅរង់ចាំ៖ ១។"


def test_a_row_is_called_so_where_no_heading_stands_above_it(reader, second, db_session):
    pk = tried(reader)
    assert "Row 4" in [one.text for one in reader.page(f"/import/show/{pk}").all("td", css="lead")]
    second.send(f"/import/let-in/{pk}")
    worked()
    assert [one.text for one in second.page(f"/import-waiting/list/{pk}").all("td", css="lead")] == ["Row 4"]


def test_whoever_sees_what_came_of_it_needs_no_notice_any_more(reader, second, db_session):
    pk = tried(reader)
    assert notices() == ["job.done"]
    second.get(f"/import/show/{pk}")
    assert notices() == ["job.done"], "it is another's"
    reader.get(f"/import/show/{tried(reader, 'ecrime-2010.csv', 'ecrime-2010')}")
    assert notices() == ["job.done"], "this page tells of another import"
    reader.get(f"/import/show/{pk}")
    assert notices() == []


def test_that_it_was_not_done_is_told_until_its_reason_was_read(reader, db_session):
    pk = sent(reader, "ecrime-2016.csv", "ecrime-2016")
    reader.send(f"/import/check/{pk}")
    uploads.drop(db.session.get(ImportRun, pk).sha256)
    worked()
    reader.get(f"/import/show/{pk}")
    assert notices() == ["job.failed"]


def notices():
    db.session.rollback()
    open_ones = select(Message.text_key).where(Message.kind == NOTICE, Message.done_at.is_(None))
    return db.session.scalars(open_ones).all()
