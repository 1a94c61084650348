"""Whether boards and work lists stay as quick with a hundred times the orders: `python -m tests.bench.boards SMALL LARGE [TIMES [PAGE]]`.

Both are URLs of registers that `demo --orders` filled, of 10,000 and of 1,000,000 orders. Each page is asked in turn here and
there. What counts is the 95th of a hundred answers: by the clock, and by the processors' time of the process that answers
and of its servers of PostgreSQL, which says the same on a computer that has other work. A list shows as many rows
there as here: first it is asked how many both can show, and its leaves are made so long. What the demo leaves empty
is filled first (`waiting`). A list that is empty in one of the two compares nothing: both numbers of rows are shown.

Filling and signing in write to both registers: give copies.
"""

import re
import sys
from pathlib import Path
from statistics import median

from tests.bench import waiting
from tests.bench.turns import share
from tests.bench.worker import Worker

WARM, TIMES = 4, 100
MOST = 1.3  # times as long as in the small register
# Who sees a province, who sees the one where most happens, and who sees the nation.
READERS = ("warrant.bb", "warrant.pp", "manager")
PAGES = {
    "first page with its boards": "/",
    "work list": "/orders/work/",
    "work list: overdue": "/orders/work/?list=overdue",
    "work list: to be checked": "/orders/work/?list=check",
    "work list: to be validated": "/orders/work/?list=validate",
    "work list: to be assigned": "/orders/work/?list=assign",
    "work list: to be returned": "/orders/work/?list=return",
    "work list: a year to five": "/orders/work/?band=five_years",
    "work list: felonies": "/orders/work/?offence_class=felony",
    "work list: of the own unit": "/orders/work/?own=1",
    "hits": "/hits/list/",
    "held now": "/held-now/list/",
    "held now: over the limit": "/held-now/list/?left=over",
    "releases coming": "/releases-coming/list/",
    "followed": "/followed/list/",
}
LONGEST = 50  # rows of a leaf
ROW = re.compile(r'<td class="lead[ "]|<li data-row')


def asked(workers, path, times):
    """The answers of both registers to a page, asked in turn; None where it is not shown."""
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
    """How many rows each can show; 0 of a page that is no list."""
    for worker in workers:
        worker.make_leaves(LONGEST)
    return [len(ROW.findall(worker.answer(path)["text"])) for worker in workers]


def compared(found, measure):
    """(milliseconds of 95 in a hundred here, and there, their ratio, the ratio of the medians)."""
    small, large = ([one[measure] for one in answers] for answers in found)
    p95 = [share(sorted(one), 0.95) for one in (small, large)]
    return (*p95, p95[1] / p95[0], median(large) / median(small))


def _both(numbers):
    """One number where it is the same here and there."""
    return " and ".join(map(str, dict.fromkeys(numbers)))


def main(small_url, large_url, times=TIMES, page="", folder=Path(".")):
    """Ask for each page, or for those alone that have `page` in their names."""
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
                worker.make_leaves(max(min(rows), 1))
            found = asked(workers, path, int(times))
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
