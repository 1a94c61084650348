"""Matches after a merge: one record had the order, the other the arrest, the custody, the prison or the new case."""
# unrestricted: finds the open records of a merged person nationwide for their orders; shows no row

from datetime import timedelta

from sqlalchemy import select

from app.cases.models import Involvement
from app.court_orders.matches import Contact, raise_matches
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention, Release
from app.custody.order_effects import CONTACTS
from app.kernel.actor import unrestricted
from app.kernel.text import dates

RECENT = timedelta(days=30)  # a case in which the person was met so long ago still helps the unit in charge


def raise_matches_of_merge(session, person_id, moved):
    """Raise the matches between the orders of one record and the contacts of the other.

    `moved` has the (table, id) of the rows that the merge moved to the surviving person `person_id`.
    """
    with unrestricted(session):
        found = _find_contacts(session, person_id)
    orders = {pk for table, pk in moved if table == CourtOrder.__tablename__}
    before = [contact for key, contact in found.items() if key not in moved]
    raise_matches(session, before, lambda order: order.id in orders)
    came = [contact for key, contact in found.items() if key in moved]
    raise_matches(session, came, lambda order: order.id not in orders)


def _find_contacts(session, person_id):
    """Return {(table, id): contact} of what is open about a person, and of the recent cases."""
    now = dates.now()
    is_open = {
        Arrest: (Arrest.awaits_custody.is_(True),),
        Custody: (Custody.ended_at.is_(None),),
        Detention: (Detention.ended_on.is_(None), Detention.escaped.is_(False)),
        Release: (Release.ended_on.is_(None), Release.supervised_until >= now.date()),
    }
    found = {}
    for model, conditions in is_open.items():
        columns = select(model.id, model.case_id, model.unit_code)
        of_person = columns.where(model.person_id == person_id, model.voided_at.is_(None), *conditions)
        for row in session.execute(of_person.order_by(model.id)):
            found[model.__tablename__, row.id] = Contact(
                person_id, row.case_id, CONTACTS[model], is_custody=True, unit_code=row.unit_code
            )
    recent = select(Involvement.id, Involvement.case_id, Involvement.role, Involvement.unit_code).where(
        Involvement.person_id == person_id,
        Involvement.voided_at.is_(None),
        Involvement.recorded_at > now - RECENT,
    )
    for row in session.execute(recent.order_by(Involvement.id)):
        found[Involvement.__tablename__, row.id] = Contact(
            person_id, row.case_id, row.role, is_history=True, unit_code=row.unit_code
        )
    return found
