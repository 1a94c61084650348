"""The queue between the pages and the workers: numbers of jobs, in a file beside the data or in Redis.

A number that is lost does no harm, nor one that comes twice: the row of the job says whether it waits.
"""

import logging
from sqlite3 import Error as SqliteError

from flask import current_app
from huey.storage import RedisStorage, SqliteStorage

try:
    from redis.exceptions import RedisError
except ModuleNotFoundError:  # a register on one computer needs neither Redis nor its package
    RedisError = OSError

log = logging.getLogger(__name__)

NAME, FILE = "ecrime", "jobs.db"
FAULTS = (RedisError, SqliteError, OSError)


def _storage():
    """The queue of this application; opened when it is first needed, in the process that needs it."""
    found = current_app.extensions.get("ecrime.jobs")
    if found is None:
        address = current_app.config["REDIS_URL"]
        if address:
            found = RedisStorage(NAME, blocking=True, read_timeout=1, url=address)
        else:
            found = SqliteStorage(NAME, filename=str(current_app.config["DATA_DIR"] / FILE))
        current_app.extensions["ecrime.jobs"] = found
    return found


def put(job_id):
    """Say that a job waits. Where the queue does not answer, a worker finds it in the table a little later."""
    try:
        _storage().enqueue(b"%d" % job_id)
    except FAULTS:
        log.exception("The queue of jobs does not answer; job %d waits in its table", job_id)


def take():
    """The number of the job that waits longest; None where none does."""
    number = _storage().dequeue()
    return int(number) if number is not None else None


def is_empty():
    """Whether no number waits here; None where the queue does not answer."""
    try:
        return _storage().queue_size() == 0
    except FAULTS:
        return None
