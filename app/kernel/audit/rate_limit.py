"""The limits of the questions about people and items that one user asks in a minute, and of the files sent in a day. What is
above a limit ends with 429.

On PostgreSQL all processes count together, in a transaction of its own: a refused request counts too. On SQLite, where a
second writer would wait for the request itself, each process counts questions for itself; files are counted in a file.
"""

import threading
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from flask import current_app, g
from flask_babel import lazy_gettext as _
from sqlalchemy import case
from werkzeug.exceptions import TooManyRequests

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit.models import QuestionCount
from app.kernel.database.engine import dialect_insert, dialect_name
from app.kernel.text import dates

# The settings that hold the limits: of all questions, of person numbers that are typed, and of numbers of items. Zero
# sets no limit.
NATIONWIDE, NAMED_PERSON = "QUESTIONS_PER_MINUTE", "NAMED_PEOPLE_PER_MINUTE"
ITEM_NUMBER = "ITEM_NUMBERS_PER_MINUTE"
UPLOADS = "UPLOAD_MEGABYTES_PER_DAY"
RATE_LIMIT, UPLOAD_LIMIT = "access.rate_limited", "file.limit_reached"  # the events that alert the auditors
MEGABYTE = 1024**2

TOO_MANY_FILES = _(
    "You have sent more files today than one user may. The auditors were notified. Try again tomorrow."
)

_lock, _asked = threading.Lock(), {}  # (user id, kind) → (minute or day, count of this process in it)


class RateLimit(NamedTuple):
    """A limit, and what is left of it for the user of this request."""

    name: str
    limit: int  # questions in a minute
    remaining: int
    seconds: int  # until the next minute


def add_headers(response):
    """Add the headers RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers) if a limit was counted."""
    rate = g.get("rate_limit")
    if rate is not None:
        response.headers["RateLimit-Policy"] = f'"{rate.name}";q={rate.limit};w=60'
        response.headers["RateLimit"] = f'"{rate.name}";r={rate.remaining};t={rate.seconds}'
    return response


def count_question(kind, number=1):
    """Count one question of the user of this request, or several. Raises TooManyRequests above the limit of its kind."""
    now, limit, user_id = dates.now(), current_app.config[kind], actor_of(db.session).user_id
    if not limit or user_id is None:
        return
    minute = now.replace(second=0, microsecond=0)
    asked, seconds = _count(user_id, kind, minute, number), max(1, 60 - now.second)
    g.rate_limit = RateLimit(kind.lower().removesuffix("_per_minute"), limit, max(0, limit - asked), seconds)
    if asked > limit:
        g.limit_reached = RATE_LIMIT, limit
        raise TooManyRequests(retry_after=seconds)


def count_upload(size):
    """Count the bytes of a file that the user of this request has sent, in whole megabytes: one account could fill the disk.

    Raises TooManyRequests above the limit of a day.
    """
    now, limit, user_id = dates.now(), current_app.config[UPLOADS], actor_of(db.session).user_id
    if not limit or user_id is None:
        return
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    megabytes = -(-size // MEGABYTE)
    if dialect_name(db.session) == "postgresql":
        sent = _count_shared(user_id, UPLOADS, midnight, megabytes)
    else:
        sent = _count_in_file(user_id, midnight, megabytes)
    if sent > limit:
        g.limit_reached = UPLOAD_LIMIT, limit
        seconds = (midnight + timedelta(days=1) - now).total_seconds()
        raise TooManyRequests(TOO_MANY_FILES, retry_after=int(seconds) + 1)


def _count(user_id, kind, since, number):
    count = _count_shared if dialect_name(db.session) == "postgresql" else _count_in_process
    return count(user_id, kind, since, number)


def _count_in_process(user_id, kind, minute, number):
    with _lock:
        last, asked = _asked.get((user_id, kind), (minute, 0))
        asked = asked + number if last == minute else number
        _asked[user_id, kind] = minute, asked
        return asked


def _count_in_file(user_id, midnight, megabytes):
    """Return the megabytes of a day. Each is a byte of a file, because what several processes append adds up."""
    folder = Path(current_app.config["DATA_DIR"]) / "upload_counts"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{user_id}-{midnight:%Y%m%d}"
    for old in folder.glob(f"{user_id}-*"):
        if old != path:
            old.unlink(missing_ok=True)
    with path.open("ab", buffering=0) as file:
        file.write(b"." * megabytes)
        return file.tell()


def _count_shared(user_id, kind, minute, number):
    with db.engine.begin() as connection:  # commits: the count of a request that is refused or rolled back
        return add_to_count(connection, user_id, kind, minute, number)


def add_to_count(connection, user_id, kind, since, number=1):
    """Add to the count of a user since a time, and return it. Its row is locked until the transaction ends."""
    table = QuestionCount.__table__
    row = dialect_insert(connection, table).values(user_id=user_id, kind=kind, minute=since, asked=number)
    again = case((table.c.minute == since, table.c.asked + number), else_=number)
    counted = row.on_conflict_do_update(
        index_elements=[table.c.user_id, table.c.kind], set_={"minute": since, "asked": again}
    )
    return connection.scalar(counted.returning(table.c.asked))
