"""The queue between web processes and workers: job ids, in a file in the data folder or in Redis.

A lost or repeated id does no harm, because the row of the job says whether it waits.
"""

import logging
from sqlite3 import Error as SqliteError

from flask import current_app
from huey.storage import RedisStorage, SqliteStorage

try:
    from redis.exceptions import RedisError
except ModuleNotFoundError:  # an installation on one computer needs neither Redis nor its package
    RedisError = OSError

log = logging.getLogger(__name__)

QUEUE_NAME, QUEUE_FILE = "ecrime", "jobs.db"
QUEUE_ERRORS = (RedisError, SqliteError, OSError)


def _get_storage():
    """Return the queue of this application. Each process opens it at its first use."""
    found = current_app.extensions.get("ecrime.jobs")
    if found is None:
        address = current_app.config["REDIS_URL"]
        if address:
            found = RedisStorage(QUEUE_NAME, blocking=True, read_timeout=1, url=address)
        else:
            found = SqliteStorage(QUEUE_NAME, filename=str(current_app.config["DATA_DIR"] / QUEUE_FILE))
        current_app.extensions["ecrime.jobs"] = found
    return found


def enqueue_job(job_id):
    """Put the id of a waiting job into the queue. If this fails, a worker finds the job in the table later."""
    try:
        _get_storage().enqueue(b"%d" % job_id)
    except QUEUE_ERRORS:
        log.exception("The job queue does not respond; job %d waits in its table", job_id)


def dequeue_job():
    """Return the id of the job that waits longest, or None."""
    number = _get_storage().dequeue()
    return int(number) if number is not None else None


def is_queue_empty():
    """Return whether the queue is empty, or None if it does not respond."""
    try:
        return _get_storage().queue_size() == 0
    except QUEUE_ERRORS:
        return None
