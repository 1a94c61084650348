"""Sixty clerks who save at once: gunicorn with two processes of eight threads, all features on, over the
loopback.

Each clerk has their own sign-in and adds supplements to a case of their province, one second between two
saves. All start at the same moment. Afterwards every acknowledged save is looked up in the database.
"""

import http.client
import logging
import multiprocessing
import re
import secrets
import signal
import socket
import threading
import time
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from app import create_app
from app.cli.server import Server
from app.kernel.text import dates
from tests.bench import stores
from tests.bench.turns import share

CLERKS, SECONDS = 60, 60
PAUSE = 1  # seconds between two saves of a clerk
WORKERS, THREADS = 2, 8
PATIENCE = 120  # seconds until the server answers
P95 = 400  # elapsed milliseconds
WORDS = "សាក្សីម្នាក់បានឃើញម៉ូតូនៅផ្សារ លេខ"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def measure(url, folder, seconds=SECONDS):
    """Return saves per second, their milliseconds, and the number of acknowledged saves that are missing."""
    cases = _cases(url)
    with Served(url, folder) as port:
        clerks = [Clerk(port, cases[number % len(cases)]) for number in range(CLERKS)]
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=clerk.save_until, args=(until,)) for clerk in clerks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    walls = sorted(wall for clerk in clerks for wall in clerk.walls)
    saved = [mark for clerk in clerks for mark in clerk.saved]
    return {
        "clerks": CLERKS,
        "seconds": seconds,
        "saves": len(saved),
        "refused": sum(clerk.refused for clerk in clerks),
        "lost": len(set(saved) - _there(url)),
        "p50": share(walls, 0.5),
        "p95": share(walls, 0.95),
        "p99": share(walls, 0.99),
        "p95_target": P95,
    }


class Clerk:
    """One browser: a sign-in, a form, and the markers of the acknowledged saves."""

    def __init__(self, port, case):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies, self.case = {}, case
        self.saved, self.walls, self.refused = [], [], 0
        boxes = {
            "username": stores.USER,
            "password": stores.demo_users.PASSWORD,
            "csrf_token": self._token("/login/"),
        }
        assert self._ask("POST", "/login/", boxes)[0] == 302, "A clerk could not sign in"
        self.token = self._token(f"/supplement/add?case={case}")

    def save_until(self, until):
        while time.monotonic() < until:
            mark = secrets.token_hex(8)
            boxes = {
                "case": self.case,
                "learned_on": f"{dates.now():%d-%m-%Y}",
                "text": f"{WORDS} {mark}",
                "idempotency_key": mark,
            }
            begun = time.perf_counter()
            status, _text = self._ask("POST", "/supplement/add", boxes | {"csrf_token": self.token})
            self.walls.append((time.perf_counter() - begun) * 1000)
            if status == 302:
                self.saved.append(mark)
            else:
                self.refused += 1
            time.sleep(PAUSE)

    def _token(self, path):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self._ask("GET", path)[1])[1]

    def _ask(self, method, path, boxes=None):
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = urlencode(boxes) if boxes else None
        self.connection.request(method, path, body, {"Cookie": jar} | (FORM if boxes else {}))
        answer = self.connection.getresponse()
        told = answer.read().decode()
        self.connection.close()  # gunicorn closes an idle connection while the others sign in
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, told


class Served:
    """The system behind gunicorn in a process of its own, on a free port of the loopback."""

    def __init__(self, url, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_serve, args=(url, folder, self.port))

    def __enter__(self):
        self.process.start()
        for _try in range(10 * PATIENCE):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self.port
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"The server did not answer within {PATIENCE} seconds")

    def __exit__(self, *_fault):
        self.process.terminate()
        self.process.join(30)


def _serve(url, folder, port):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # gunicorn sets its own
    logging.getLogger("gunicorn.error").setLevel(logging.ERROR)
    bind, how = f"127.0.0.1:{port}", {"worker_class": "gthread", "workers": WORKERS, "threads": THREADS}
    app = create_app(**stores.settings(url, folder))
    Server(app, {"bind": bind, "loglevel": "error", "control_socket_disable": True, **how}).run()


def _cases(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        asked = text('SELECT id FROM "case" WHERE province_code = :province ORDER BY id DESC LIMIT :clerks')
        found = list(connection.scalars(asked, {"province": stores.PROVINCE, "clerks": CLERKS}))
    engine.dispose()
    return found


def _there(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = list(
            connection.scalars(
                text("SELECT text FROM supplement WHERE text LIKE :words"), {"words": f"{WORDS}%"}
            )
        )
    engine.dispose()
    return {row.rpartition(" ")[2] for row in rows}
