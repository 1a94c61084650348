"""The page of a case with 40 people, 60 exhibits and 100 documents, against stock FAB's with the same relations, and the
saves of rows added to such a case: `python -m tests.bench.large_case URL [TIMES]`.

Writes to the database: cases of its own, and the people, exhibits and files that are added to them. A photo is uploaded
before the save. The upload includes a process of its own that encodes the photo again.
"""

import secrets
import sys
import tempfile
import time

from sqlalchemy import create_engine

from app.kernel.database.engine import update_statistics
from tests.bench import saves
from tests.bench.turns import WARM, in_turn, share
from tests.bench.worker import Worker
from tests.cases.form_data import make_phone
from tests.html_pages import Page

PAGE = {"ratio": 0.5, "statements": 12}
SAVE = {"sqlite": 40, "postgresql": 60}  # limit of p95, in milliseconds
ROWS = 8  # added to one case, so that it keeps about the size that the limit names


def main(url, times="40"):
    with tempfile.TemporaryDirectory() as folder:
        ours, stock = (Worker(side, url, folder) for side in ("ours", "stock"))
        case = ours.make_large_case()
        update_statistics(
            create_engine(url)
        )  # as each night: a filled register has no files, so none are counted yet
        address = f"/case/show/{case}"
        found = in_turn(int(times), ours=lambda: ours.cost(address), stock=lambda: stock.cost(address))
        mine, theirs = found["ours"], found["stock"]
        print(
            f"page: {mine['statements']} statements (≤ {PAGE['statements']}, stock {theirs['statements']}),"
            f" {mine['cpu']:.1f} / {theirs['cpu']:.1f} ms of the processor,"
            f" ratio {mine['cpu'] / theirs['cpu']:.2f} (≤ {PAGE['ratio']})"
        )
        for name, make_row in _list_rows(ours).items():
            answers = _add_rows(ours, make_row, int(times) + WARM)[WARM:]
            for unit in ("wall", "cpu"):
                values = sorted(one[unit] for one in answers)
                print(
                    f"save of an added {name}, {unit}: p50 {share(values, 0.5):.1f}, p95 {share(values, 0.95):.1f} ms"
                )
        uploads = sorted(map(_time_upload, [ours] * int(times)))
        print(f"upload of a photo: p50 {share(uploads, 0.5):.1f}, p95 {share(uploads, 0.95):.1f} ms")
        print(f"  limit of p95 of a save: {SAVE[url.split('+')[0].split(':')[0]]} ms")


def _list_rows(worker):
    """Return the name of a kind of row → a function that makes the fields of a new one."""
    saving = saves.Saving(worker)

    def make_exhibit():
        return make_phone(0, serial=str(secrets.randbelow(10**15)))

    def make_new_person():
        form = saves.a_case(secrets.randbelow(10**6), saving.cards)
        return {key: value for key, value in form.items() if key.startswith("people-0-")}

    def make_file():
        upload = saves.upload_photo(worker, secrets.randbelow(65_536), saving.token)
        return {"files-0-kind": "scene_photo", "files-0-uploads": upload}

    return {"exhibit": make_exhibit, "person": make_new_person, "file": make_file}


def _time_upload(worker):
    """Return the elapsed milliseconds of the upload of a photo of 640 × 480 pixels."""
    token, began = worker.token("/entry/new-one"), time.perf_counter()
    saves.upload_photo(worker, secrets.randbelow(65_536), token)
    return (time.perf_counter() - began) * 1000


def _add_rows(worker, make_row, times):
    """Return the costs of so many saves."""
    costs = []
    while len(costs) < times:
        case = worker.make_large_case()
        costs += [_add(worker, case, make_row()) for _number in range(ROWS)]
    return costs[:times]


def _add(worker, case, fields):
    """Return the cost of the save of one page with a new row."""
    token = worker.token(f"/addition/{case}/{secrets.token_urlsafe(12)}")
    form = fields | {"csrf_token": token}
    answer = worker.answer(f"/addition/{case}/{secrets.token_urlsafe(12)}", "POST", form)
    assert answer["status"] == 302, Page(answer["text"]).by_id("summary").text
    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
