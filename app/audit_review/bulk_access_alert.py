"""More than twenty different people opened within an hour, none of a case of one's own: the auditors are told at once.

The log itself is asked, by the index of its actors; but not before a process has seen a few itself, so that an
ordinary day costs nothing.
"""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import distinct, func, select

from app.audit_review.canary_records import tell_auditors
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.audit import access_log, recorder
from app.kernel.audit.recorder import AuditEvent

MOST, WITHIN = 20, timedelta(hours=1)
WORTH_ASKING = MOST // 4  # a server has four processes at most, and answers from any of them
ALARM = "look.many"

_lock, _seen = threading.Lock(), defaultdict(dict)  # user id → person id → when


def outside_own_cases(actor_id, since):
    """How many different people that user opened since a moment of the log (UTC) who are in no case he registered."""
    own = (
        select(Involvement.id)
        .join(Case, Case.id == Involvement.case_id)
        .where(Involvement.person_id == AuditEvent.entity_id, Case.recorded_by_id == actor_id)
    )
    return (
        select(func.count(distinct(AuditEvent.entity_id)))
        .where(AuditEvent.actor_id == actor_id, AuditEvent.at > since)
        .where(AuditEvent.action == "look.open", AuditEvent.entity == "person")
        .where(~own.exists())
    )


def _count(action, people, actor):
    if action != "look.open" or actor.user_id is None or not _worth_asking(actor.user_id, people):
        return
    since = datetime.now(UTC).replace(tzinfo=None) - WITHIN
    told = select(AuditEvent.seq).where(
        AuditEvent.actor_id == actor.user_id, AuditEvent.at > since, AuditEvent.action == ALARM
    )
    with db.engine.connect() as connection:
        count = connection.scalar(outside_own_cases(actor.user_id, since))
        is_told = count <= MOST or connection.scalar(told.limit(1)) is not None
    if not is_told:
        recorder.tell(ALARM, "user", actor.user_id, outcome="alarm", actor=actor, count=count)
        tell_auditors(ALARM, "user", actor.user_id, count=count)


def _worth_asking(user_id, people):
    """Whether this process has seen enough people of that user, and one of these for the first time in an hour."""
    now = datetime.now(UTC)
    with _lock:
        mine = _seen[user_id]
        for person_id in [one for one, when in mine.items() if now - when > WITHIN]:
            del mine[person_id]
        is_new = not mine.keys() >= set(people)
        mine.update(dict.fromkeys(people, now))
        return is_new and len(mine) >= WORTH_ASKING


access_log.on_people.append(_count)
