"""Generates the country in batches, in a second process for a large run."""

import gc
import multiprocessing
from contextlib import contextmanager
from dataclasses import dataclass

from app.demo.incidents import IncidentGenerator
from app.demo.kinds import OffenceMix
from app.demo.rows import TABLES, encode_rows, format_cells, hash_rows
from app.demo.seeded_random import SeededRandom
from app.demo.timeline import generate_moments

CASES_PER_BATCH = 2000
START_METHOD = "spawn"  # a fork would copy the threads and connections of a server


@dataclass
class Batch:
    """Some cases or orders with all their rows as text. The last batch also has the last case numbers."""

    cases: int
    texts: dict  # {table: its rows as text}, see rows.encode_rows
    ids: dict  # {table: (first id, last id)}
    row_hashes: dict  # {table: hashes of its rows}, see rows.hash_rows
    counters: dict | None = None

    @property
    def rows(self):
        return sum(last - first + 1 for first, last in self.ids.values())


def generate_batches(plan):
    """Yield the batches of a run. The same plan gives the same batches."""
    rng, rows = SeededRandom(plan.seed), {table: [] for table in TABLES}
    next_ids = dict(plan.next_ids)

    def add(row):
        row.id = next_ids[row.table]
        next_ids[row.table] += 1
        rows[row.table].append(row)

    incidents = IncidentGenerator(rng, plan, add)
    done = 0
    for number, moment in enumerate(
        generate_moments(rng, plan.cases, plan.until, OffenceMix(plan.offences)), start=1
    ):
        incidents.make_case(moment)
        if number % CASES_PER_BATCH == 0 or number == plan.cases:
            yield make_batch(rows, number - done, incidents.counters if number == plan.cases else None)
            done = number


def make_batch(rows, cases, counters):
    """Return the rows of each table as a Batch, and empty the lists."""
    filled = {table: found for table, found in rows.items() if found}
    cells = {table: format_cells(table, found) for table, found in filled.items()}
    batch = Batch(
        cases=cases,
        texts={table: encode_rows(table, found) for table, found in cells.items()},
        ids={table: (found[0].id, found[-1].id) for table, found in filled.items()},
        row_hashes={table: hash_rows(table, found) for table, found in cells.items()},
        counters=counters,
    )
    for found in filled.values():
        found.clear()
    return batch


@contextmanager
def open_batches(plan, parallel):
    """Yield `generate_batches(plan)`; with `parallel` a second process generates them while this one writes."""
    if not parallel:
        yield generate_batches(plan)
        return
    context = multiprocessing.get_context(START_METHOD)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send_batches, args=(plan, sending), name="demo-generator", daemon=True)
    process.start()
    sending.close()  # so that this process notices the end of the other
    try:
        yield _receive_batches(receiving)
        process.join()
    finally:
        receiving.close()
        process.terminate()
        process.join()


def _send_batches(plan, sending):
    gc.disable()  # rows have no reference cycles; the collector would take a sixth of the time
    for batch in generate_batches(plan):
        try:
            sending.send(batch)
        except BrokenPipeError:
            return  # the writing process has ended and has reported the reason


def _receive_batches(receiving):
    while True:
        try:
            batch = receiving.recv()
        except EOFError:
            raise RuntimeError("The demo generator stopped. See the message above.") from None
        yield batch
        if batch.counters is not None:
            return
