"""The list of persons while a job runs: with the worker's niceness and the server's two processes.

Pages at rest and under load alternate, so other load of the computer affects both.
"""

import multiprocessing
import os
import time

from app.jobs.worker import NICE_INCREMENT
from tests.bench import clerks, exports, imports, printouts
from tests.bench.answering import CASE, PURPOSE
from tests.bench.turns import share

MOST = 2  # times the p95 at rest
TURNS, ASKED = 4, 40
PAGE = "/person/list/"
WORK = ("csv", "xlsx", "printouts", "import")
CASES = 10_000  # in an imported file; it lasts longer than the pages


def measure(url, folder):
    """Return kind of work → p95 at rest and under load in elapsed milliseconds, and their ratio."""
    with clerks.Served(url, folder) as port:
        reader = clerks.Clerk(port, clerks._cases(url)[0])
        boxes = {"_purpose": PURPOSE, "_purpose_about": CASE, "csrf_token": reader.token}
        assert reader._ask("POST", "/purpose/", boxes)[0] == 302, "The reader could not say why"
        return {kind: _compared(kind, url, str(folder), reader) for kind in WORK}


def _compared(kind, url, folder, reader):
    walls = {"rest": [], "work": []}
    _asked(reader)  # the first pages after the start do not count
    for _turn in range(TURNS):
        walls["rest"] += _asked(reader)
        begun = multiprocessing.get_context("spawn").Event()
        busy = multiprocessing.get_context("spawn").Process(target=_work, args=(kind, url, folder, begun))
        busy.start()
        begun.wait()
        walls["work"] += _asked(reader)
        busy.kill()
        busy.join()
    rest, work = (share(sorted(found), 0.95) for found in walls.values())
    return {"rest": rest, "work": work, "ratio": work / rest, "target": MOST}


def _asked(reader):
    walls = []
    for _time in range(ASKED):
        begun = time.perf_counter()
        status, _text = reader._ask("GET", PAGE)
        walls.append((time.perf_counter() - begun) * 1000)
        assert status == 200, f"{PAGE} was answered with {status}"
    return walls


def _work(kind, url, folder, begun):
    """Run such a job as a worker does, again and again."""
    os.nice(NICE_INCREMENT)
    if kind != "import":
        begun.set()
    while True:
        if kind == "printouts":
            printouts.measure(url)
        elif kind == "import":
            imports.run_import(url, folder, CASES, lambda _row: begun.set())
        else:
            exports._run("ours", kind, url, folder)


if __name__ == "__main__":
    import sys
    from pathlib import Path

    for name, found in measure(sys.argv[1], Path(sys.argv[2])).items():
        print(name, found)
