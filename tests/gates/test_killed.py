"""A server that is killed during many saves loses no acknowledged save and leaves no partial one. A retry
makes no duplicate (R01). Several processes that start at once on an empty database set up one after the
other (R19).
"""

import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import requests
from sqlalchemy import create_engine, text

from tests import nightly
from tests.gates.servers import Clerk, Home, Serving, new_entry
from tests.registers import KINDS

ROUNDS, CLERKS = nightly.count("SERVER_KILLS", 2), 4  # on one of the databases each day
ROWS = {"involvement": 4, "case_offence": 2, "exhibit": 2}  # of each case that the clerks enter
AT_ONCE = 3


@pytest.fixture(params=nightly.some_of(KINDS))
def empty_home(request, tmp_path):
    made = Home(tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture(params=nightly.some_of(KINDS, row=1))
def home(request, registers, tmp_path):
    """A system with users, and no case."""
    return Home(tmp_path, request.param, registers(request.param))


def work_until_it_is_killed(server, clerks, numbers, acks):
    """Return (acknowledged entries, entries without a response); the response with number `acks` kills the
    server.
    """
    saved, lost, guard = [], [], threading.Lock()

    def work(clerk):
        while True:
            entry = new_entry(next(numbers))
            try:
                assert clerk.save(server.address, entry)
            except requests.RequestException:
                lost.append(entry)
                return
            with guard:
                saved.append(entry)
                if len(saved) == acks:
                    server.kill()

    with ThreadPoolExecutor(CLERKS) as people:
        for done in [people.submit(work, clerk) for clerk in clerks]:
            done.result()
    return saved, lost


@pytest.mark.nightly(name="kills")
def test_kill_leaves_no_lost_partial_or_duplicate_save(home, started):
    chance, numbers, saved = random.Random(1), count(1), []
    server = Serving(home)
    clerks = [Clerk(server.address) for _clerk in range(CLERKS)]
    for _round in range(ROUNDS):
        acknowledged, lost = work_until_it_is_killed(server, clerks, numbers, chance.randint(2, 9))
        saved += acknowledged + lost
        server = Serving(home)
        # A clerk without a response sends the same form again; another one repeats a saved form.
        for clerk, entry in zip(clerks, [*lost, *acknowledged[-1:]], strict=False):
            assert clerk.save(server.address, entry)
    server.kill()

    assert len({key for key, _number in saved}) == len(saved) > ROUNDS * 2
    engine = create_engine(home.url)
    with engine.connect() as connection:
        keys = connection.execute(
            text('SELECT draft_token FROM "case" WHERE draft_token IS NOT NULL')
        ).scalars()
        assert sorted(keys) == sorted(key for key, _number in saved)
        for table, rows in ROWS.items():
            words = (
                f'SELECT c.id FROM "case" c LEFT JOIN {table} r ON r.case_id = c.id',  # noqa: S608
                "WHERE c.draft_token IS NOT NULL GROUP BY c.id HAVING count(r.id) <> :rows",
            )
            assert connection.execute(text(" ".join(words)), {"rows": rows}).all() == [], table
        alone = "SELECT count(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM involvement i WHERE i.person_id = p.id)"
        assert connection.scalar(text(alone)) == 0
    engine.dispose()
    for words in (("audit", "anchor"), ("audit", "verify"), ("records", "verify")):
        output = started.run(words, "", home.environment)
        assert output.returncode == 0, output.stdout + output.stderr


@pytest.mark.nightly(name="kills")
def test_parallel_first_starts_set_up_one_database(empty_home):
    started = [empty_home.begin("migrate") for _one in range(AT_ONCE)]
    output = [one.communicate()[0] for one in started]
    assert [one.returncode for one in started] == [0] * AT_ONCE, output
    assert sum("Creating or updating the tables" in one for one in output) == 1


def test_interrupted_first_start_is_reported_and_repeatable(tmp_path):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts its background jobs without one
    for number in range(3):  # an interrupt was once lost, and the command ended as if without it
        home = Home(tmp_path / str(number), "sqlite")
        first = home.begin("migrate")
        first.stdout.readline()
        os.killpg(first.pid, signal.SIGINT)
        output = first.communicate()[0]
        if first.returncode:
            break
    assert first.returncode == 1 and "Stopped." in output and "Traceback" not in output
    again = home.begin("migrate")
    assert "are up to date" in again.communicate()[0] and again.returncode == 0
