"""A worker killed during a job leaves the job to the next worker, which finishes it."""

import signal
import subprocess
import sys

import pytest

import config
from app.extensions import db
from app.jobs import results
from app.jobs.models import DONE, RUNNING
from tests.jobs.test_jobs import list_messages, reload_job, start_test_job
from tests.registers import SECRET


def start_worker_process(register, folder, environment):
    words = [sys.executable, "-m", "tests.jobs.worker_process", SECRET, register.url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(words, cwd=config.ROOT, env=environment, text=True, **pipes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "each_queue"),
    [("sqlite", "file"), ("postgresql", "redis")],
    indirect=True,
)
def test_job_continues_after_worker_is_killed(register, db_session, tmp_path, each_queue):
    number = start_test_job(kind="test.killed", folder=str(tmp_path))
    first = start_worker_process(register, tmp_path, each_queue)
    assert first.stdout.readline() == "at three\n"
    assert reload_job(number).state == RUNNING
    db.session.rollback()
    first.send_signal(signal.SIGKILL)
    first.communicate()

    second = start_worker_process(register, tmp_path, each_queue)
    assert second.stdout.readline() == "at the end\n"
    (tmp_path / "enough").touch()
    second.communicate()
    job = reload_job(number)
    assert (job.state, job.progress) == (DONE, 5)
    assert results.get_result_path(job.result_file).read_bytes() == b"whole"
    assert list_messages() == [("job.done", number)]


@pytest.mark.slow
@pytest.mark.parametrize("each_queue", ["redis"], indirect=True)
def test_terminated_worker_lets_job_wait(register, db_session, tmp_path, each_queue):
    number = start_test_job(kind="test.killed", folder=str(tmp_path))
    one = start_worker_process(register, tmp_path, each_queue)
    assert one.stdout.readline() == "at three\n"
    one.terminate()
    one.communicate()
    assert one.returncode == 0
    assert reload_job(number).state == "waiting"
