"""The move of all rows of a SQLite database into a PostgreSQL database of the same revision."""

from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.engine import make_url

from app.extensions import db
from app.kernel.database import engine

BATCH_ROWS = 1000
FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
)


class MoveRefused(Exception):
    """The rows were not moved. The text says what to do."""


def refuse_filled(url):
    """Raise MoveRefused unless the PostgreSQL database has no tables of E-Crime: a move replaces all rows."""
    if make_url(url).get_backend_name() != "postgresql":
        raise MoveRefused("--database names an empty PostgreSQL database: postgresql://…")
    target = create_engine(url, hide_parameters=True)
    try:
        if engine.current_revision(target) is not None:
            raise MoveRefused("The PostgreSQL database has data. Name an empty one.")
    finally:
        target.dispose()


def move_rows(path, url):
    """Replace all rows of the migrated PostgreSQL database `url` by those of the SQLite file. Return the number of rows.

    One transaction: the moved rows were checked when they were saved, so triggers do not run. The foreign keys are checked
    again at the end. The sequences continue after the highest number. Raises MoveRefused.
    """
    source, target = create_engine(f"sqlite:///{path}"), create_engine(url, hide_parameters=True)
    try:
        revisions = engine.current_revision(source), engine.current_revision(target)
        if revisions[0] != revisions[1]:
            raise MoveRefused(
                f"The archive has revision {revisions[0]}, this program {revisions[1]}. Restore it without --database,"
                " start it once, and write a new archive."
            )
        with source.connect() as reader, target.begin() as writer:
            engine.remove_limits(writer)
            return _move_all(reader, writer)
    finally:
        source.dispose()
        target.dispose()


def _move_all(reader, writer):
    tables = db.metadata.sorted_tables
    names = [writer.dialect.identifier_preparer.format_table(table) for table in tables]
    foreign_keys = writer.execute(FOREIGN_KEYS).all()
    for table, name, _definition in foreign_keys:
        writer.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name in names:
        writer.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    writer.exec_driver_sql(f"TRUNCATE {', '.join(names)}")
    moved = sum(_move_table(reader, writer, table) for table in tables)
    for table, name, definition in foreign_keys:
        writer.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for name in names:
        writer.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    return moved


def _move_table(reader, writer, table):
    columns = [column for column in table.columns if column.computed is None]
    rows = reader.execution_options(yield_per=BATCH_ROWS).execute(select(*columns)).mappings()
    moved = 0
    for batch in rows.partitions():
        writer.execute(insert(table), [dict(row) for row in batch])
        moved += len(batch)
    for column in table.primary_key:
        name = writer.dialect.identifier_preparer.format_table(table)
        sequence = writer.scalar(select(func.pg_get_serial_sequence(name, column.name)))
        highest = writer.scalar(select(func.max(column))) if sequence else None
        if highest is not None:
            writer.execute(select(func.setval(sequence, highest)))
    return moved
