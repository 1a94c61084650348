"""The log of slow queries: the text of each statement that takes longer than `ECRIME_SLOW_QUERY_SECONDS`, without its values."""

import logging
import re
import time

import config

log = logging.getLogger(__name__)

LENGTH = 2000  # characters of a statement
_BEGAN = "query began"  # in the `info` of a connection

listeners = []  # functions of the seconds of a slow query


def remember_begin(connection, _cursor, _statement, _parameters, _context, _executemany):
    """Note when a statement begins."""
    connection.info[_BEGAN] = time.perf_counter()


def log_if_slow(connection, _cursor, statement, _parameters, _context, _executemany):
    """Log a statement that took too long."""
    seconds = time.perf_counter() - connection.info.get(_BEGAN, time.perf_counter())
    if seconds < config.SLOW_QUERY_SECONDS:
        return
    text = re.sub(r"\s+", " ", statement)[:LENGTH]
    log.warning("Slow query: %.1f s: %s", seconds, text, extra={"seconds": round(seconds, 3)})
    for listener in listeners:
        listener(seconds)
