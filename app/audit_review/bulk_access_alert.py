"""Alert to auditors when a user opens more than twenty different persons outside their own cases within an hour.

The audit log is the count, so all processes count together. It is queried by its actor index, once for each person that
this process has not seen opened within the hour.
"""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import distinct, func, select

from app.audit_review.canary_records import notify_auditors
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.audit.recorder import AuditEvent

MAX_PERSONS, WINDOW = 20, timedelta(hours=1)
BULK_ACCESS = "access.bulk_viewed"

_lock, _seen = threading.Lock(), defaultdict(dict)  # user id → person id → time


def select_person_count(actor_id, since):
    """Count the persons a user opened since a UTC time who are in no case that the user registered."""
    own = (
        select(Involvement.id)
        .join(Case, Case.id == Involvement.case_id)
        .where(Involvement.person_id == AuditEvent.entity_id, Case.recorded_by_id == actor_id)
    )
    return (
        select(func.count(distinct(AuditEvent.entity_id)))
        .where(AuditEvent.actor_id == actor_id, AuditEvent.at > since)
        .where(AuditEvent.action == "access.viewed", AuditEvent.entity == "person")
        .where(~own.exists())
    )


def alert_bulk_access(action, people, actor):
    if action != "access.viewed" or actor.user_id is None or not _are_new(actor.user_id, people):
        return
    since = datetime.now(UTC).replace(tzinfo=None) - WINDOW
    reported = select(AuditEvent.seq).where(
        AuditEvent.actor_id == actor.user_id, AuditEvent.at > since, AuditEvent.action == BULK_ACCESS
    )
    with db.engine.connect() as connection:
        count = connection.scalar(select_person_count(actor.user_id, since))
        is_reported = count <= MAX_PERSONS or connection.scalar(reported.limit(1)) is not None
    if not is_reported:
        recorder.record_now(BULK_ACCESS, "user", actor.user_id, outcome="alarm", actor=actor, count=count)
        notify_auditors(BULK_ACCESS, "user", actor.user_id, count=count)


def alert_limit(event, count):
    """Alert the auditors once a day that a user reached a limit and was refused."""
    actor = actor_of(db.session)
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
    reported = select(AuditEvent.seq).where(
        AuditEvent.actor_id == actor.user_id, AuditEvent.at > since, AuditEvent.action == event
    )
    with db.engine.connect() as connection:
        is_reported = connection.scalar(reported.limit(1)) is not None
    if not is_reported:
        recorder.record_now(event, "user", actor.user_id, outcome="alarm", actor=actor, count=count)
        notify_auditors(event, "user", actor.user_id, count=count)


def _are_new(user_id, people):
    """Return whether this process sees one of the persons opened by the user for the first time within the hour."""
    now = datetime.now(UTC)
    with _lock:
        seen_by_user = _seen[user_id]
        for person_id in [one for one, when in seen_by_user.items() if now - when > WINDOW]:
            del seen_by_user[person_id]
        is_new = not seen_by_user.keys() >= set(people)
        seen_by_user.update(dict.fromkeys(people, now))
        return is_new
