"""The memory of the server does not grow with use (R18). `run.py nightly memory` uses it longer."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from app.cli.main import HUGE_PAGES
from run import HEAPS
from tests import nightly
from tests.gates.servers import Clerk, Home, Serving, new_entry
from tests.registers import KINDS

ROUNDS, PARTS = nightly.count("MEMORY_ROUNDS", 64), 16
CLERKS = 4  # as many as the worker has threads: each thread is used in each part
# A round reads each page and saves a case.
PAGES = (
    "/",
    "/case/list/",
    "/case/show/1",
    "/case/edit/1",
    "/entry/",
    "/inbox/list/",
    "/about-the-data/",
    "/law/list/",
)
# From the third to the last quarter. In the first half, caches, pools and heaps fill. The lowest of four readings counts,
# because a heap keeps some free memory for a while.
MAX_KIB = 20_000


@pytest.fixture(params=nightly.some_of(KINDS))
def server(request, registers, tmp_path):
    home = Home(tmp_path, request.param, registers(request.param))
    for name in HUGE_PAGES:  # of the tests only
        home.environment.pop(name, None)
    # One worker: with several, the last one would fill its caches in the second half.
    home.environment |= HEAPS | {"ECRIME_WORKERS": "1", "ECRIME_THREADS": str(CLERKS)}
    made = Serving(home)
    yield made
    made.kill()


def read_memory(group):
    """Return the memory in KiB of all processes of the group, without files; pages that they share count once."""
    pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    files = [Path(f"/proc/{pid}/smaps_rollup") for pid in pids if os.getpgid(pid) == group]
    lines = (line.split() for file in files for line in file.read_text("ascii").splitlines())
    return sum(int(words[1]) for words in lines if words[0] == "Pss_Anon:")


def take_rounds(address, clerk, numbers):
    clerk.browser.close()  # the server may be about to close a connection that has waited
    for number in numbers:
        assert clerk.save(address, new_entry(number))
        for page in PAGES:
            assert clerk.browser.get(address + page, timeout=60).status_code == 200, page


def use(address, clerks, numbers):
    """Take the rounds with these numbers, all clerks at once."""
    shares = [numbers[first :: len(clerks)] for first in range(len(clerks))]
    with ThreadPoolExecutor(len(clerks)) as threads:
        list(threads.map(partial(take_rounds, address), clerks, shares))


@pytest.mark.nightly(name="memory")
def test_memory_does_not_grow_with_use(server):
    clerks = [Clerk(server.address) for _number in range(CLERKS)]
    take_rounds(server.address, clerks[0], [0])  # writes the case that all read
    used = []
    for part in range(PARTS):
        first, last = (1 + one * ROUNDS // PARTS for one in (part, part + 1))
        use(server.address, clerks, range(first, last))
        used.append(read_memory(server.process.pid))
    assert min(used[12:]) - min(used[8:12]) < MAX_KIB, used
