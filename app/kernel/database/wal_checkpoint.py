"""SQLite's log of writes is brought home beside the requests: whoever saves as the log grows full would wait for it.

The limit in `databases.PRAGMAS` holds where nobody does this (a command), or where it does not keep up.
"""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

EVERY = 5  # seconds


def bring_home(engine):
    """Write what the log holds into the file itself, as far as nobody is in the way; gives how many pages it leaves.

    PostgreSQL does it by itself.
    """
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        _busy, held, home = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    return held - home


def keep_bringing_home(engine):
    """Do so every few seconds, in a thread of this process. Gives the event that ends it."""
    ended = threading.Event()

    def go_on():
        while not ended.wait(EVERY):
            try:
                bring_home(engine)
            except SQLAlchemyError:
                log.exception("The log of writes could not be brought home")

    if engine.dialect.name == "sqlite":
        threading.Thread(target=go_on, name="homing", daemon=True).start()
    return ended
