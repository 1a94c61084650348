"""A server that is killed twice during a test loses no acknowledged answer, and participants continue."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import create_engine, text

from app.accounts import demo_users
from tests import nightly
from tests.gates.servers import Home, Serving, token_of
from tests.registers import KINDS

PARTICIPANTS = ("clerk.bb", "warrant.bb", "chief.bb")  # of the open test of the demo
QUESTIONS, KILLED_AFTER = 10, (7, 18)  # acknowledged answers


@pytest.fixture(params=nightly.some_of(KINDS))
def home(request, registers, tmp_path):
    """A system with users, and no case."""
    return Home(tmp_path, request.param, registers(request.param))


class Participant:
    """A participant with a browser, who repeats a step until the server answers."""

    def __init__(self, room, username):
        self.room, self.browser, self.repeated = room, requests.Session(), 0
        typed = {
            "username": username,
            "password": demo_users.PASSWORD,
            "csrf_token": token_of(self.ask("/login/")),
        }
        self.ask("/login/", typed)
        self.path = re.search(r"/training/test/\d+", self.ask("/training/list/"))[0]

    def ask(self, path, form=None):
        while True:
            address = self.room.address
            try:
                answer = self.send(address + path, form)
            except requests.RequestException:
                self.repeated += 1
                self.room.wait_for_another(address)
                continue
            answer.raise_for_status()
            return answer.text

    def send(self, url, form):
        return self.browser.request("POST" if form else "GET", url, data=form, timeout=60)

    def think(self):
        """Wait before a request that a person thinks about: a benchmark does."""

    def take(self):
        self.think()
        page = self.ask(self.path)
        self.think()
        self.ask(self.path, {"act": "start", "csrf_token": token_of(page)})
        for at in range(1, QUESTIONS + 1):
            page = self.ask(f"{self.path}?at={at}")
            self.think()
            question = re.search(r'name="question" value="(\d+)"', page)[1]
            form = {
                "act": "answer",
                "at": at,
                "question": question,
                "choice": 0,
                "csrf_token": token_of(page),
            }
            self.ask(self.path, form)
            self.room.count_answer()


class Room:
    """The server, which is killed after some answers and started again."""

    def __init__(self, home, killed_after=KILLED_AFTER):
        self.home, self.server, self.answers, self.killed_after = home, Serving(home), 0, killed_after
        self.address, self.changed = self.server.address, threading.Condition()

    def count_answer(self):
        with self.changed:
            self.answers += 1
            if self.answers in self.killed_after:
                self.server.kill()
                self.server = Serving(self.home)
                self.address = self.server.address
                self.changed.notify_all()

    def wait_for_another(self, address):
        with self.changed:
            self.changed.wait_for(lambda: self.address != address, timeout=120)


@pytest.mark.nightly(name="kills")
def test_kill_loses_no_answer(home):
    room = Room(home)
    people = [Participant(room, name) for name in PARTICIPANTS]
    with ThreadPoolExecutor(len(people)) as threads:
        for done in [threads.submit(one.take) for one in people]:
            done.result()
    room.server.kill()
    engine = create_engine(home.url)
    with engine.connect() as connection:
        counted = (
            connection.execute(text("SELECT count(*) FROM test_answer GROUP BY sitting_id")).scalars().all()
        )
    engine.dispose()
    assert counted == [QUESTIONS] * len(PARTICIPANTS) and room.answers == QUESTIONS * len(PARTICIPANTS)
