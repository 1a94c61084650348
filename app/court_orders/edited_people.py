"""Notifies the unit in charge and the chief when an officer edits or adds what identifies a wanted person, or takes it back.

One officer may correct a wrong number or birth within 48 hours, because a wrong one can make another person wanted, and
add a document at any time. It counts at once, and others compare the record with the order.
"""
# unrestricted: finds the active orders of an edited person nationwide; shows no row

from sqlalchemy import select

from app.cases.flush_hooks import BIRTH_COLUMNS
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.kept_searches import IDENTITY
from app.court_orders.models import CourtOrder
from app.court_orders.notifications import notify_person_edited
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.people.models import Person, PersonDocument, PersonName, PersonPhoto

# model → (the columns that identify, the column with the person)
IDENTIFYING = {
    Person: ((*IDENTITY, *BIRTH_COLUMNS, "father_name"), "id"),
    PersonName: (("text_km", "text_latin", "person_id", "voided_at"), "person_id"),
    PersonDocument: (("number", "kind", "country", "person_id", "voided_at"), "person_id"),
    PersonPhoto: (("sha256", "person_id", "voided_at"), "person_id"),
}
EDITED = Pending(set)


def collect_edits(session, _context):
    """Collect the people with an edited identity. Nothing can be added during a flush, so messages wait."""
    if EXEMPTIONS in session.info:  # a correction by three officers, or a merge by two
        return
    registered = {one.id for one in session.new if isinstance(one, Person)}
    for record in (*session.new, *session.dirty):
        columns, person_id = IDENTIFYING.get(type(record), ((), ""))
        if columns and has_changed(record, columns) and getattr(record, person_id) not in registered:
            EDITED.get(session).add(getattr(record, person_id))


def notify_owners(session, _context):
    """Send the notices for each active order of the collected people, after the flush."""
    if not (people := EDITED.take(session)):
        return
    row = CourtOrder.__table__.c
    found = select(row.id, row.number, row.owner_unit_code).where(row.person_id.in_(people))
    with unrestricted(session):
        for order in session.execute(found.where(*wanted_conditions(row)).order_by(row.id)).all():
            notify_person_edited(session, order)
