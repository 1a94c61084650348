"""The practice system in a browser: a trainee does an exercise, a teacher opens the pages of teachers."""

import os
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.browser.conftest import DESK, PHONE, ROOT, Window, free_port
from tests.browser.test_pages import faults_of, scrolls_sideways

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """Return (address, data folder) of a practice system."""
    folder, port = tmp_path_factory.mktemp("practice"), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")}
    environment["ECRIME_PRACTICE_DATA_DIR"] = str(folder)
    words = [sys.executable, "run.py", "practice", "--port", str(port)]
    with (folder / "log").open("a") as log:
        running = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 200
    while True:
        try:
            urllib.request.urlopen(f"{address}/login/", timeout=5).close()
            break
        except OSError:
            assert running.poll() is None and time.monotonic() < until, (folder / "log").read_text()
    yield address, folder
    running.terminate()
    running.wait(20)


@pytest.fixture
def open_window(chromium, practice):
    """Return open_window("trainee01", PHONE), a window in which an account of the practice system is signed in."""
    address, folder = practice
    opened = []

    def open_window(username, size=DESK):
        one = Window(chromium, address, size)
        opened.append(one)
        file = "practice-teacher-password" if username.startswith("teacher") else "practice-password"
        one.open("/login/")
        one.page.fill("[name=username]", username)
        one.page.fill("[name=password]", (folder / file).read_text())
        one.page.press("[name=password]", "Enter")
        one.page.wait_for_url(f"{address}/")
        return one

    yield open_window
    for one in opened:
        one.context.close()


def find_faults(window):
    found = faults_of(window.page) + scrolls_sideways(window.page) * ["scrolls sideways"] + window.faults
    window.faults.clear()
    return found


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1366", "390"])
def test_pages_of_an_exercise_have_no_finding(open_window, size):
    trainee = open_window("trainee01" if size == DESK else "trainee02", size)
    page, wrong = trainee.open("/exercises/"), {}
    wrong["list"] = find_faults(trainee)
    page.click("main a[href^='/exercises/1'] >> nth=0")
    page.wait_for_url("**/exercises/*")
    wrong["exercise"] = find_faults(trainee)
    page.click("form[action$='/begin'] button")
    page.wait_for_url("**/entry/**")
    wrong["entry"] = find_faults(trainee)
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1366", "390"])
def test_pages_of_a_teacher_have_no_finding(open_window, size):
    teacher, wrong = open_window("teacher1", size), {}
    for path in ("/exercises/", "/exercises/write", "/exercises/report"):
        teacher.open(path)
        wrong[path] = find_faults(teacher)
    assert not {name: found for name, found in wrong.items() if found}


def test_trainees_do_not_sign_in_as_teachers(practice):
    _address, folder = practice
    trainees, teachers = (
        (folder / name).read_text() for name in ("practice-password", "practice-teacher-password")
    )
    assert trainees != teachers
