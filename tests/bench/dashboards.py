"""Compare dashboards and worklists with a hundred times the orders: `python -m tests.bench.dashboards SMALL
LARGE [TIMES [PAGE]]`.

Both are database URLs that `demo --orders` filled, with 10,000 and 1,000,000 orders. The pages of both are
requested in turn. The result is the 95th percentile of a hundred answers, in elapsed time and in processor
time. Processor time is that of the answering process and its PostgreSQL servers; it does not depend on other
load of the computer. Both lists show the same number of rows: the page size is set to what both can show.
Rows that the demo does not make are added first (`waiting`). A list that is empty in one of the two compares
nothing; the output has both row counts.

Filling and sign-in write to both databases: use copies.
"""

import re
import sys
from pathlib import Path
from statistics import median

from tests.bench import waiting
from tests.bench.turns import share
from tests.bench.worker import Worker

WARM, TIMES = 4, 100
MOST = 1.3  # times the milliseconds of the small database
# Users with one province, with the province that has most orders, and with national scope.
READERS = ("warrant.bb", "warrant.pp", "manager")
PAGES = {
    "first page with its boards": "/",
    "work list": "/orders/worklist/",
    "work list: overdue": "/orders/worklist/?list=overdue",
    "work list: to be checked": "/orders/worklist/?list=check",
    "work list: to be validated": "/orders/worklist/?list=validate",
    "work list: to be assigned": "/orders/worklist/?list=assign",
    "work list: to be returned": "/orders/worklist/?list=return",
    "work list: a year to five": "/orders/worklist/?band=five_years",
    "work list: felonies": "/orders/worklist/?offence_class=felony",
    "work list: of the own unit": "/orders/worklist/?own=1",
    "matches": "/matches/list/",
    "held now": "/in-custody/list/",
    "held now: over the limit": "/in-custody/list/?left=over",
    "releases coming": "/releases-due/list/",
    "followed": "/supervision/list/",
}
LONGEST = 50  # rows of a page
ROW = re.compile(r'<td class="lead[ "]|<li data-row')


def measure_page(workers, path, times):
    """Return the answers of both databases to a page, requested in turn; None if a page is not available."""
    found = [[], []]
    for number in range(WARM + times):
        for worker, answers in zip(workers, found, strict=True):
            before = worker.servers_cpu()
            answer = worker.answer(path)
            if answer["status"] != 200:
                return None
            answer["cpu"] += worker.servers_cpu() - before
            answers += [answer] if number >= WARM else []
    return found


def rows_of(workers, path):
    """Return how many rows each list can show; 0 if the page has no list."""
    for worker in workers:
        worker.set_page_size(LONGEST)
    return [len(ROW.findall(worker.answer(path)["text"])) for worker in workers]


def compared(found, measure):
    """Return (95th percentile of the small one, of the large one, their ratio, the ratio of the medians)."""
    small, large = ([one[measure] for one in answers] for answers in found)
    p95 = [share(sorted(one), 0.95) for one in (small, large)]
    return (*p95, p95[1] / p95[0], median(large) / median(small))


def _both(numbers):
    """Return one number if both are equal, else both."""
    return " and ".join(map(str, dict.fromkeys(numbers)))


def main(small_url, large_url, times=TIMES, page="", folder=Path(".")):
    """Measure each page, or only those with `page` in their names."""
    for url in (small_url, large_url):
        print("{:,} hits wait, {:,} people are in custody".format(*waiting.fill(url, folder)), flush=True)
    asked_for = {name: path for name, path in PAGES.items() if page in name}
    print("| who | page | rows | ms here | ms there | ratio | by processor | of the medians | statements |")
    print("|---|---|---|---|---|---|---|---|---|")
    for reader in READERS:
        workers = [Worker("ours", url, folder, reader) for url in (small_url, large_url)]
        for name, path in asked_for.items():
            rows = rows_of(workers, path)
            for worker in workers:
                worker.set_page_size(max(min(rows), 1))
            found = measure_page(workers, path, int(times))
            if found is None:
                print(f"| {reader} | {name} | not shown |", flush=True)
                continue
            wall, cpu = compared(found, "wall"), compared(found, "cpu")
            statements = _both(one[-1]["statements"] for one in found)
            cells = (reader, name, min(rows) or _both(rows), *(f"{one:.1f}" for one in wall[:2]), f"{wall[2]:.2f}",
                     f"{cpu[2]:.2f}", f"{cpu[3]:.2f}", statements)  # fmt: skip
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
        for worker in workers:
            worker.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
