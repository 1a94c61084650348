"""Messages about each step of a correction. A message contains the number of the correction, no name."""

from flask_babel import lazy_gettext as _

from app.corrections.models import APPROVED
from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK

DECIDING_ROLE, APPLYING_ROLE = "Head of planning", "Technical working group"

message_texts.register_texts(
    **{
        "correction.requested": _("Correction %(number)s is waiting for a decision."),
        "correction.approved": _("Correction %(number)s is approved. Apply it within 4 hours."),
        "correction.granted": _(
            "Correction %(number)s was approved and sent to the technical working group."
        ),
        "correction.refused": _("Correction %(number)s was refused. Read the reason on its page."),
        "correction.applied": _("Correction %(number)s was applied. The record is locked again."),
    }
)


def notify_requested(correction):
    _send_task(correction, "correction.requested", DECIDING_ROLE, correction.due_at)


def notify_decided(correction):
    complete_tasks(db.session, correction.__tablename__, correction.id)
    if correction.state == APPROVED:
        _send_task(correction, "correction.approved", APPLYING_ROLE, correction.exempt_until)
        _send_notice(correction, "correction.granted", to_user=correction.requested_by_id)
    else:
        _send_notice(correction, "correction.refused", to_user=correction.requested_by_id)


def notify_applied(correction, record):
    """Notify the requesting and deciding officers, the clerk who registered the record and the owning unit."""
    complete_tasks(db.session, correction.__tablename__, correction.id)
    for user_id in dict.fromkeys(
        (correction.requested_by_id, correction.decided_by_id, record.recorded_by_id)
    ):
        if user_id is not None:
            _send_notice(correction, "correction.applied", to_user=user_id)
    if record.unit_code:
        _send_notice(correction, "correction.applied", to_unit=record.unit_code)


def _send_task(correction, text_key, role, due_at):
    _send(correction, TASK, text_key, to_role=role, due_at=due_at)


def _send_notice(correction, text_key, **to):
    _send(correction, NOTICE, text_key, **to)


def _send(correction, kind, text_key, **to):
    about = {"entity": correction.__tablename__, "entity_id": correction.id}
    send_message(db.session, kind, text_key=text_key, number=correction.number, **about, **to)
