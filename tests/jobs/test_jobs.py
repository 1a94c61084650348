"""A job runs as its owner, says how far it is, ends in one of four ways, and is never run by two at once."""

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
from app.jobs.enqueue import stop
from app.jobs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job
from app.kernel import scheduler
from app.kernel.actor import THE_REGISTER, Actor, act_as
from app.kernel.text import dates
from tests.jobs import sample_jobs as kinds
from tests.jobs.sample_jobs import seen


@pytest.fixture(autouse=True)
def nothing_seen():
    seen.clear()
    kinds.happens.pop("call", None)


def ask(username="clerk.bb", kind="test.look", **arguments):
    """The number of a job that this user has asked for."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, purpose="investigation", case_number="02-2026-000001"))
    job = jobs.start(db.session, kind, title="A test", **arguments)
    number = job.id
    db.session.commit()
    act_as(db.session, THE_REGISTER)
    return number


def now(number):
    db.session.rollback()
    return db.session.get(Job, number, populate_existing=True)


def change(number, **values):
    db.session.execute(update(Job.__table__).where(Job.__table__.c.id == number).values(values))
    db.session.commit()


def messages():
    return [(one.text_key, one.entity_id) for one in db.session.scalars(select(Message))]


def test_it_runs_as_its_owner_in_his_part_with_his_rights_and_in_his_language(
    db_session, noise, each_database
):
    jobs.run_here(ask(place="020310"))
    assert seen["arguments"] == {"place": "020310"}
    assert seen["cases"] == 0  # the only case is of another province
    assert (seen["actor"].unit_code, seen["actor"].purpose) == ("PC-02", "investigation")
    assert seen["actor"].case_number == "02-2026-000001"
    assert (seen["word"], seen["sex"], seen["reader"]) == ("សំណុំរឿង", "ស្រី", "clerk.bb")
    assert not seen["may"]

    user = db.session.scalars(select(User).where(User.username == "auditor")).unique().one()
    user.language = "en"
    db.session.commit()
    jobs.run_here(ask("auditor"))
    assert (seen["word"], seen["may"]) == ("Cases", True)


def test_when_it_is_done_its_owner_is_told_and_has_the_result(db_session, clerk, client_as, each_database):
    number = ask()
    jobs.run_here(number)
    job = now(number)
    assert (job.state, job.total, job.reached, job.words) == (DONE, 1, 1, "looked")
    assert messages() == [("job.done", number)]

    with clerk.get(f"/jobs/fetch/{number}") as answer:
        assert answer.data == b"what was seen"
        assert "seen.txt" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
    for stranger in ("clerk.pp", "chief.bb", "admin"):
        for page in ("fetch", "show", "rows"):
            assert client_as(stranger).get(f"/jobs/{page}/{number}").status_code == 404


def test_a_result_is_gone_when_its_time_is_over(db_session, clerk, app):
    number = ask()
    jobs.run_here(number)
    path = results.path_of(now(number).result_file)
    assert path.exists()
    change(number, kept_until=dates.now() - timedelta(minutes=1))
    assert clerk.get(f"/jobs/fetch/{number}").status_code == 404
    assert scheduler.run(app)["results of jobs"] == 1
    assert not path.exists()


def test_a_sweep_forgets_jobs_of_long_ago_and_keeps_what_is_wanted(db_session):
    old, young = ask(), ask()
    jobs.run_here(old)
    jobs.run_here(young)
    kept = results.path_of(now(young).result_file)
    change(old, ended_at=dates.now() - timedelta(days=91))
    results.sweep()
    assert now(old) is None
    assert now(young).state == DONE and kept.exists()


def test_a_job_of_a_closed_account_does_nothing(db_session):
    number = ask()
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    user.active = False
    db.session.commit()
    jobs.run_here(number)
    assert now(number).state == FAILED and "ម្ចាស់" in now(number).problem
    assert not seen


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        ("fault", "មានបញ្ហា"),
        ("refused row", "មានបញ្ហា"),
        ("refusal", "សំណុំរឿងនេះមិនមាន។"),
        ("page", "This list cannot be filtered by that."),
    ],
)
def test_what_fails_says_so_in_a_sentence_and_to_its_owner(db_session, clerk, then, sentence):
    number = ask(kind="test.steps", then=then)
    jobs.run_here(number)
    job = now(number)
    assert job.state == FAILED and sentence in job.problem
    assert messages() == [("job.failed", number)]
    assert sentence in clerk.page(f"/jobs/show/{number}").text


def test_work_that_this_version_does_not_know_fails(db_session):
    number = ask(kind="test.unknown")
    jobs.run_here(number)
    assert now(number).state == FAILED


def test_one_that_waits_is_stopped_at_once_and_one_that_runs_at_its_next_step(
    db_session, clerk, each_database
):
    waits, runs = ask(kind="test.steps"), ask(kind="test.steps", then="call")
    clerk.send(f"/jobs/cancel/{waits}")
    assert now(waits).state == CANCELLED
    jobs.run_here(waits)
    assert not seen

    kinds.happens["call"] = lambda work: stop(work.job_id)
    jobs.run_here(runs)
    assert now(runs).state == CANCELLED
    assert seen["reached"] == 2 and now(runs).words is None, "what it was at is over"
    assert messages() == []


def test_of_two_workers_one_runs_it(db_session, each_database):
    number = ask()
    assert leases.take(number) is not None
    assert leases.take(number) is None
    jobs.run_here(number)
    assert not seen


def test_a_worker_from_whom_it_was_taken_writes_nothing_more(db_session, each_database):
    def is_taken(work):
        change(number, runner="another:1:x")

    kinds.happens["call"] = is_taken
    number = ask(kind="test.steps", then="call")
    jobs.run_here(number)
    assert (now(number).state, now(number).runner) == (RUNNING, "another:1:x")


def a_process_that_is_gone():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_a_job_of_a_dead_worker_waits_again(db_session, each_database):
    number = ask()
    mine = leases.take(number)
    assert leases.of_the_dead() == []

    host = mine.split(":")[0]
    for values in (
        {"runner": f"{host}:{a_process_that_is_gone()}:x"},
        {"runner": "another-computer:1:x", "heartbeat_at": dates.now() - leases.DEAD_AFTER},
    ):
        change(number, state=RUNNING, **values)
        worker.tend()
        assert now(number).state == WAITING
    jobs.run_here(number)
    assert now(number).state == DONE


def test_a_job_that_kills_every_worker_is_given_up(db_session):
    number = ask()
    gone = f"{leases.take(number).split(':')[0]}:{a_process_that_is_gone()}:x"
    change(number, runner=gone, starts=leases.MOST_STARTS)
    worker.tend()
    assert now(number).state == FAILED
    assert messages() == [("job.failed", number)]


def test_it_is_sent_off_by_the_commit_alone(db_session, each_queue):
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code))
    jobs.start(db.session, "test.look", title="A test")
    db.session.rollback()
    assert queue.is_empty()
    number = ask()
    assert queue.take() == number
    assert queue.take() is None
    worker.tend()  # what the queue has lost
    assert queue.take() == number


def test_jobs_are_asked_for_and_run_while_the_queue_does_not_answer(db_session, redis):
    redis.kill()
    number = ask()
    assert now(number).state == WAITING
    db.session.rollback()
    worker.tend()
    assert now(number).state == DONE


def test_the_page_shows_how_far_it_is_and_is_sent_again_only_when_that_changes(db_session, clerk):
    number = ask()
    page = clerk.page("/jobs/list/")
    assert page.all("article", css="job")
    first = clerk.get("/jobs/rows")
    same = clerk.get("/jobs/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, same.status_code, same.data) == (200, 304, b"")
    jobs.run_here(number)
    other = clerk.get("/jobs/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200 and f"/jobs/fetch/{number}" in other.text


def test_whoever_has_seen_the_result_is_not_told_again(db_session, clerk):
    number = ask()
    jobs.run_here(number)
    clerk.page(f"/jobs/show/{number}")
    assert db.session.scalars(select(Message)).one().done_at is not None
