"""The scheduler runs each due job in one thread, and goes on after a job has failed."""

import threading

import pytest

from app import wiring
from app.kernel import scheduler
from app.kernel.scheduler import ScheduledJob


@pytest.fixture
def start(app):
    """Return a function that starts the scheduler with the given jobs."""
    started = []

    def start_jobs(*jobs):
        scheduler.set_jobs(*jobs)
        started.append(scheduler.start_scheduler(app))

    yield start_jobs
    for ended in started:
        ended.set()
    scheduler.set_jobs(*wiring.SCHEDULED_JOBS)


@pytest.mark.parametrize("error", [KeyError, OSError, RuntimeError])
def test_failed_job_does_not_stop_the_other_jobs(start, caplog, error):
    has_run = threading.Event()

    def fail(_session):
        raise error("an unexpected state")

    start(ScheduledJob("failing", fail), ScheduledJob("next", lambda _session: has_run.set()))
    assert has_run.wait(10)
    assert "The scheduled job failing failed" in caplog.text


def test_error_of_a_listener_does_not_stop_the_jobs(start, monkeypatch, caplog):
    has_run = threading.Event()

    def fail(_name, _succeeded):
        raise OSError

    monkeypatch.setattr(scheduler, "listeners", [fail])
    start(ScheduledJob("first", lambda _session: 0), ScheduledJob("next", lambda _session: has_run.set()))
    assert has_run.wait(10)
    assert "The run of the scheduled job first was not counted" in caplog.text
