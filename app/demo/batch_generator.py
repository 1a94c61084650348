"""Makes the country batch by batch, in a process of its own where there is much to make."""

import gc
import multiprocessing
from contextlib import contextmanager
from dataclasses import dataclass

from app.demo.incidents import Incidents
from app.demo.kinds import Mix
from app.demo.rows import TABLES, seals_of, text_of, told
from app.demo.seeded_random import Chance
from app.demo.timeline import moments

CASES_OF_A_BATCH = 2000
BORN_BY = "spawn"  # a fork would carry the threads and connections of a server along


@dataclass
class Batch:
    """Some cases (or orders) with all their rows, as text; the last one also says which case numbers were given."""

    cases: int
    texts: dict  # table → its rows as text (see rows.text_of)
    ids: dict  # table → (first id, last id)
    seals: dict  # table → the seals of its rows (see rows.seals_of)
    counters: dict | None = None

    @property
    def rows(self):
        return sum(last - first + 1 for first, last in self.ids.values())


def batches(plan):
    """The batches of a run, one after the other. The same plan gives the same batches."""
    chance, rows = Chance(plan.seed), {table: [] for table in TABLES}
    next_ids = dict(plan.next_ids)

    def add(row):
        row.id = next_ids[row.table]
        next_ids[row.table] += 1
        rows[row.table].append(row)

    incidents = Incidents(chance, plan, add)
    made = 0
    for number, moment in enumerate(moments(chance, plan.cases, plan.until, Mix(plan.offences)), start=1):
        incidents.make(moment)
        if number % CASES_OF_A_BATCH == 0 or number == plan.cases:
            yield batch_of(rows, number - made, incidents.counters if number == plan.cases else None)
            made = number


def batch_of(rows, cases, counters):
    """The rows of each table as a Batch; the lists are empty afterwards."""
    filled = {table: found for table, found in rows.items() if found}
    cells = {table: told(table, found) for table, found in filled.items()}
    batch = Batch(
        cases=cases,
        texts={table: text_of(table, found) for table, found in cells.items()},
        ids={table: (found[0].id, found[-1].id) for table, found in filled.items()},
        seals={table: seals_of(table, found) for table, found in cells.items()},
        counters=counters,
    )
    for found in filled.values():
        found.clear()
    return batch


@contextmanager
def source(plan, elsewhere):
    """`batches(plan)`; `elsewhere` they are made in a second process, while this one writes."""
    if not elsewhere:
        yield batches(plan)
        return
    context = multiprocessing.get_context(BORN_BY)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(plan, sending), name="demo-maker", daemon=True)
    process.start()
    sending.close()  # so that the end of the process is seen at this end
    try:
        yield _received(receiving)
        process.join()
    finally:
        receiving.close()
        process.terminate()
        process.join()


def _send(plan, sending):
    gc.disable()  # rows go with the last that points to them; a search for circles would find none, a sixth of the time
    for batch in batches(plan):
        try:
            sending.send(batch)
        except BrokenPipeError:
            return  # the process that writes has ended, and has said why


def _received(receiving):
    while True:
        try:
            batch = receiving.recv()
        except EOFError:
            raise RuntimeError("The demo's rows stopped coming: see the message above.") from None
        yield batch
        if batch.counters is not None:
            return
