"""The page of a case with 40 people, 60 exhibits and 100 documents, against stock FAB's with the same relations, and the
save of a row added to a case: `python -m tests.bench.large_case URL [TIMES]`.

Writes to the database: cases of its own, and the exhibits that are added to them.
"""

import secrets
import sys
import tempfile

from tests.bench.turns import WARM, in_turn, share
from tests.bench.worker import Worker
from tests.cases.form_data import make_phone

PAGE = {"ratio": 0.5, "statements": 12}
SAVE = {"sqlite": 40, "postgresql": 60}  # limit of p95, in milliseconds


def main(url, times="40"):
    with tempfile.TemporaryDirectory() as folder:
        ours, stock = (Worker(side, url, folder) for side in ("ours", "stock"))
        case = ours.make_large_case()
        address = f"/case/show/{case}"
        found = in_turn(int(times), ours=lambda: ours.cost(address), stock=lambda: stock.cost(address))
        mine, theirs = found["ours"], found["stock"]
        print(
            f"page: {mine['statements']} statements (≤ {PAGE['statements']}, stock {theirs['statements']}),"
            f" {mine['cpu']:.1f} / {theirs['cpu']:.1f} ms of the processor,"
            f" ratio {mine['cpu'] / theirs['cpu']:.2f} (≤ {PAGE['ratio']})"
        )
        answers = [_add_exhibit(ours, case) for _number in range(int(times) + WARM)][WARM:]
        for unit in ("wall", "cpu"):
            values = sorted(one[unit] for one in answers)
            print(
                f"save of an added exhibit, {unit}: p50 {share(values, 0.5):.1f}, p95 {share(values, 0.95):.1f} ms"
            )
        print(f"  limit of p95: {SAVE[url.split('+')[0].split(':')[0]]} ms")


def _add_exhibit(worker, case):
    token = worker.token(f"/addition/{case}/{secrets.token_urlsafe(12)}")
    form = make_phone(0, serial=str(secrets.randbelow(10**15))) | {"csrf_token": token}
    answer = worker.cost(f"/addition/{case}/{secrets.token_urlsafe(12)}", "POST", form)
    assert answer["status"] == 302, answer
    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
