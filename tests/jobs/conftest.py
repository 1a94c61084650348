"""The two queues of jobs: the file beside the data, and a Redis of the test's own that keeps nothing."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

import config
from app.jobs import queue


class Server:
    """A redis-server on a free port of this computer, in a process that a test may kill."""

    def __init__(self):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        program = shutil.which("redis-server")
        assert program, "The tests of jobs need redis-server (Debian: apt-get install redis-server)."
        self.folder = Path(tempfile.mkdtemp(prefix="ecrime-redis-"))
        words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*words, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{port}/0"
        while not self._answers():
            assert self.process.poll() is None, "redis-server has ended."

    def _answers(self):
        try:
            return Redis.from_url(self.url).ping()
        except NotThere:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def redis(app):
    """The queue is in Redis, as with ECRIME_REDIS_URL. Gives its server."""
    server, held = Server(), app.extensions.pop("ecrime.jobs", None)
    app.config["REDIS_URL"] = server.url
    yield server
    server.kill()
    app.config["REDIS_URL"] = ""
    app.extensions["ecrime.jobs"] = held


@pytest.fixture(params=["file", "redis"])
def each_queue(request, app, db_session):
    """The environment in which a worker of its own finds the same queue, which is empty at first."""
    server = request.getfixturevalue("redis") if request.param == "redis" else None
    while queue.take() is not None:
        pass
    return os.environ | {
        "ECRIME_DATA_DIR": str(config.DATA_DIR),
        "ECRIME_REDIS_URL": server.url if server else "",
    }
