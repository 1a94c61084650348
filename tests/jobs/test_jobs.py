"""A job runs as its owner, reports progress, ends in one of four ways, and is never run by two workers at once."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import jobs
from app.accounts.models import User
from app.extensions import db
from app.inbox.models import Message
from app.jobs import leases, queue, results, worker
from app.jobs.enqueue import stop_job
from app.jobs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job
from app.kernel import scheduler
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.text import dates
from tests.jobs import sample_jobs as kinds
from tests.jobs.sample_jobs import observed


@pytest.fixture(autouse=True)
def clear_observed():
    observed.clear()
    kinds.ACTIONS.pop("call", None)


def start_test_job(username="clerk.bb", kind="test.look", **arguments):
    """Start a job of this user and return its id."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, purpose="investigation", case_number="02-2026-000001"))
    job = jobs.start_job(db.session, kind, title="A test", **arguments)
    number = job.id
    db.session.commit()
    act_as(db.session, SYSTEM)
    return number


def reload_job(number):
    db.session.rollback()
    return db.session.get(Job, number, populate_existing=True)


def update_job(number, **values):
    db.session.execute(update(Job.__table__).where(Job.__table__.c.id == number).values(values))
    db.session.commit()


def list_messages():
    return [(one.text_key, one.entity_id) for one in db.session.scalars(select(Message))]


def test_job_runs_with_scope_rights_and_language_of_owner(db_session, noise, each_database):
    jobs.run_job(start_test_job(place="020310"))
    assert observed["arguments"] == {"place": "020310"}
    assert observed["cases"] == 0  # the only case is in another province
    assert (observed["actor"].unit_code, observed["actor"].purpose) == ("PC-02", "investigation")
    assert observed["actor"].case_number == "02-2026-000001"
    assert (observed["word"], observed["sex"], observed["reader"]) == ("សំណុំរឿង", "ស្រី", "clerk.bb")
    assert not observed["may"]

    user = db.session.scalars(select(User).where(User.username == "auditor")).unique().one()
    user.language = "en"
    db.session.commit()
    jobs.run_job(start_test_job("auditor"))
    assert (observed["word"], observed["may"]) == ("Cases", True)


def test_finished_job_notifies_owner_and_offers_result(db_session, clerk, client_as, each_database):
    number = start_test_job()
    jobs.run_job(number)
    job = reload_job(number)
    assert (job.state, job.total, job.progress, job.progress_text) == (DONE, 1, 1, "looked")
    assert list_messages() == [("job.done", number)]

    with clerk.get(f"/jobs/download/{number}") as answer:
        assert answer.data == b"what was seen"
        assert "seen.txt" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
    for stranger in ("clerk.pp", "chief.bb", "admin"):
        for page in ("fetch", "show", "rows"):
            assert client_as(stranger).get(f"/jobs/{page}/{number}").status_code == 404


def test_expired_result_is_removed(db_session, clerk, app):
    number = start_test_job()
    jobs.run_job(number)
    path = results.get_result_path(reload_job(number).result_file)
    assert path.exists()
    update_job(number, available_until=dates.now() - timedelta(minutes=1))
    assert clerk.get(f"/jobs/download/{number}").status_code == 404
    assert scheduler.run_jobs(app)["results of jobs"] == 1
    assert not path.exists()


def test_cleanup_removes_old_jobs_only(db_session):
    old, young = start_test_job(), start_test_job()
    jobs.run_job(old)
    jobs.run_job(young)
    kept = results.get_result_path(reload_job(young).result_file)
    update_job(old, ended_at=dates.now() - timedelta(days=91))
    results.remove_leftovers()
    assert reload_job(old) is None
    assert reload_job(young).state == DONE and kept.exists()


def test_job_of_closed_account_fails(db_session):
    number = start_test_job()
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    user.active = False
    db.session.commit()
    jobs.run_job(number)
    assert reload_job(number).state == FAILED and "គណនី" in reload_job(number).problem
    assert not observed


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        ("fault", "មានបញ្ហា"),
        ("refused row", "មានបញ្ហា"),
        ("refusal", "សំណុំរឿងនេះមិនមាន។"),
        ("page", "This list cannot be filtered by that."),
    ],
)
def test_failed_job_shows_message_and_notifies_owner(db_session, clerk, then, sentence):
    number = start_test_job(kind="test.steps", then=then)
    jobs.run_job(number)
    job = reload_job(number)
    assert job.state == FAILED and sentence in job.problem
    assert list_messages() == [("job.failed", number)]
    assert sentence in clerk.page(f"/jobs/show/{number}").text


