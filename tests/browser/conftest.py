"""A real server with demo data and a real Chromium; every test gets a window of its own."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests import nightly

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PASSWORD = "demo-ecrime-2026"
DEMO = [*["app.cli.main", "demo", "--cases", "60", "--persons", "120", "--orders", "30", "--custody", "60"]]
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
WIDTHS = {"1366": DESK, "390": PHONE}
# One of the widths, and the other one on the next day.
each_width = pytest.mark.parametrize(
    "size",
    [
        pytest.param(WIDTHS[one], id=one, marks=pytest.mark.nightly(name="pages"))
        for one in nightly.some_of(WIDTHS)
    ],
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in str(item.path):
            item.add_marker("browser")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start(folder, *words):
    """Start a module with that data folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")}
    environment |= {"ECRIME_DATA_DIR": str(folder), "ECRIME_ENV": "demo"}
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=log, stderr=log
        )


def copy_demo(folder):
    """Copy the data of a small demo with the sample data; the first process of the test run makes it. `.ci/run` leaves
    the demo of its first start in the folder.
    """
    made = Path(os.environ["TESTS_HOME"], "browser")
    made.mkdir(exist_ok=True)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "demo").exists():
            data = made / "data"
            is_new = not data.exists()
            data.mkdir(exist_ok=True)
            for words in (*[DEMO] * is_new, ["tests.browser.sample_data"]):
                assert start(data, *words).wait() == 0, (data / "log").read_text()
            data.rename(made / "demo")
    shutil.copytree(made / "demo", folder, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Return the address of a server with a small demo and the sample data."""
    port, folder = free_port(), tmp_path_factory.mktemp("register")
    copy_demo(folder)
    running = start(folder, "app.cli.main", "serve", "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{address}/login/", timeout=5).close()
            break
        except OSError:
            assert running.poll() is None and time.monotonic() < until, (folder / "log").read_text()
    yield address
    running.terminate()
    running.wait(20)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Window:
    """A browser window of one user, which collects every error that the browser reports."""

    def __init__(self, chromium, server, size, language="km"):
        self.context = chromium.new_context(viewport=size, locale=language)
        self.server, self.faults = server, []
        self.records = {}  # kind → the key of a record of this user
        self.page = self.new_page()

    def new_page(self):
        page = self.context.new_page()
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        return page

    def sign_in(self, username):
        self.page.goto(f"{self.server}/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.server}/")
        return self.work_for("the tests of the browser")

    def work_for(self, about):
        """Choose a purpose, as each user does once per session."""
        self.page.goto(f"{self.server}/purpose/")
        self.page.check("main [name=_purpose] >> nth=0")
        self.page.fill("main [name=_purpose_about]", about)
        self.page.press("main [name=_purpose_about]", "Enter")
        self.page.wait_for_url(f"{self.server}/")
        return self

    def continue_session(self, cookies):
        """Return whether a session of another window continues in this one."""
        self.context.add_cookies(cookies)
        return bool(cookies) and self.context.request.get(f"{self.server}/purpose/", max_redirects=0).ok

    def open(self, path):
        self.page.goto(self.server + path)
        return self.page


@pytest.fixture(scope="session")
def sessions():
    """Return username → the cookies of a session that is still signed in."""
    return {}


@pytest.fixture
def window(chromium, server, sessions):
    """Return window("clerk.bb", PHONE), which opens a signed-in window; each user signs in once."""
    opened = []

    def open_window(username=None, size=DESK):
        one = Window(chromium, server, size)
        opened.append(one)
        if username and not one.continue_session(sessions.get(username, [])):
            one.sign_in(username)
            sessions[username] = one.context.cookies()
        return one

    yield open_window
    for one in opened:
        one.context.close()
