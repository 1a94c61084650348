"""The state of the system in numbers, for `/metrics` and the operations page. They name no record and no user."""

import shutil
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

import config
from app.extensions import db
from app.jobs.models import OPEN_STATES, Job
from app.kernel.audit import anchors
from app.kernel.audit.models import BACKUP_COMPLETED, LOG_VERIFIED, AuditEvent, AuditHead
from app.kernel.database.engine import dialect_name
from app.kernel.database.transactions import rollback
from app.kernel.text import dates

# Sessions of this database as the server sees them: waiting for a lock, all, and the age of the oldest transaction.
_POSTGRESQL = text(
    "select count(*) filter (where wait_event_type = 'Lock'), count(*),"
    " coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)"
    " from pg_stat_activity where datname = current_database()"
)


class Reading(NamedTuple):
    """One number: its name in Prometheus, what it is, and its labels."""

    name: str
    help: str
    value: float
    labels: dict = {}


def read_state():
    """Return all readings. Without an answer of the database, those of the computer."""
    readings = [Reading("ecrime_disk_free_bytes", "free on the disk of the data folder", _free_bytes())]
    try:
        session = db.session()
        readings += [*_read_log(session), *_read_jobs(session), *_read_server(session)]
    except SQLAlchemyError:
        rollback()
        return [*readings, Reading("ecrime_database_up", "whether the database answers", 0)]
    return [*readings, Reading("ecrime_database_up", "whether the database answers", 1)]


def get_reading(name):
    """Return the value of the reading without labels that has this name, or None."""
    return next((one.value for one in read_state() if one.name == name and not one.labels), None)


def _free_bytes():
    return shutil.disk_usage(config.DATA_DIR).free


def _read_log(session):
    head = session.execute(select(AuditHead.seq, AuditHead.at)).one()
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        seq, _digest, at = anchors.read_last()
    except (OSError, ValueError):
        seq, at = 0, None
    missing = head.seq - seq
    age = (now - at).total_seconds() if at and missing else 0 if not missing else float("inf")
    yield Reading("ecrime_audit_entries", "entries of the audit log", head.seq)
    yield Reading(
        "ecrime_clock_behind_seconds",
        "how far the clock of the computer is behind the audit log",
        max((head.at - now).total_seconds(), 0),
    )
    yield Reading("ecrime_anchor_missing_entries", "entries of the audit log after the last anchor", missing)
    yield Reading("ecrime_anchor_age_seconds", "age of the last anchor; 0 if it covers the log", age)
    backup = _find_last(session, BACKUP_COMPLETED)
    yield Reading(
        "ecrime_backup_age_seconds",
        "since the last complete backup; infinite without one",
        _age(backup, now),
    )
    verified = _find_last(session, LOG_VERIFIED)
    yield Reading(
        "ecrime_audit_verified_age_seconds",
        "since the last verification of the whole audit log; infinite without one",
        _age(verified, now),
    )
    if verified is not None:
        yield Reading(
            "ecrime_audit_verified_ok",
            "whether the last verification of the audit log found it unchanged",
            verified.outcome == "ok",
        )


def _find_last(session, action):
    """Return (at, outcome) of the last event of this action. By a connection: an administrator sees few events."""
    found = select(AuditEvent.at, AuditEvent.outcome).where(AuditEvent.action == action)
    return session.connection().execute(found.order_by(AuditEvent.seq.desc()).limit(1)).one_or_none()


def _age(event, now):
    return max((now - event.at).total_seconds(), 0) if event is not None else float("inf")


def _read_jobs(session):
    counts = select(Job.state, func.count(), func.min(Job.requested_at)).where(Job.state.in_(OPEN_STATES))
    found = {state: (count, since) for state, count, since in session.execute(counts.group_by(Job.state))}
    for state in OPEN_STATES:
        yield Reading("ecrime_jobs", "background jobs by state", found.get(state, (0,))[0], {"state": state})
    waiting = found.get(OPEN_STATES[0])
    longest = (dates.now() - waiting[1]).total_seconds() if waiting else 0
    yield Reading("ecrime_job_wait_seconds", "how long the oldest background job waits", max(longest, 0))


def _read_server(session):
    if dialect_name(session) != "postgresql":
        return
    waiting, count, longest = session.execute(_POSTGRESQL).one()
    yield Reading("ecrime_database_lock_waits", "sessions of the database that wait for a lock", waiting)
    yield Reading("ecrime_database_sessions", "sessions of the database", count)
    yield Reading(
        "ecrime_database_transaction_seconds", "age of the oldest transaction of the database", float(longest)
    )
