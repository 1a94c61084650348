"""Who is told of each step of a correction. A message names the correction, no person."""

from flask_babel import lazy_gettext as _

from app.corrections.models import APPROVED
from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import finish, send
from app.inbox.models import NOTICE, TASK

DECIDES, CARRIES_OUT = "Head of planning", "Technical working group"

message_texts.register(
    **{
        "correction.asked": _("Correction %(number)s waits for a decision."),
        "correction.approved": _("Correction %(number)s is approved: carry it out within four hours."),
        "correction.granted": _(
            "Correction %(number)s was approved and goes to the technical working group."
        ),
        "correction.refused": _("Correction %(number)s was refused. The reason stands on its page."),
        "correction.carried": _("Correction %(number)s was carried out. The record is shut again."),
    }
)


def asked(correction):
    _task(correction, "correction.asked", DECIDES, correction.due_at)


def decided(correction):
    finish(db.session, correction.__tablename__, correction.id)
    if correction.state == APPROVED:
        _task(correction, "correction.approved", CARRIES_OUT, correction.open_until)
        _notice(correction, "correction.granted", to_user=correction.asked_by_id)
    else:
        _notice(correction, "correction.refused", to_user=correction.asked_by_id)


def carried(correction, record):
    """Whoever asked, decided and registered the record, and the unit whose record it is."""
    finish(db.session, correction.__tablename__, correction.id)
    for user_id in dict.fromkeys((correction.asked_by_id, correction.decided_by_id, record.recorded_by_id)):
        if user_id is not None:
            _notice(correction, "correction.carried", to_user=user_id)
    if record.unit_code:
        _notice(correction, "correction.carried", to_unit=record.unit_code)


def _task(correction, text_key, role, due_at):
    _send(correction, TASK, text_key, to_role=role, due_at=due_at)


def _notice(correction, text_key, **to):
    _send(correction, NOTICE, text_key, **to)


def _send(correction, kind, text_key, **to):
    about = {"entity": correction.__tablename__, "entity_id": correction.id}
    send(db.session, kind, text_key=text_key, number=correction.number, **about, **to)
