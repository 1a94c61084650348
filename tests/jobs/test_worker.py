"""A worker that is killed in the middle of a job leaves it to the next one, which ends it."""

import signal
import subprocess
import sys

import pytest

import config
from app.extensions import db
from app.jobs import results
from app.jobs.models import DONE, RUNNING
from tests.jobs.test_jobs import ask, messages, now
from tests.registers import SECRET


def a_worker(register, folder, environment):
    words = [sys.executable, "-m", "tests.jobs.worker_process", SECRET, register.url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(words, cwd=config.ROOT, env=environment, text=True, **pipes)


@pytest.mark.parametrize(
    ("database", "each_queue"),
    [("sqlite", "file"), pytest.param("postgresql", "redis", marks=pytest.mark.slow)],
    indirect=True,
)
def test_a_job_outlives_the_death_of_its_worker(register, db_session, tmp_path, each_queue):
    number = ask(kind="test.killed", folder=str(tmp_path))
    first = a_worker(register, tmp_path, each_queue)
    assert first.stdout.readline() == "at three\n"
    assert now(number).state == RUNNING
    db.session.rollback()
    first.send_signal(signal.SIGKILL)
    first.communicate()

    second = a_worker(register, tmp_path, each_queue)
    assert second.stdout.readline() == "at the end\n"
    (tmp_path / "enough").touch()
    second.communicate()
    job = now(number)
    assert (job.state, job.reached) == (DONE, 5)
    assert results.path_of(job.result_file).read_bytes() == b"whole"
    assert messages() == [("job.done", number)]


@pytest.mark.parametrize("each_queue", ["redis"], indirect=True)
def test_a_worker_that_is_told_to_end_lets_its_job_wait(register, db_session, tmp_path, each_queue):
    number = ask(kind="test.killed", folder=str(tmp_path))
    one = a_worker(register, tmp_path, each_queue)
    assert one.stdout.readline() == "at three\n"
    one.terminate()
    one.communicate()
    assert one.returncode == 0
    assert now(number).state == "waiting"
