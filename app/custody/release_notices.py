"""Notices about prisoners: the court ordered their release, or their judgment no longer counts.

The prison can be in another province than the court, so the unit of the detention is notified wherever it is.
"""
# unrestricted: finds the open detentions of a person nationwide, to notify their units; shows no row

from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder
from app.custody import notifications
from app.custody.models import Detention, Judgment, Release, Sentence
from app.inbox.actions import complete_tasks
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed

RELEASE = "release"
PENDING = "release orders and overturned judgments just written"  # a key in `Session.info`


def collect_changes(session, _context):
    """Collect release orders that took effect, and judgments set aside or voided. Messages wait for the end of the flush."""
    pending = session.info.setdefault(PENDING, {})
    for one in (*session.new, *session.dirty):
        if isinstance(one, CourtOrder) and _takes_effect(one):
            pending["order", one.id] = one.person_id, one.number, one.owner_unit_code
        elif isinstance(one, Release) and one in session.new:
            pending["release", one.id] = one.person_id, None, None
        elif isinstance(one, Judgment) and _is_overturned(one):
            pending["judgment", one.id] = one.person_id, None, None


def _takes_effect(order):
    is_valid = (
        order.kind == RELEASE and order.status == state_machine.IN_FORCE and order.person_id is not None
    )
    return is_valid and has_changed(order, ("status", "person_id"))


def _is_overturned(judgment):
    overturned = judgment.set_aside_on is not None or judgment.voided_at is not None
    return overturned and has_changed(judgment, ("set_aside_on", "voided_at"))


def notify_units(session, _context):
    """Notify the units of the open detentions, and the unit in charge of a release order."""
    for (entity, record_id), (person_id, number, owner_unit) in session.info.pop(PENDING, {}).items():
        row = Detention.__table__.c
        if entity == "release":
            released = session.get(Release, record_id).detention_id
            complete_tasks(session, "detention", released, "detention.release_ordered")
            continue
        found = select(row.id, row.unit_code).where(
            row.person_id == person_id, row.ended_on.is_(None), row.voided_at.is_(None)
        )
        if entity == "judgment":
            sentence = Sentence.__table__.c
            found = found.where(row.sentence_id == sentence.id, sentence.judgment_id == record_id)
        with unrestricted(session):
            detentions = session.execute(found.order_by(row.id)).all()
        for detention in detentions:
            facts = {"person": f"P-{person_id:07d}", "number": f"D-{detention.id:07d}"}
            if entity == "order":
                units = dict.fromkeys((detention.unit_code, owner_unit))
                notifications.notify_release_order(session, detention.id, units, order=number, **facts)
            else:
                notifications.notify_overturned(session, detention.id, detention.unit_code, **facts)
