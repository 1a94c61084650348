"""Hashing rows again that have no row hash, or one from before a change of the tables."""

from flask_appbuilder import Model
from sqlalchemy import inspect

from app.kernel.actor import SYSTEM
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.schema.record import Record

BATCH = row_hashes.REHASH_BATCH


def record_tables():
    """Return the tables of all records, sorted by name."""
    classes = (mapper.class_ for mapper in Model.registry.mappers)
    tables = (cls.__table__ for cls in classes if issubclass(cls, Record))
    return sorted(tables, key=lambda table: table.name)


def existing_columns(engine):
    """Return table → columns that exist in the database. Missing tables are left out."""
    found = inspect(engine)
    present = set(found.get_table_names())
    names = [table.name for table in record_tables() if table.name in present]
    return {name: {column["name"] for column in found.get_columns(name)} for name in names}


def rehash_tables(connection, tables, because):
    """Hash every row of these tables as it is now, as one batch in the log. Return table → rows.

    Earlier hashes of these rows no longer count, so tampered rows become valid: verify the records first.
    """
    number = row_hashes.next_batch_number(connection, BATCH)
    blocks = row_hashes.HashBlocks(BATCH, number)
    counts = {}
    for table in tables:
        blocks.reset_table(table.name)
        counts[table.name] = row_hashes.hash_table(connection, table, blocks)
    counts = {name: count for name, count in counts.items() if count}
    if counts:
        batch_hash = blocks.write(connection)
        facts = {"facts": {"because": because, "tables": counts}}
        entry = hash_chain.build_entry(
            SYSTEM, "row_hashes.recalculated", BATCH, number, row_hash=batch_hash, body=facts
        )
        hash_chain.append_entries(connection, [entry])
    return counts
