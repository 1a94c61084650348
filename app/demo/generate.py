"""Fills a register with a synthetic country: `python3 run.py demo --cases N --persons M --seed S`."""

import hashlib

from sqlalchemy import func, select

from app.demo import batch_generator, plan
from app.demo.bulk_load import STORES
from app.demo.progress import Progress
from app.kernel import gc_pause
from app.kernel.actor import THE_REGISTER
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates

ENTITY = "demo"  # of its rows in the log
LARGE = 5000  # cases; below, a second process costs more than it gains


def fill(engine, cases, persons, seed, say=print, until=None, large=None):
    """Add `cases` cases with `persons` new people to the register, all made of `seed`.

    The same seed on the same register and the same `until` (the last moment, Cambodian civil time; now) gives the
    same rows; another run adds to what is there. Of people there can be more than asked for where there are fewer
    than cases. Raises ValueError where a number is below one or the reference data is missing.
    """
    if cases < 1 or persons < 1:
        raise ValueError("The demo needs at least one case and one person.")
    large = cases >= LARGE if large is None else large
    if large:
        engine.dispose()  # idle connections would keep SQLite's write-ahead log open
    until = (until or dates.now()).replace(second=0, microsecond=0)
    progress = Progress(cases, say)
    with engine.connect() as connection, gc_pause.left_alone():
        store = STORES[engine.dialect.name](connection, large)
        try:
            store.begin()
            made = plan.read(connection, cases, persons, seed, until)
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == ENTITY)
            first, told = (connection.scalar(last) or 0) + 1, []
            with batch_generator.source(made, large) as batches:
                for number, batch in enumerate(batches, start=first):
                    for table, rows in batch.texts.items():
                        store.put(table, rows)
                    told.append(trace(connection, batch, number))
                    progress.add(batch.cases, batch.rows)
            store.count(batch.counters)
            store.end(progress.doing)
            hash_chain.append(connection, told)  # last: whoever else writes waits for the end of the log
            connection.commit()
        finally:
            connection.rollback()  # nothing after a commit
            store.restore()
    progress.end(f"{cases:,} synthetic cases, {progress.rows:,} rows")


def trace(connection, batch, number):
    """The one row of the log for a batch: how many rows, which ids of which tables, the hash of their text, and the
    seal over the seals of its rows, which are kept beside the log."""
    blocks = row_hashes.Blocks(ENTITY, number)
    for table, found in batch.seals.items():
        blocks.add(table, batch.ids[table][0], found)
    facts = {
        "rows": batch.rows,
        "tables": {table: list(ids) for table, ids in batch.ids.items()},
        "sha256": digest(batch.texts),
    }
    return hash_chain.entry(
        THE_REGISTER, "add", ENTITY, number, seal=blocks.write(connection), body={"facts": facts}
    )


def digest(texts):
    """The hash of a batch: SHA-256 over the texts of its tables, in the order of the tables (see rows.text_of)."""
    hashed = hashlib.sha256()
    for rows in texts.values():
        hashed.update(rows)
    return hashed.hexdigest()
