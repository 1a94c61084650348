"""The limits of the questions about people that one user asks in a minute. A question above the limit ends with 429.

Each process counts for itself, so that a question costs no statement: a server has at most four processes.
"""

import threading
from collections import deque
from datetime import timedelta

from flask import current_app, g
from werkzeug.exceptions import TooManyRequests

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.text import dates

WINDOW = timedelta(minutes=1)
# The settings that hold the limits: of all questions, and of person numbers that are typed. Zero sets no limit.
NATIONWIDE, NAMED_PERSON = "QUESTIONS_PER_MINUTE", "NAMED_PEOPLE_PER_MINUTE"
RATE_LIMIT = "access.rate_limited"  # the event that alerts the auditors

_lock, _asked = threading.Lock(), {}  # (user id, kind) → times of the questions in the last window


def count_question(kind):
    """Count one question of the user of this request. Raises TooManyRequests above the limit of its kind."""
    now, limit = dates.now(), current_app.config[kind]
    if not limit:
        return
    with _lock:
        times = _asked.setdefault((actor_of(db.session).user_id, kind), deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) < limit:
            times.append(now)
            return
        wait = times[0] + WINDOW - now
    g.limit_reached = RATE_LIMIT, limit
    raise TooManyRequests(retry_after=max(1, int(wait.total_seconds())))
