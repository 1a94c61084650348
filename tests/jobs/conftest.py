"""Fixtures of the two job queues: a file in the data folder, and a Redis server without persistence."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

import config
from app.jobs import queue


class RedisServer:
    """A redis-server on a free local port, in a process that a test may kill."""

    def __init__(self):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        program = shutil.which("redis-server")
        assert program, "The tests of jobs need redis-server (Debian: apt-get install redis-server)."
        self.folder = Path(tempfile.mkdtemp(prefix="ecrime-redis-"))
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{port}/0"
        while not self._answers():
            assert self.process.poll() is None, "redis-server has ended."

    def _answers(self):
        try:
            return Redis.from_url(self.url).ping()
        except RedisConnectionError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def redis(app):
    """Use a queue in Redis, as with ECRIME_REDIS_URL. Yield its server."""
    server, previous = RedisServer(), app.extensions.pop("ecrime.jobs", None)
    app.config["REDIS_URL"] = server.url
    yield server
    server.kill()
    app.config["REDIS_URL"] = ""
    app.extensions["ecrime.jobs"] = previous


@pytest.fixture(params=["file", "redis"])
def each_queue(request, app, db_session):
    """Return the environment in which a separate worker finds the same queue. It is empty at first."""
    server = request.getfixturevalue("redis") if request.param == "redis" else None
    while queue.dequeue_job() is not None:
        pass
    return os.environ | {
        "ECRIME_DATA_DIR": str(config.DATA_DIR),
        "ECRIME_REDIS_URL": server.url if server else "",
    }