def test_job_of_unknown_kind_fails(db_session):
    number = start_test_job(kind="test.unknown")
    jobs.run_job(number)
    assert reload_job(number).state == FAILED


def test_cancel_stops_waiting_and_running_jobs(db_session, clerk, each_database):
    waits, runs = start_test_job(kind="test.steps"), start_test_job(kind="test.steps", then="call")
    clerk.send(f"/jobs/cancel/{waits}")
    assert reload_job(waits).state == CANCELLED
    jobs.run_job(waits)
    assert not observed

    kinds.ACTIONS["call"] = lambda work: stop_job(work.job_id)
    jobs.run_job(runs)
    assert reload_job(runs).state == CANCELLED
    assert observed["progress"] == 2 and reload_job(runs).progress_text is None, (
        "the text of the current step is removed"
    )
    assert list_messages() == []


def test_job_is_run_by_one_of_two_workers(db_session, each_database):
    number = start_test_job()
    assert leases.take_lease(number) is not None
    assert leases.take_lease(number) is None
    jobs.run_job(number)
    assert not observed


def test_worker_without_lease_writes_nothing(db_session, each_database):
    def is_taken(work):
        update_job(number, runner="another:1:x")

    kinds.ACTIONS["call"] = is_taken
    number = start_test_job(kind="test.steps", then="call")
    jobs.run_job(number)
    assert (reload_job(number).state, reload_job(number).runner) == (RUNNING, "another:1:x")


def find_ended_process():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_job_of_dead_worker_waits_again(db_session, each_database):
    number = start_test_job()
    mine = leases.take_lease(number)
    assert leases.find_expired_leases() == []

    host = mine.split(":")[0]
    for values in (
        {"runner": f"{host}:{find_ended_process()}:x"},
        {"runner": "another-computer:1:x", "heartbeat_at": dates.now() - leases.LEASE_TIMEOUT},
    ):
        update_job(number, state=RUNNING, **values)
        worker.recover_jobs()
        assert reload_job(number).state == WAITING
    jobs.run_job(number)
    assert reload_job(number).state == DONE


def test_job_that_kills_every_worker_fails(db_session):
    number = start_test_job()
    gone = f"{leases.take_lease(number).split(':')[0]}:{find_ended_process()}:x"
    update_job(number, runner=gone, attempts=leases.MAX_ATTEMPTS)
    worker.recover_jobs()
    assert reload_job(number).state == FAILED
    assert list_messages() == [("job.failed", number)]


def test_job_is_enqueued_by_commit_only(db_session, each_queue):
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code))
    jobs.start_job(db.session, "test.look", title="A test")
    db.session.rollback()
    assert queue.is_queue_empty()
    number = start_test_job()
    assert queue.dequeue_job() == number
    assert queue.dequeue_job() is None
    worker.recover_jobs()  # the queue has lost the id
    assert queue.dequeue_job() == number


def test_jobs_run_while_queue_does_not_respond(db_session, redis):
    redis.kill()
    number = start_test_job()
    assert reload_job(number).state == WAITING
    db.session.rollback()
    worker.recover_jobs()
    assert reload_job(number).state == DONE


def test_job_rows_return_304_until_changed(db_session, clerk):
    number = start_test_job()
    page = clerk.page("/jobs/list/")
    assert page.all("article", css="job")
    first = clerk.get("/jobs/rows")
    same = clerk.get("/jobs/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, same.status_code, same.data) == (200, 304, b"")
    jobs.run_job(number)
    other = clerk.get("/jobs/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200 and f"/jobs/download/{number}" in other.text


def test_viewing_result_marks_notice_opened(db_session, clerk):
    number = start_test_job()
    jobs.run_job(number)
    clerk.page(f"/jobs/show/{number}")
    assert db.session.scalars(select(Message)).one().done_at is not None
