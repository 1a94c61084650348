"""The limit of the people that one user sees in a day: pages, lookups, the API, duplicates, printouts and exports together.

The access log is the count. It is read only after this process has shown a quarter of the limit to the user, so that normal
use costs no statement: a server has at most four processes. A user with several roles has their highest limit.
"""

import threading
from datetime import UTC, datetime, timedelta

from flask import current_app, g
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from app.extensions import db
from app.kernel.access.row_level_security import apply_settings
from app.kernel.audit.models import AuditEvent, AuditPayload
from app.kernel.audit.typeahead_searches import OpenSearch
from app.kernel.text import dates

EXPORTED = "access.exported"
ACTIONS = (
    "access.listed", "access.viewed", "access.searched", "access.file_viewed", "access.printed", EXPORTED,
)  # fmt: skip
PROCESSES = 4
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


def require_within_limit(people, actor):
    """Raise 429 if `actor` would see more people today than their roles allow."""
    limit = _get_limit(actor)
    if limit is None:
        return
    shown = _get_shown(actor.user_id)
    if shown.issuperset(people):
        return
    if len(shown.union(people)) > limit // PROCESSES and (count := _count_with(people, actor)) > limit:
        g.limit_reached = DAILY_LIMIT, count
        now = dates.now()
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        raise TooManyRequests(MESSAGE, retry_after=int((tomorrow - now).total_seconds()) + 1)
    with _lock:
        shown.update(people)


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
    now = dates.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = datetime.now(UTC).replace(tzinfo=None) - (now - midnight)
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
