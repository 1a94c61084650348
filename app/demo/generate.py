"""Generates a synthetic country: `python3 run.py demo --cases N --persons M --seed S`."""

import hashlib

from sqlalchemy import func, select

from app.demo import batch_generator, plan
from app.demo.bulk_load import LOADERS
from app.demo.progress import Progress
from app.kernel import gc_pause
from app.kernel.actor import SYSTEM
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates

ENTITY = "demo"  # of its events in the audit log
LARGE_RUN = 5000  # cases; for fewer a second process is slower


def generate_country(engine, cases, persons, seed, report=print, until=None, large=None):
    """Add `cases` cases with `persons` new persons, generated from `seed`.

    The same seed with the same database and the same `until` (the last moment in Cambodian civil time, now by default)
    gives the same rows. Another run adds to the rows. There may be more persons than requested if they are fewer than the
    cases. Raises ValueError if a number is below one or the reference data is missing.
    """
    if cases < 1 or persons < 1:
        raise ValueError("The demo needs at least one case and one person.")
    large = cases >= LARGE_RUN if large is None else large
    if large:
        engine.dispose()  # idle connections would keep SQLite's write-ahead log open
    until = (until or dates.now()).replace(second=0, microsecond=0)
    progress = Progress(cases, report)
    with engine.connect() as connection, gc_pause.gc_paused():
        loader = LOADERS[engine.dialect.name](connection, large)
        try:
            loader.begin()
            run_plan = plan.read_plan(connection, cases, persons, seed, until)
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == ENTITY)
            first, entries = (connection.scalar(last) or 0) + 1, []
            with batch_generator.open_batches(run_plan, large) as batches:
                for number, batch in enumerate(batches, start=first):
                    for table, rows in batch.texts.items():
                        loader.load_rows(table, rows)
                    entries.append(build_audit_entry(connection, batch, number))
                    progress.add(batch.cases, batch.rows)
            loader.save_counters(batch.counters)
            loader.finish(progress.report_step)
            # Last, because other writers wait for the lock on the end of the audit log.
            hash_chain.append_entries(connection, entries)
            connection.commit()  # commits: one transaction for the demo data
        finally:
            connection.rollback()  # commits: no effect after a commit
            loader.restore_settings()
    progress.finish(f"{cases:,} synthetic cases, {progress.rows:,} rows")


def build_audit_entry(connection, batch, number):
    """Return the audit entry of a batch, and write the row hashes of its rows.

    The entry has the number of rows, the ids of each table, the hash of their text, and the hash of the row hashes.
    """
    blocks = row_hashes.HashBlocks(ENTITY, number)
    for table, found in batch.row_hashes.items():
        blocks.add(table, batch.ids[table][0], found)
    facts = {
        "rows": batch.rows,
        "tables": {table: list(ids) for table, ids in batch.ids.items()},
        "sha256": hash_batch(batch.texts),
    }
    return hash_chain.build_entry(
        SYSTEM, "record.added", ENTITY, number, row_hash=blocks.write(connection), body={"facts": facts}
    )


def hash_batch(texts):
    """Return the SHA-256 of the texts of all tables, in the order of the tables (see `rows.encode_rows`)."""
    hashed = hashlib.sha256()
    for rows in texts.values():
        hashed.update(rows)
    return hashed.hexdigest()
