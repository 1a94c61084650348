"""Sealing rows that lie in the tables without a seal, or with one of before a change of the tables."""

from flask_appbuilder import Model
from sqlalchemy import inspect

from app.kernel.actor import THE_REGISTER
from app.kernel.audit import hash_chain, row_hashes
from app.kernel.schema.record import Record

BATCH = row_hashes.ANEW


def sealed_tables():
    """The tables of all records, by name."""
    classes = (mapper.class_ for mapper in Model.registry.mappers)
    tables = (cls.__table__ for cls in classes if issubclass(cls, Record))
    return sorted(tables, key=lambda table: table.name)


def columns_there(engine):
    """table → the columns that it has in the database now; a table that is not there is not named."""
    found = inspect(engine)
    there = set(found.get_table_names())
    names = [table.name for table in sealed_tables() if table.name in there]
    return {name: {column["name"] for column in found.get_columns(name)} for name in names}


def seal(connection, tables, because):
    """Seal every row of these tables as it is now, as one batch in the log; table → rows.

    What was expected of them before is forgotten, so it makes right what is wrong in them: prove the records first.
    """
    number = row_hashes.next_number(connection, BATCH)
    blocks = row_hashes.Blocks(BATCH, number)
    counts = {}
    for table in tables:
        blocks.begin_anew(table.name)
        counts[table.name] = row_hashes.seal_table(connection, table, blocks)
    counts = {name: count for name, count in counts.items() if count}
    if counts:
        whole = blocks.write(connection)
        facts = {"facts": {"because": because, "tables": counts}}
        told = hash_chain.entry(THE_REGISTER, "records.sealed", BATCH, number, seal=whole, body=facts)
        hash_chain.append(connection, [told])
    return counts
