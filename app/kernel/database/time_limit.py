"""The time limit of a query: a filter that would read most of a large table is refused instead of awaited."""

import time
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app.kernel.database.transactions import rollback

CHECK_EVERY = 20_000  # instructions of SQLite between two looks at the clock: a fraction of a millisecond


class QueryTooSlow(Exception):
    """Raised if a query ran longer than its limit. The transaction has ended."""


@contextmanager
def time_limit(session, seconds):
    """Stop the queries of this block after `seconds`. Raises QueryTooSlow.

    PostgreSQL limits each query, SQLite all of the block together.
    """
    connection = session.connection()
    driver, is_sqlite = connection.connection.driver_connection, connection.dialect.name == "sqlite"
    if is_sqlite:
        until = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > until, CHECK_EVERY)
    else:  # as a part of BEGIN: not by a statement of the session
        answer = driver.pgconn.exec_(
            b"SELECT current_setting('statement_timeout'), set_config('statement_timeout', '%d', true)"
            % (seconds * 1000)
        )
        before = answer.get_value(0, 0)
    try:
        yield
    except OperationalError as error:
        if not _was_stopped(error.orig):
            raise
        rollback(session)
        raise QueryTooSlow from error
    finally:
        if is_sqlite:
            driver.set_progress_handler(None, 0)
    if not is_sqlite:
        driver.pgconn.exec_(b"SET LOCAL statement_timeout = '%s'" % before)


def _was_stopped(error):
    codes = getattr(error, "sqlite_errorname", ""), getattr(error, "sqlstate", "")
    return codes[0] == "SQLITE_INTERRUPT" or codes[1] == "57014"
