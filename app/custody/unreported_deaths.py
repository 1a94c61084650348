"""Tasks to report a death that was entered as the end of a custody or detention.

The end counts at once: the person is no longer held. The death counts when a second officer confirms its report.
"""

from flask_babel import lazy_gettext as _

from app.confirmations.models import REJECTED
from app.custody.models import CustodyStep, DetentionStep
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import TASK
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.deaths import DeathReport, is_death_reported

UNREPORTED = "custody.death_unreported"
DIED, OUTCOMES = "died", {CustodyStep: "outcome", DetentionStep: "reason"}
# Person who may have died in custody → unit and number, or None if the death is reported or void.
TOUCHED = Pending(dict)
register_texts(
    **{
        UNREPORTED: _(
            "A death ended %(number)s. Report it with its document on the page of the person. A second officer confirms it."
        )
    }
)


def collect_ends(session, _context):
    """Collect new deaths in custody, and reports of death. Nothing can be added during a flush."""
    touched = TOUCHED.get(session)
    for one in (*session.new, *session.dirty):
        if isinstance(one, DeathReport) and has_changed(one, ("confirmation",)):
            if one.confirmation != REJECTED:
                touched.setdefault(one.person_id, None)
        elif is_death(one) and one.is_void and has_changed(one, ("voided_at",)):
            touched.setdefault(one.person_id, None)
        elif is_death(one) and has_changed(one, (OUTCOMES[type(one)],)) and one.unit_code:
            held = one.custody if isinstance(one, CustodyStep) else one.detention
            touched[one.person_id] = one.unit_code, held.number


def is_death(record):
    """Return True if the record is the end of a custody or detention by a death."""
    name = OUTCOMES.get(type(record))
    return name is not None and getattr(record, name) == DIED


def update_tasks(session, _context):
    """Send the task for a death without a report, and complete it when the report exists."""
    for person_id, end in TOUCHED.take(session).items():
        if end is None or is_death_reported(session, person_id):
            complete_tasks(session, "person", person_id, UNREPORTED)
        else:
            unit, number = end
            about = {"entity": "person", "entity_id": person_id, "number": number}
            send_message(session, TASK, text_key=UNREPORTED, to_unit=unit, **about)
