"""Signatures of the weekly report: an auditor confirms that the report of a full week was read and followed up.

A signature is an event of the audit log, so it cannot be changed or removed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.audit_review.event_sentences import get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS
from app.audit_review.weekly_report import WEEK
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates

SIGNED = "weekly_report.signed"
WEEKS = 8  # shown on the page
MAX_SIGNATURES = 400  # read; a user signs a week once
MIN_NOTE_LENGTH, MAX_NOTE_LENGTH = 4, 400


@dataclass(frozen=True)
class ReportWeek:
    """A week from Monday to Sunday with its signatures: (user id, name, time, note)."""

    since: datetime
    until: datetime
    signatures: tuple

    def is_signed_by(self, user_id):
        return any(signature[0] == user_id for signature in self.signatures)

    @property
    def last_day(self):
        return self.until - timedelta(days=1)


def list_weeks():
    """Return the last full weeks as ReportWeeks, newest first."""
    monday = datetime.combine(dates.now().date() - timedelta(days=dates.now().weekday()), datetime.min.time())
    ends = [monday - number * WEEK for number in range(WEEKS)]
    signatures = _load_signatures()
    return [ReportWeek(end - WEEK, end, tuple(signatures.get(end.date().isoformat(), ()))) for end in ends]


def find_week(until):
    """Return the ReportWeek that ends at `until` (civil time), or None if the page does not offer it."""
    return next((week for week in list_weeks() if week.until == until), None)


def sign_week(week, note):
    """Record the signature of the user with a note on what was asked and found."""
    recorder.record(
        db.session, SIGNED, "weekly_report", None, week=week.until.date().isoformat(), private={"text": note}
    )


def _load_signatures():
    statement = (
        select(AuditEvent, *USER_NAME_COLUMNS)
        .join(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.action == SIGNED)
        .order_by(AuditEvent.seq.desc())
        .limit(MAX_SIGNATURES)
    )
    found = {}
    for row in db.session.execute(statement):
        facts = row.AuditEvent.facts
        found.setdefault(facts["week"], []).append(
            (
                row.AuditEvent.actor_id,
                get_actor_name(row),
                row.AuditEvent.when,
                facts.get("private", {}).get("text", ""),
            )
        )
    return found
