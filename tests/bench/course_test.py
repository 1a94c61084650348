"""Two hundred people take a test at once, and the server is killed twice.

    python -m tests.bench.course_test [--database postgresql] [--people 200] [--pause 15]

All use one server (`run.py serve`) over the loopback, each with an own sign-in and a pause before the start and each answer. A
request counts when its page or its redirect arrives. A request that the killed server did not answer is sent again,
and its waiting is stated apart, as are the requests of the `RECOVERY` seconds after each new start, when all who waited
return at once. At the end every acknowledged answer is looked up in the database.
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text

from tests.bench import stores
from tests.bench.turns import share
from tests.gates.servers import Home, Serving
from tests.gates.test_training_killed import QUESTIONS, Participant, Room

PEOPLE, PAUSE = 200, 15  # seconds between two answers
P95 = 300  # elapsed milliseconds
RECOVERY = 15  # seconds
PATTERN = "clerk.bb"  # the other accounts have the password, the unit and the role of this one
COPIED = (
    "INSERT INTO ab_user ({columns}) SELECT {values} FROM ab_user WHERE username = :pattern",
    "INSERT INTO ab_user_role (id, user_id, role_id) SELECT :role_key, :key, role_id FROM ab_user_role"
    " JOIN ab_user ON ab_user.id = user_id WHERE username = :pattern",
    "INSERT INTO participant (session_id, number, user_id, unit_code, present) SELECT session_id, :number, :key,"
    " participant.unit_code, present FROM participant JOIN ab_user ON ab_user.id = user_id"
    " WHERE username = :pattern AND session_id = (SELECT max(id) FROM course_session)",
)


class TimedRoom(Room):
    """A room that knows since when the server answers again."""

    back_at = float("-inf")

    def count_answer(self):
        server = self.server
        super().count_answer()
        if self.server is not server:
            self.back_at = time.perf_counter()


class TimedParticipant(Participant):
    """A participant who thinks between two answers, and whose requests are timed."""

    def __init__(self, room, username, pause):
        self.walls, self.waits, self.returns, self.pause = [], [], [], pause
        super().__init__(room, username)
        self.walls.clear()

    def ask(self, path, form=None):
        begun, repeated = time.perf_counter(), self.repeated
        answer = super().ask(path, form)
        has_just_started = begun - self.room.back_at < RECOVERY
        found = self.waits if self.repeated > repeated else self.returns if has_just_started else self.walls
        found.append((time.perf_counter() - begun) * 1000)
        return answer

    def think(self):
        time.sleep(self.pause.uniform(0.5, 1.5) * PAUSE)


def add_accounts(url, people):
    """Add accounts that take part in the open test; return their user names."""
    engine = create_engine(url)
    with engine.begin() as connection:
        first = connection.scalar(text("SELECT max(id) FROM ab_user")) + 1
        role = connection.scalar(text("SELECT max(id) FROM ab_user_role")) + 1
        names = connection.execute(text("SELECT * FROM ab_user WHERE 1 = 0")).keys()
        values = {"id": ":key", "username": ":username", "email": ":username"}
        copied = COPIED[0].format(
            columns=", ".join(names), values=", ".join(values.get(name, name) for name in names)
        )
        for number in range(people):
            given = {"key": first + number, "role_key": role + number, "number": 100 + number}
            given |= {"username": f"participant.{number}", "pattern": PATTERN}
            for statement in (copied, *COPIED[1:]):
                connection.execute(text(statement), given)
    engine.dispose()
    return [f"participant.{number}" for number in range(people)]


def measure(kind, people=PEOPLE):
    """Return the milliseconds of the requests, the number of repeated ones, and the number of lost answers."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), kind)
        Serving(home, "--demo-cases", "10").kill()
        names = add_accounts(home.url, people)
        room = TimedRoom(home, {people * QUESTIONS // 3, people * QUESTIONS * 2 // 3})
        takers = [TimedParticipant(room, name, Random(name)) for name in names]
        with ThreadPoolExecutor(people) as threads:
            for done in [threads.submit(one.take) for one in takers]:
                done.result()
        room.server.kill()
        engine = create_engine(home.url)
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT count(*) FROM test_answer"))
        engine.dispose()
        home.close()
    walls, waits, returns = (
        sorted(one for taker in takers for one in getattr(taker, name))
        for name in ("walls", "waits", "returns")
    )
    return {
        "people": people,
        "answers": room.answers,
        "lost": room.answers - found,
        "repeated": len(waits),
        "longest_wait": waits[-1] if waits else 0,
        "after_a_start": len(returns),
        "p95_after_a_start": share(returns, 0.95),
        "requests": len(walls),
        "p50": share(walls, 0.5),
        "p95": share(walls, 0.95),
        "p95_target": P95,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=stores.KINDS, default="sqlite")
    parser.add_argument("--people", type=int, default=PEOPLE)
    options = parser.parse_args()
    print(measure(options.database, options.people))
