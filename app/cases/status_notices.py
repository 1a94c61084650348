"""The notice to the chief if another unit changes the status of a case, or if one officer ends the work on it."""

from sqlalchemy import select

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Case, CaseDisposition
from app.cases.rules.dispositions import ENDS_OF_WORK, SENT_ON
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, Message
from app.kernel.access.write_scope import is_read_only
from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.text import dates

CHANGED_ELSEWHERE, ENDED, SENT = "case.status_changed_elsewhere", "case.work_ended", "case.sent_on"
TEXT_KEYS = dict.fromkeys(ENDS_OF_WORK, ENDED) | dict.fromkeys(SENT_ON, SENT)
register_texts(
    **{
        CHANGED_ELSEWHERE: _(
            "Unit %(unit)s changed the status of case %(number)s. Check its steps of procedure."
        ),
        ENDED: _(
            "An officer ended the work on case %(number)s. Document: %(document)s. Check its steps of procedure."
        ),
        SENT: _(
            "An officer entered a step of the prosecutor or the court in case %(number)s. Document: %(document)s."
            " Compare it with the document."
        ),
    }
)


def notify_chiefs(session, _context, _instances):
    """Notify the chief of the unit of each case whose status an officer of another unit changes.

    A unit that may only read the case enters arrests and judgments: the custody notifies of those.
    """
    author_unit = actor_of(session).unit_code
    changed = [one for one in session.dirty if isinstance(one, Case) and has_changed(one, ("status",))]
    for case in changed:
        if author_unit not in (None, case.unit_code) and not is_read_only(case):
            role, unit = find_responsible_chief(case.unit_code)
            about = {"entity": "case", "entity_id": case.id, "number": case.number, "unit": author_unit}
            send_message(session, NOTICE, text_key=CHANGED_ELSEWHERE, to_role=role, to_unit=unit, **about)


def notify_of_ends(session, _context, _instances):
    """Notify the chief of the unit of each case on which an officer ends the work, or that waits for the prosecutor or a court.

    The step counts at once with one officer and any number of a document, and the case leaves the lists of open and
    overdue cases. An import has its own second officer.
    """
    actor = actor_of(session)
    for step in session.new:
        if isinstance(step, CaseDisposition) and step.kind in TEXT_KEYS and step.source_row is None:
            role, unit = find_responsible_chief(step.case.unit_code)
            is_own = role in actor.roles and actor.unit_code == unit
            text_key = TEXT_KEYS[step.kind]
            if is_own or (text_key == SENT and _is_notified_today(session, step.case)):
                continue
            about = {"entity": "case", "entity_id": step.case.id, "number": step.case.number}
            document = step.document_no or "—"
            send_message(
                session, NOTICE, text_key=text_key, to_role=role, to_unit=unit, document=document, **about
            )


def _is_notified_today(session, case):
    """Return whether a notice of today about a step of the case waits and is not opened yet."""
    waits = (
        Message.entity == "case",
        Message.entity_id == case.id,
        Message.text_key == SENT,
        ~Message.receipts.any(),
    )
    today = dates.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with session.no_autoflush:
        return session.scalar(select(Message.id).where(*waits, Message.sent_at >= today).limit(1)) is not None
