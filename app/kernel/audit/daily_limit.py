"""The limit of the people that one user sees in a day: pages, lookups, the API, duplicates, printouts and exports together.

The access log is the count. A row of the user counts how many people each process has first shown, which is never less
than the people of the log: the log is read only if this number is above the limit. The row is locked until the event is
written, so that simultaneous requests do not read the same count. A user with several roles has their highest limit.
"""

import threading
from datetime import UTC, datetime, timedelta

from flask import current_app, g
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from app.extensions import db
from app.kernel.access.row_level_security import apply_settings
from app.kernel.audit import rate_limit
from app.kernel.audit.models import AuditEvent, AuditPayload
from app.kernel.audit.typeahead_searches import OpenSearch
from app.kernel.database.engine import dialect_name
from app.kernel.text import dates

EXPORTED = "access.exported"
ACTIONS = (
    "access.listed", "access.viewed", "access.searched", "access.file_viewed", "access.printed", EXPORTED,
)  # fmt: skip
PROCESSES = 4  # of a server on SQLite
KIND = "DAILY_PEOPLE"  # of the row that counts
OFF = "off"  # the setting without limits
MESSAGE = _("Your role may not see more people today. The auditors were notified. Try again tomorrow.")

DAILY_LIMIT = "access.limit_reached"  # the event that alerts the auditors

_lock, _shown = threading.Lock(), {}  # user id → (day, ids of the people that this process has shown)


def read_limits(defaults, setting):
    """Return {role: limit} of a setting such as `Investigator=800,Manager=2000`, which changes the defaults."""
    if setting == OFF:
        return {}
    pairs = (part.partition("=") for part in setting.split(",") if part.strip())
    return defaults | {role.strip(): int(limit) for role, _equals, limit in pairs}


def build_check(people, actor, may_exceed=False):
    """Return a function that counts the people, and raises 429 above the daily limit of the actor; None without new people.

    It is called with the connection of the transaction that writes the event. `remember` follows the commit. With
    `may_exceed` it counts only.
    """
    limit = _get_limit(actor)
    new = set(people) - _get_shown(actor.user_id) if limit is not None else ()
    if not new:
        return None
    midnight = _find_midnight()

    def check(connection):
        counted = rate_limit.add_to_count(connection, actor.user_id, KIND, midnight, len(new))
        is_near = connection.dialect.name == "sqlite" and _is_near(limit, people, actor)
        if not may_exceed and (counted > limit or is_near):
            _refuse_above(limit, people, actor)

    return check


def remember(people, actor):
    """Remember that this process has shown these people to the actor today."""
    if actor.user_id is not None:
        shown = _get_shown(actor.user_id)
        with _lock:
            shown.update(people)


def require_within_limit(people, actor):
    """Raise 429 if `actor` would see more people today than their roles allow. For an event that is written later."""
    check = build_check(people, actor)
    if check is None:
        return
    if dialect_name(db.session) == "postgresql":
        with db.engine.begin() as connection:
            check(connection)
    # SQLite: the session may have begun to write, and a second writer would wait for it.
    elif _is_near(limit := _get_limit(actor), people, actor):
        _refuse_above(limit, people, actor)
    remember(people, actor)


def _is_near(limit, people, actor):
    """Return whether this process has shown so many people that all processes together may be above the limit."""
    return len(_get_shown(actor.user_id).union(people)) > limit // PROCESSES


def _refuse_above(limit, people, actor):
    count = _count_with(people, actor)
    if count > limit:
        g.limit_reached = DAILY_LIMIT, count
        seconds = (_find_midnight() + timedelta(days=1) - dates.now()).total_seconds()
        raise TooManyRequests(MESSAGE, retry_after=int(seconds) + 1)


def _find_midnight():
    return dates.now().replace(hour=0, minute=0, second=0, microsecond=0)


def exceeds_limit(people, actor):
    """Return whether `actor` would see too many people with these, for a file that a second person may approve."""
    limit = _get_limit(actor)
    return limit is not None and _count_with(people, actor) > limit


def _get_limit(actor):
    """Return the limit of the actor: the highest of the roles. A role without one has the lowest of all."""
    limits = current_app.extensions["ecrime.daily_people"]
    if not limits or actor.user_id is None:
        return None
    lowest = min(limits.values())
    return max((limits.get(role, lowest) for role in actor.roles), default=lowest)


def _get_shown(user_id):
    """Return the ids of the people that this process has shown to the user today."""
    today = dates.now().date()
    with _lock:
        day, shown = _shown.get(user_id, (None, None))
        if day != today:
            shown = set()
            _shown[user_id] = today, shown
        return shown


def _count_with(people, actor):
    since = datetime.now(UTC).replace(tzinfo=None) - (dates.now() - _find_midnight())
    events = (
        select(AuditPayload.body)
        .join(AuditEvent, AuditEvent.seq == AuditPayload.seq)
        .where(AuditEvent.actor_id == actor.user_id, AuditEvent.at >= since, AuditEvent.action.in_(ACTIONS))
    )
    searches = select(OpenSearch.people).where(OpenSearch.user_id == actor.user_id)
    seen = set(people)
    with db.engine.connect() as connection:
        apply_settings(connection, actor)
        for body in connection.scalars(events):
            facts = body.get("facts", {})
            if not facts.get("approved"):
                seen.update(facts.get("people", ()), facts.get("unregistered", ()))
        for found in connection.scalars(searches):
            seen.update(found)
    return len(seen)
