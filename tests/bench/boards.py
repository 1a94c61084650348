"""Whether boards and work lists stay as quick with a hundred times the orders: `python -m tests.bench.boards SMALL LARGE`.

Both are URLs of registers that `demo --orders` filled, of 10,000 and of 1,000,000 orders. Each page is asked in turn here and
there; what counts is the 95th of a hundred answers. A list that does not fill its page in the small register is a shorter page
there: of such a pair the ratio tells nothing of the database. Signing in writes to both registers: give copies.
"""

import sys
from pathlib import Path

from tests.bench.turns import WARM, share
from tests.bench.worker import Worker

TIMES = 60
MOST = 1.3  # times as long as in the small register
# Who sees a province, and who sees the nation.
READERS = ("warrant.bb", "manager")
PAGES = {
    "first page with its boards": "/",
    "work list": "/orders/work/",
    "work list: overdue": "/orders/work/?list=overdue",
    "work list: to be validated": "/orders/work/?list=validate",
    "work list: to be assigned": "/orders/work/?list=assign",
    "work list: to be returned": "/orders/work/?list=return",
    "work list: a year to five": "/orders/work/?band=five_years",
    "work list: felonies": "/orders/work/?offence_class=felony",
    "work list: of the own unit": "/orders/work/?own=1",
    "hits": "/hits/",
    "held now": "/held-now/list/",
    "releases coming": "/releases-coming/list/",
    "followed": "/followed/list/",
}


def p95(small, large, path, times):
    """Milliseconds that 95 of 100 answers take at most, there and here; None where the page is not shown."""
    taken = [[], []]
    for number in range(WARM + times):
        for worker, found in zip((small, large), taken, strict=True):
            answer = worker.answer(path)
            if answer["status"] != 200:
                return None
            found += [answer["wall"]] if number >= WARM else []
    return tuple(share(sorted(found), 0.95) for found in taken)


def main(small_url, large_url, folder=Path("."), times=TIMES):
    for reader in READERS:
        small, large = (Worker("ours", url, folder, reader) for url in (small_url, large_url))
        for page, path in PAGES.items():
            found = p95(small, large, path, times)
            if found is None:
                print(f"| {reader} | {page} | not shown |", flush=True)
                continue
            ratio = found[1] / found[0]
            cells = (reader, page, *(f"{one:.1f}" for one in found), f"{ratio:.2f}")
            print(f"| {' | '.join(cells)} | {'yes' if ratio <= MOST else '**no**'} |", flush=True)
        for worker in (small, large):
            worker.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
