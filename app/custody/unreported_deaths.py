"""Tasks to report a death that was entered as the end of a custody or detention.

The end counts at once: the person is no longer held. The death counts when a second officer confirms its report.
"""
# unrestricted: finds the end of the custody of a person of this flush, to ask its unit; shows no row

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select

from app.confirmations.models import REJECTED
from app.custody.models import CustodyStep, DetentionStep
from app.custody.open_rows import LETTERS
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import TASK, Message
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.deaths import DeathReport, is_death_reported

UNREPORTED = "custody.death_unreported"
DIED, OUTCOMES = "died", {CustodyStep: "outcome", DetentionStep: "reason"}
TOUCHED = Pending(
    dict
)  # person with another end by a death, or another report → whether a report counts or waits
register_texts(
    **{
        UNREPORTED: _(
            "A death ended %(number)s. Report it with its document on the page of the person. A second officer confirms it."
        )
    }
)


def collect_ends(session, _context):
    """Collect the people with deaths in custody, and reports of death. Nothing can be added during a flush."""
    touched = TOUCHED.get(session)
    for one in (*session.new, *session.dirty):
        if isinstance(one, DeathReport) and has_changed(one, ("confirmation", "voided_at")):
            touched[one.person_id] = one.confirmation != REJECTED and not one.is_void
        elif _concerns_death(one):
            touched.setdefault(one.person_id, False)


def _concerns_death(record):
    """Return True if the record is, or was before this flush, the end of a custody or detention by a death."""
    name = OUTCOMES.get(type(record))
    if name is None or not has_changed(record, (name, "voided_at")):
        return False
    return DIED in (getattr(record, name), *(inspect(record).attrs[name].history.deleted or ()))


def is_death(record):
    """Return True if the record is the end of a custody or detention by a death."""
    name = OUTCOMES.get(type(record))
    return name is not None and getattr(record, name) == DIED


def update_tasks(session, _context):
    """Send the task for a death without a report, also after the report is void or rejected; complete it otherwise."""
    for person_id, is_reported in TOUCHED.take(session).items():
        is_reported = is_reported or is_death_reported(session, person_id)
        end = None if is_reported else _find_end(session, person_id)
        if end is None:
            complete_tasks(session, "person", person_id, UNREPORTED)
        elif not _is_asked(session, person_id):
            unit, number = end
            about = {"entity": "person", "entity_id": person_id, "number": number}
            send_message(session, TASK, text_key=UNREPORTED, to_unit=unit, **about)


def _find_end(session, person_id):
    """Return (unit, number of the record) of the last custody or detention of the person that a death ended, or None."""
    found = []
    for model, held in ((CustodyStep, "custody"), (DetentionStep, "detention")):
        row = model.__table__.c
        ended = row.person_id == person_id, row[OUTCOMES[model]] == DIED, row.voided_at.is_(None)
        last = select(row.unit_code, row[f"{held}_id"]).where(*ended, row.unit_code.is_not(None))
        with unrestricted(session):
            one = session.execute(last.order_by(row.id.desc()).limit(1)).first()
        found += [(one[0], f"{LETTERS[held]}-{one[1]:07d}")] if one is not None else []
    return found[-1] if found else None


def _is_asked(session, person_id):
    row = Message.__table__.c
    is_open = (
        row.entity == "person",
        row.entity_id == person_id,
        row.text_key == UNREPORTED,
        row.done_at.is_(None),
    )
    return session.scalar(select(row.id).where(*is_open).limit(1)) is not None
