"""What the pages of an import say of the work on it, and of who may take its next step."""

import re

from sqlalchemy import select

from app.extensions import db
from app.imports.models import ImportEntry, ImportRun
from app.jobs.models import Job
from tests.imports.sample_files import let_in, sent, tried, worked


def newest_job():
    return db.session.scalars(select(Job).order_by(Job.id.desc())).first()


def test_its_page_follows_the_work_for_whoever_began_it_and_comes_anew_behind_it(reader, second, db_session):
    pk = sent(reader, "ecrime-2016.csv", "ecrime-2016")
    reader.send(f"/import/check/{pk}")
    job = newest_job()
    page = reader.page(f"/import/show/{pk}")
    assert page.all("section", **{"data-poll": f"/jobs/rows/{job.id}", "data-soon": True})
    assert page.all("div", **{"data-ends": True})
    assert re.search(r'<script src="[^"]*/jobs\.', reader.get(f"/import/show/{pk}").text)
    other = second.page(f"/import/show/{pk}")
    assert str(job.title) in other.text and not other.all("section", **{"data-poll": True})


def test_how_far_it_is_counts_rows_without_the_headings(reader, second, db_session):
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    rows, job = db.session.get(ImportRun, pk).report["rows"], newest_job()
    assert (job.total, job.reached) == (rows, rows)


def test_one_that_was_stopped_says_so_and_goes_on(reader, second, db_session):
    pk = tried(reader)
    second.send(f"/import/let-in/{pk}")
    second.send(f"/jobs/cancel/{newest_job().id}")
    worked()
    page = second.page(f"/import/show/{pk}")
    assert "It was stopped." in page.text and "Nothing was written." not in page.text
    assert page.all("form", action=f"/import/go-on/{pk}")
    second.send(f"/import/go-on/{pk}")
    worked()
    assert db.session.get(ImportRun, pk).state == "done"
    assert "It was stopped." not in second.get(f"/import/show/{pk}").text


def test_whoever_read_it_is_not_led_into_mending(reader, second, db_session):
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one().id
    ways = {"href": f"/import-waiting/mend/{entry}"}
    assert second.page(f"/import-waiting/list/{pk}").all("a", **ways)
    page = reader.page(f"/import-waiting/list/{pk}")
    assert "Another officer mends what waits" in page.text
    assert not page.all("a", **ways) and not page.all("input", name="file")
    assert reader.get(f"/import-waiting/mend/{entry}").status_code == 409
