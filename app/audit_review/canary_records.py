"""Canary records: persons that no one has a reason to open. Each access to one alerts the auditors immediately."""
# commits: the notice to auditors, in its own session

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Integer, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.database import versioned_cache
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.people.nationwide import nationwide_session

AUDITOR_ROLE = "Auditor"  # the role that receives alerts

message_texts.register_texts(
    **{
        "canary.viewed": _("%(number)s, a canary record, was opened. See the audit log."),
        "canary.removed": _("An auditor removed the mark of canary record %(number)s. Ask for the reason."),
        "access.limit_reached": _(
            "An officer reached the daily limit of people: %(count)s. Nothing more was shown. See the audit log."
        ),
        "access.rate_limited": _(
            "An officer asked more than %(count)s questions about people in a minute. See the audit log."
        ),
        "file.limit_reached": _(
            "An officer sent more than %(count)s megabytes of files today. Nothing more was stored. See the audit log."
        ),
        "access.bulk_viewed": _(
            "An officer opened %(count)s people within an hour outside their own cases. See the audit log."
        ),
    }
)


class Canary(Model):
    """A person record that detects misuse. Users see it like any other record."""

    __tablename__ = "canary"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    added_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    added_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


versioned_cache.bump_on_change("canary", Canary)


def _load_ids():
    with db.engine.connect() as connection:
        return frozenset(connection.scalars(select(Canary.person_id)))


_canary_ids = versioned_cache.VersionedCache("canary", _load_ids)


def add_canary(session, person_id):
    """Mark a person as a canary in the transaction of the caller. The caller checks that the person exists."""
    if session.get(Canary, person_id) is None:
        session.add(Canary(person_id=person_id, added_by_id=actor_of(session).user_id, added_at=dates.now()))
        recorder.record(session, "canary.added", "person", person_id)


def remove_canary(session, person_id):
    """Remove the mark, and notify every auditor: one of them alone ends the watch."""
    row = session.get(Canary, person_id)
    if row is not None:
        session.delete(row)
        recorder.record(session, "canary.removed", "person", person_id)
        send_message(
            session, NOTICE, text_key="canary.removed", to_role=AUDITOR_ROLE, number=f"P-{person_id:07d}"
        )


def list_canaries(session):
    return session.scalars(select(Canary).order_by(Canary.person_id)).all()


def notify_auditors(text_key, entity=None, entity_id=None, **facts):
    """Send a notice to every auditor, committed immediately in a separate transaction."""
    with nationwide_session(protected_too=True) as session:
        send_message(
            session,
            NOTICE,
            text_key=text_key,
            to_role=AUDITOR_ROLE,
            entity=entity,
            entity_id=entity_id,
            **facts,
        )
        commit(session)


def alert_canary_access(action, people, actor):
    for person_id in _canary_ids.get().intersection(people):
        recorder.record_now("canary.viewed", "person", person_id, outcome="alarm", actor=actor, by=action)
        notify_auditors("canary.viewed", "person", person_id, number=f"P-{person_id:07d}")
