"""Checkpoints of SQLite's write-ahead log in the background, so that no save has to wait for one.

The limit in `engine.PRAGMAS` applies where no scheduler runs checkpoints (in a command) or where it falls behind.
"""


def checkpoint(engine):
    """Write the WAL into the database file as far as readers permit; return the number of remaining pages.

    PostgreSQL does this itself.
    """
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        _busy, logged, checkpointed = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    return logged - checkpointed


def run_checkpoint(session):
    """Run a checkpoint as a scheduled job; return the number of remaining pages."""
    return checkpoint(session.get_bind())
